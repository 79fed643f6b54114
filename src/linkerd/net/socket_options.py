"""The `socketOptions` section: what is asked of the system for sockets that listen or connect.

The binder makes a `SocketOptions`; whoever binds, accepts or dials applies it. Servers, the admin
server and clients have the same section; clients have no use for what matters to a bound port.
"""

from __future__ import annotations

import socket
from typing import ClassVar

import attrs

from linkerd.config.option import at_least_one, option
from linkerd.config.section import Section

BACKLOG = 1024
"""Connections that may wait to be accepted where nothing else is said."""


@attrs.frozen(kw_only=True)
class SocketOptions(Section):
    """Options of sockets; the defaults are Linkerd's, but for `backlog`."""

    summary: ClassVar[str] = (
        "Options of sockets. Each keeps its default unless it is written. `reuseAddr`, `reusePort`"
        " and `backlog` mean nothing to a client, which binds no port."
    )

    no_delay: bool = option("Send small pieces at once (TCP_NODELAY).", default=True)
    reuse_addr: bool = option(
        "Bind a port although connections of an earlier process linger on it (SO_REUSEADDR).",
        default=True,
    )
    reuse_port: bool = option(
        "Let several processes listen on the port at once (SO_REUSEPORT), each with this option:"
        " start the new one, then stop the old one.",
        default=False,
    )
    keep_alive: bool = option(
        "Have the system ask now and then whether a silent peer is still there (SO_KEEPALIVE).",
        default=False,
    )
    backlog: int | None = option(
        "How many connections may wait to be accepted.",
        default=None,
        check=at_least_one,
        differs="Without it there are 1024; Linkerd 1 takes what Java and the system have.",
    )
    read_timeout_ms: int | None = option(
        "Close a connection that brings no byte for so long, even one on which nothing is due.",
        default=None,
        unit="ms",
        check=at_least_one,
    )
    write_timeout_ms: int | None = option(
        "Close a connection whose peer takes none of the bytes that wait for it for so long.",
        default=None,
        unit="ms",
        check=at_least_one,
    )

    def before_bind(self, sock: socket.socket) -> None:
        """Set what counts when an address is bound. Raises OSError."""
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, self.reuse_addr)
        if self.reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)

    def on_stream(self, sock: socket.socket) -> None:
        """Set what counts for a stream, or for all that a listening socket will accept."""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, self.no_delay)
        if self.keep_alive:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def most_waiting(self) -> int:
        """How many connections may wait to be accepted."""
        return BACKLOG if self.backlog is None else self.backlog


DEFAULT_OPTIONS = SocketOptions()

__all__ = ["BACKLOG", "DEFAULT_OPTIONS", "SocketOptions"]
