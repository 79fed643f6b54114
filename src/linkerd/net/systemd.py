"""What systemd hands to a service and what it wants to hear from it.

Comes in: the environment variables of `sd_listen_fds(3)`, `sd_notify(3)` and
`sd_watchdog_enabled(3)`. Goes out: listening sockets for the servers whose address they have, and
datagrams to the service manager. The linker owns all of it; started by hand, without those
variables, everything here is inert.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.application import service
from twisted.internet.task import LoopingCall

from linkerd._typing import override
from linkerd.logger import make_logger

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from twisted.internet.interfaces import IReactorTime

log = make_logger()

FIRST_INHERITED = 3
"""`SD_LISTEN_FDS_START`: descriptors are passed from this number on."""
STARTED_WITH = Path("/proc/self/environ")
"""The environment that the process was started with, as the kernel keeps it."""


def inherited_sockets(
    environ: MutableMapping[str, str], pid: int, first: int = FIRST_INHERITED
) -> list[socket.socket]:
    """Take over the listening stream sockets that the service manager passed to process `pid`.

    The variables are removed, so that no child process mistakes them for its own, and the sockets
    are made non-blocking and closed on exec. What is not a listening stream socket stays untouched.
    To be called once: the process's own environment (`os.environ`) is read as it was at the start.
    """
    passed = {**environ, **_as_started()} if environ is os.environ else environ
    owner = passed.get("LISTEN_PID", "")
    count = passed.get("LISTEN_FDS", "")
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        environ.pop(name, None)
    if not (owner.isdecimal() and int(owner) == pid and count.isdecimal()):
        return []
    found = []
    for descriptor in range(first, first + int(count)):
        taken = _listening_socket(descriptor)
        if taken is not None:
            found.append(taken)
    return found


def _as_started() -> dict[str, str]:
    """Read `STARTED_WITH`.

    `twisted.internet.endpoints` takes LISTEN_PID and LISTEN_FDS out of `os.environ` when it is
    imported, which is long before anybody asks for them here.
    """
    try:
        variables = os.fsdecode(STARTED_WITH.read_bytes()).split("\0")
    except OSError:
        return {}
    return dict(variable.split("=", 1) for variable in variables if "=" in variable)


def _listening_socket(descriptor: int) -> socket.socket | None:
    try:
        os.set_inheritable(descriptor, False)
        candidate = socket.socket(fileno=descriptor)
    except OSError:
        return None
    inet = candidate.family in (socket.AF_INET, socket.AF_INET6)
    if inet and candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        candidate.setblocking(False)
        return candidate
    candidate.detach()
    return None


def take_matching(sockets: list[socket.socket], ip: str, port: int) -> socket.socket | None:
    """Remove from `sockets` the one bound to `ip` and `port`, and give it back.

    `0.0.0.0` is also served by a socket on `[::]` that takes IPv4, because that is what systemd
    opens for `ListenStream=4140`. A narrower address never takes a wider socket: that would expose
    it.
    """
    wanted = ipaddress.ip_address(ip)
    for i, candidate in enumerate(sockets):
        name = candidate.getsockname()
        bound = ipaddress.ip_address(name[0].partition("%")[0])
        if name[1] == port and (bound == wanted or _serves_any_ipv4(candidate, bound, wanted)):
            return sockets.pop(i)
    return None


def _serves_any_ipv4(
    candidate: socket.socket,
    bound: ipaddress.IPv4Address | ipaddress.IPv6Address,
    wanted: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> bool:
    if not (wanted.version == 4 and wanted.is_unspecified):
        return False
    if not (bound.version == 6 and bound.is_unspecified):
        return False
    return not candidate.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)


class Notifier:
    """Tells the service manager how the service is: `sd_notify(3)`.

    `address` is the value of `NOTIFY_SOCKET`; empty means that nobody listens. A message that
    cannot be delivered is dropped: the service must not suffer from its supervisor.
    """

    def __init__(self, address: str) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket: socket.socket | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Notifier:
        """Make the notifier that `environ` asks for."""
        return cls(environ.get("NOTIFY_SOCKET", ""))

    @property
    def enabled(self) -> bool:
        """Whether somebody listens."""
        return bool(self._address)

    def ready(self, status: str = "") -> bool:
        """Start-up is finished: every server listens. `status` is shown by `systemctl status`."""
        return self._send("READY=1", *_status(status))

    def stopping(self) -> bool:
        """Shutdown has begun."""
        return self._send("STOPPING=1", "STATUS=draining")

    def watchdog(self) -> bool:
        """The reactor still turns."""
        return self._send("WATCHDOG=1")

    def status(self, text: str) -> bool:
        """Show one line of text in `systemctl status`."""
        return self._send(*_status(text))

    def close(self) -> None:
        """Give the socket back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, *assignments: str) -> bool:
        if not (self._address and assignments):
            return False
        try:
            if self._socket is None:
                kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
                self._socket = socket.socket(socket.AF_UNIX, kind)
            self._socket.sendto("\n".join(assignments).encode(), self._address)
        except OSError:
            return False
        return True


def _status(text: str) -> tuple[str, ...]:
    return ("STATUS=" + " ".join(text.split()),) if text else ()


def watchdog_interval(environ: Mapping[str, str], pid: int) -> float | None:
    """How often, in seconds, `WATCHDOG=1` is due: half of `WATCHDOG_USEC`; None if never.

    `WATCHDOG_PID`, where set, must be this process.
    """
    limit = environ.get("WATCHDOG_USEC", "")
    owner = environ.get("WATCHDOG_PID", "")
    if not limit.isdecimal() or int(limit) == 0:
        return None
    if owner and owner != str(pid):
        return None
    return int(limit) / 2_000_000


class WatchdogService(service.Service):
    """Sends `WATCHDOG=1` every `interval_s` seconds, for as long as the reactor turns."""

    def __init__(self, notifier: Notifier, interval_s: float, clock: IReactorTime) -> None:
        self._notifier = notifier
        self._interval_s = interval_s
        self._call = LoopingCall(self._beat)
        self._call.clock = clock
        self._missed = False

    @override
    def startService(self) -> None:
        """Send the first sign of life, and go on."""
        service.Service.startService(self)
        self._call.start(self._interval_s)

    @override
    def stopService(self) -> None:
        """Fall silent."""
        if self._call.running:
            self._call.stop()
        service.Service.stopService(self)

    def _beat(self) -> None:
        delivered = self._notifier.watchdog()
        if not delivered and not self._missed:
            log.warn("systemd's watchdog cannot be told that this process is alive")
        self._missed = not delivered
