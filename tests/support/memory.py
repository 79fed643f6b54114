"""A network in memory, with virtual time: the same endpoints as `linkerd.net.network` makes.

A test makes a `MemoryNetwork`, listens and dials on it, and lets it work by `pump` (deliver all
that is due now) or `advance` (let time pass). Between two ends at most `window` bytes are on their
way or unread, so a reader that pauses makes its writer wait. Exceptions of a connection leave
`pump`.

Like a kernel it resets a peer whose bytes nobody will read: those that were unread at `close`, and
those that come after it. What arrived before a reset can still be read.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from typing import TYPE_CHECKING, Any

from tests.support.peers import Given, Recorder, TestClient, TestServer, answering
from twisted.internet import defer
from twisted.internet.error import CannotListenError
from twisted.internet.task import Clock

from linkerd.net.addresses import address_of
from linkerd.net.connection import NO_TRANSPORT, Connection, Transport
from linkerd.net.endpoints import ConnectionFactory, DialFailed, NoDescriptor
from linkerd.net.wheel import Timed, Wheel

__all__ = ["Given", "MemoryNetwork", "Recorder", "TestClient", "TestServer", "answering"]

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from twisted.internet.address import IPv4Address, IPv6Address

    from linkerd.net.security import Security

CHUNK = 65536
RESET = "connection reset by peer"


class MemoryNetwork:
    """Hosts, ports and the bytes between them.

    `latency_s` passes before anything arrives. Hosts in `black_holes` (an ip, or an (ip, port)
    pair) never answer a connect; where nobody listens it is refused. `dialled` has every address
    that was dialled, `transports` every end that is open. `exhausted`: there is no descriptor for
    another dial.
    """

    name = "memory"

    def __init__(
        self, clock: Clock | None = None, window: int = CHUNK, latency_s: float = 0.0
    ) -> None:
        self.clock = Clock() if clock is None else clock
        self.wheel = Wheel(0.05)
        self.window = window
        self.latency_s = latency_s
        self.black_holes: set[str | tuple[str, int]] = set()
        self.secured: list[Security] = []
        self.exhausted = False
        self.ports: dict[tuple[str, int], MemoryPort] = {}
        self.transports: set[MemoryTransport] = set()
        self.dialled: list[tuple[str, int]] = []
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._order = itertools.count()
        self._free_port = itertools.count(40000)

    # -- what linkerd.net.network.Network has

    def server(
        self,
        ip: str,
        port: int,
        inherited: socket.socket | None = None,
        security: Security | None = None,
    ) -> MemoryServerEndpoint:
        """Listen on `ip`:`port`, or where `inherited` is bound."""
        if inherited is not None:
            ip, port = inherited.getsockname()[:2]
        return MemoryServerEndpoint(self, ip, port)

    def client(
        self, address: tuple[str, int], timeout_s: float, security: Security | None = None
    ) -> MemoryClientEndpoint:
        """Dial `address`; TLS is only noted, in `secured`."""
        if security is not None:
            self.secured.append(security)
        return MemoryClientEndpoint(self, address, timeout_s)

    def close(self) -> None:
        """Give everything up."""
        for port in list(self.ports.values()):
            port.stopListening()
        for transport in list(self.transports):
            transport.drop("the proxy is closing")
        self.pump()

    # -- time

    def later(self, seconds: float, work: Callable[..., None], *arguments: Any) -> None:
        """Do something when `seconds` have passed, in the order of asking."""
        due = self.clock.seconds() + seconds
        heapq.heappush(self._events, (due, next(self._order), work, arguments))

    def pump(self) -> None:
        """Deliver all that is due, and all that comes of it, without letting time pass."""
        while self._events and self._events[0][0] <= self.clock.seconds() + 1e-9:
            _, _, work, arguments = heapq.heappop(self._events)
            work(*arguments)

    def advance(self, seconds: float) -> None:
        """Let time pass: deliver, run the clock's calls and sweep the wheel, each in its turn."""
        end = self.clock.seconds() + seconds
        self.pump()
        while (now := self.clock.seconds()) < end - 1e-9:
            steps = [end, *(call.getTime() for call in self.clock.getDelayedCalls())]
            if self._events:
                steps.append(self._events[0][0])
            if self.wheel.armed:
                steps.append((int(now / self.wheel.tick + 1e-6) + 1) * self.wheel.tick)
            self.clock.advance(max(min(steps) - now, 1e-9))
            self.pump()
            self.wheel.sweep(self.clock.seconds() + 1e-9)
            self.pump()

    # -- connecting

    def listener(self, address: tuple[str, int]) -> MemoryPort | None:
        """Who listens there, if anybody does."""
        ip, port = address
        wildcard = "::" if ":" in ip else "0.0.0.0"
        return self.ports.get(address) or self.ports.get((wildcard, port))

    def is_black_hole(self, address: tuple[str, int]) -> bool:
        """Whether a connect to it stays without an answer."""
        return address in self.black_holes or address[0] in self.black_holes

    def free_port(self) -> int:
        """A number that no port has."""
        return next(self._free_port)


class MemoryServerEndpoint:
    """Listens in memory."""

    def __init__(self, network: MemoryNetwork, ip: str, port: int) -> None:
        self.network = network
        self.ip = ip
        self.port = port

    def listen(self, factory: ConnectionFactory) -> defer.Deferred[MemoryPort]:
        """Fires with the port; fails with Twisted's `CannotListenError`."""
        address = (self.ip, self.port or self.network.free_port())
        if address in self.network.ports:
            taken = OSError(98, "Address already in use")
            return defer.fail(CannotListenError(self.ip, self.port, taken))
        port = self.network.ports[address] = MemoryPort(self.network, address, factory)
        return defer.succeed(port)


class MemoryPort:
    """A listening port; `backlog` has the streams that wait to be accepted."""

    def __init__(
        self, network: MemoryNetwork, address: tuple[str, int], factory: ConnectionFactory
    ) -> None:
        self.network = network
        self.address = address
        self.factory = factory
        self.backlog: deque[MemoryTransport] = deque()

    def accept(self) -> None:
        """Give every stream of the backlog its connection."""
        while self.backlog:
            transport = self.backlog.popleft()
            connection = self.factory.connection()
            if connection is None:
                transport.drop("")
            else:
                transport.open(connection)

    def stopListening(self) -> defer.Deferred[None]:
        """Take what is already in the backlog, then close."""
        self.accept()
        self.network.ports.pop(self.address, None)
        return defer.succeed(None)

    def getHost(self) -> IPv4Address | IPv6Address:
        """The address in use, also where port 0 was asked for."""
        return address_of(self.address)


class MemoryClientEndpoint:
    """Dials in memory."""

    def __init__(self, network: MemoryNetwork, address: tuple[str, int], timeout_s: float) -> None:
        self.network = network
        self.address = address
        self.timeout_s = timeout_s

    def connect(self, factory: ConnectionFactory) -> defer.Deferred[Connection]:
        """Fires with the hot `Connection`; fails with `DialFailed`."""
        network = self.network
        network.dialled.append(self.address)
        if network.exhausted:
            return defer.fail(NoDescriptor("too many open files"))
        dialing = MemoryDialing(network, self.address, factory)
        network.wheel.arm(dialing, network.clock.seconds() + self.timeout_s)
        if not network.is_black_hole(self.address):
            network.later(network.latency_s, dialing.answer)
        return dialing.result


class MemoryDialing(Timed):
    """A connect in progress."""

    def __init__(
        self, network: MemoryNetwork, address: tuple[str, int], factory: ConnectionFactory
    ) -> None:
        super().__init__()
        self.network = network
        self.address = address
        self.factory = factory
        self.over = False
        self.result: defer.Deferred[Connection] = defer.Deferred(self.cancelled)

    def cancelled(self, result: defer.Deferred[Connection]) -> None:
        """Nobody wants the stream any more."""
        self.over = True
        self.deadline = 0.0

    def expired(self, now: float) -> None:
        self.fail("connection timed out")

    def fail(self, why: str) -> None:
        """No stream."""
        if not self.over:
            self.over = True
            self.deadline = 0.0
            self.result.errback(DialFailed(why))

    def answer(self) -> None:
        """The other host says yes or no."""
        port = self.network.listener(self.address)
        if port is None:
            self.fail("connection refused")
        if self.over or port is None:
            return
        self.over = True
        self.deadline = 0.0
        connection = self.factory.connection()
        if connection is None:
            self.result.errback(DialFailed("refused by the factory"))
            return
        here, there = MemoryTransport(self.network), MemoryTransport(self.network)
        here.other, there.other = there, here
        here.peer = there.host = self.address
        here.host = there.peer = ("127.0.0.1", self.network.free_port())
        port.backlog.append(there)
        self.network.later(0.0, port.accept)
        here.open(connection)
        self.result.callback(connection)


class MemoryTransport(Transport):
    """One end of a stream.

    `unread` counts bytes of ours that are on their way or that the other end has not read; `inbox`
    is what we have not read.
    """

    def __init__(self, network: MemoryNetwork) -> None:
        super().__init__(Connection())
        self.network = network
        self.other: MemoryTransport = self
        self.unread = 0
        self.inbox: deque[bytes] = deque()
        self.out: deque[bytes] = deque()
        self.waiting = 0
        self.opened = False
        self.paused = False
        self.finishing = False
        self.shut = False
        self.closing = False
        self.aborting = False
        self.lost = False
        self.eof_arrived = False
        self.eof_seen = False
        self.cut = ""

    def open(self, connection: Connection) -> None:
        """The stream has its connection."""
        self.connection = connection
        self.opened = True
        self.network.transports.add(self)
        connection.connected(self)
        self.network.later(0.0, self.deliver)

    # -- reading

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False
        self.network.later(0.0, self.deliver)

    def arrive(self, data: bytes) -> None:
        """Bytes of the other end."""
        if self.lost:
            self.network.later(self.network.latency_s, self.other.arrive_reset)
            return
        self.inbox.append(data)
        self.deliver()

    def arrive_eof(self) -> None:
        """The other end sends no more."""
        self.eof_arrived = True
        self.deliver()

    def arrive_reset(self) -> None:
        """The other end is gone for good."""
        self.cut = RESET
        self.out.clear()
        self.waiting = 0
        self.deliver()

    def is_reading(self) -> bool:
        """Whether the connection may be told of bytes."""
        return self.opened and not (self.paused or self.closing or self.lost)

    def deliver(self) -> None:
        """Hand on what has arrived, and how it ended."""
        while self.inbox and self.is_reading():
            data = self.inbox.popleft()
            self.bytes_in += len(data)
            self.other.unread -= len(data)
            self.network.later(self.network.latency_s, self.other.flush)
            self.connection.data_received(data)
        if self.lost or not self.opened:
            return
        if self.cut and (self.closing or not self.inbox):
            self.drop(self.cut)
        elif self.cut:
            self.connection.peer_gone()
        elif self.eof_arrived and not self.eof_seen and not self.inbox and self.is_reading():
            self.eof_seen = True
            if self.shut:
                self.drop("")
            else:
                self.connection.eof_received()

    # -- writing

    def write(self, data: bytes) -> bool:
        if self.closing or self.lost or self.cut or not data:
            return True
        if self.finishing:
            raise AssertionError("write after finish")
        self.out.append(data)
        self.waiting += len(data)
        if len(self.out) == 1:
            self.send()
        self.blocked = bool(self.out)
        return not self.blocked

    def has_ended(self) -> bool:
        return self.eof_seen

    def write_pair(self, first: bytes, second: bytes) -> bool:
        return self.write(first + second)

    def send(self) -> None:
        """Put on its way what the window has room for."""
        while self.out and self.unread < self.network.window:
            data = self.out.popleft()
            size = min(len(data), self.network.window - self.unread, CHUNK)
            if size < len(data):
                self.out.appendleft(data[size:])
            self.unread += size
            self.waiting -= size
            self.bytes_out += size
            self.network.later(self.network.latency_s, self.other.arrive, data[:size])

    def flush(self) -> None:
        """The other end has read something."""
        if self.lost or not self.out:
            return
        self.send()
        if self.out:
            return
        self.blocked = False
        if self.closing:
            self.drop("")
        elif self.finishing:
            self.end_of_file()
        else:
            self.connection.drained()

    # -- ending

    def finish(self) -> None:
        if not (self.finishing or self.closing or self.lost):
            self.finishing = True
            if not self.out:
                self.end_of_file()

    def end_of_file(self) -> None:
        """Say that no more will be written."""
        self.shut = True
        self.network.later(self.network.latency_s, self.other.arrive_eof)
        if self.eof_seen:
            self.network.later(0.0, self.drop, "")

    def close(self) -> None:
        if not self.closing and not self.lost:
            self.closing = True
            if not self.out:
                self.network.later(0.0, self.drop, "")

    def abort(self) -> None:
        if not self.lost:
            self.aborting = True
            self.closing = True
            self.out.clear()
            self.waiting = 0
            self.network.later(0.0, self.drop, "")

    def fail(self, why: str) -> None:
        self.drop(why)

    def drop(self, why: str) -> None:
        """End now, and tell both sides."""
        if self.lost:
            return
        self.lost = True
        self.network.transports.discard(self)
        if self.aborting or self.inbox or self.cut:
            self.network.later(self.network.latency_s, self.other.arrive_reset)
        elif not self.shut:
            self.network.later(self.network.latency_s, self.other.arrive_eof)
        self.inbox.clear()
        self.out.clear()
        self.waiting = 0
        if self.opened:
            self.connection.connection_lost(why)
            self.connection.transport = NO_TRANSPORT
