"""The listening sockets of a configuration, bound before anything else is done.

In comes a `LinkerConfig`, out come bound sockets, or `ConfigError` with a fault for every address
that cannot be had: a taken port is refused like any other fault of the configuration, and so is an
access log that cannot be written. Sockets that the service manager passed on are used where their
address is a server's. Either get the `socketOptions` of whom they are for.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING

from linkerd.errors import ConfigError, Fault
from linkerd.net.socket_options import DEFAULT_OPTIONS, SocketOptions
from linkerd.net.systemd import inherited_sockets, take_matching
from linkerd.router.http_config import HttpRouterConfig

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from linkerd.admin.config import AdminConfig
    from linkerd.errors import Where
    from linkerd.linker import LinkerConfig
    from linkerd.server.config import ListenerConfig

CANNOT_LISTEN = "L5D-4010"
CANNOT_WRITE = "L5D-4009"


class Reservations:
    """Bound sockets by the address that the configuration wrote."""

    def __init__(self) -> None:
        self._sockets: dict[tuple[str, int], list[socket.socket]] = {}

    def add(self, ip: str, port: int, sock: socket.socket) -> None:
        """Keep a socket."""
        self._sockets.setdefault((ip, port), []).append(sock)

    def take(self, ip: str, port: int, options: SocketOptions = DEFAULT_OPTIONS) -> socket.socket:
        """Hand a socket over, listening."""
        sock = self._sockets[ip, port].pop()
        options.on_stream(sock)
        sock.listen(options.most_waiting())
        sock.setblocking(False)
        return sock

    def close(self) -> None:
        """Close what nobody took."""
        for sockets in self._sockets.values():
            for sock in sockets:
                sock.close()
        self._sockets.clear()


def reserve(config: LinkerConfig, environ: MutableMapping[str, str]) -> Reservations:
    """Bind every address of the configuration. Raises ConfigError with all that cannot be bound."""
    inherited = inherited_sockets(environ, os.getpid())
    reservations = Reservations()
    faults = []
    wanted: list[ListenerConfig | AdminConfig] = [
        server for router in config.routers for server in router.servers
    ]
    for server in [*wanted, config.admin]:
        ip, port = server.ip, server.port
        try:
            sock = take_matching(inherited, ip, port) or bind(ip, port, server.socket_options)
            reservations.add(ip, port, sock)
        except OSError as error:
            place = server.place("port")
            faults.append(fault(place if place.source else config.where, ip, port, error))
    faults += unwritable_logs(config)
    for sock in inherited:
        sock.close()
    if faults:
        reservations.close()
        raise ConfigError(faults)
    return reservations


def unwritable_logs(config: LinkerConfig) -> list[Fault]:
    """A fault for each access log that cannot be written; none is created yet."""
    faults = []
    for router in config.routers:
        path = router.http_access_log if isinstance(router, HttpRouterConfig) else None
        if path is None or path == "-":
            continue
        place = router.place("httpAccessLog")
        folder = os.path.dirname(path) or "."
        if not os.path.isdir(folder):
            why = f"there is no directory {folder}"
        elif os.path.isdir(path) or not os.access(
            path if os.path.exists(path) else folder, os.W_OK
        ):
            why = f"cannot write {path}"
        else:
            continue
        faults.append(Fault(CANNOT_WRITE, place.source, place.line, place.column, place.path, why))
    return faults


def bind(ip: str, port: int, options: SocketOptions) -> socket.socket:
    """A socket bound to an address, not listening yet. Raises OSError."""
    sock = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET)
    try:
        options.before_bind(sock)
        sock.bind((ip, port))
    except OSError:
        sock.close()
        raise
    return sock


def fault(place: Where, ip: str, port: int, error: OSError) -> Fault:
    """Why an address cannot be had, at the place that asks for it."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    hint = {
        errno.EADDRINUSE: "a port that no other process holds",
        errno.EADDRNOTAVAIL: "an address of this machine",
        errno.EACCES: "a port from 1024 on, or the right to bind below",
    }
    return Fault(
        CANNOT_LISTEN,
        place.source,
        place.line,
        place.column,
        place.path or "admin.port",
        f"cannot listen on {ip}:{port}: {reason}",
        hint.get(error.errno or 0, ""),
    )


__all__ = ["Reservations", "reserve"]
