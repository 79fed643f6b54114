"""The engine: owns the sockets of the data plane and waits for them on its own epoll descriptor.

In come readiness events, out go direct calls of `Connection` methods; a small request costs two
receives and two sends and no other system call. One engine per process, made by the composition
root; `linkerd.net.nesting` joins it with Twisted's reactor. Errors in one connection end that
connection and nothing else.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

from linkerd.logger import make_logger
from linkerd.net.descriptors import Descriptors, limit_in_force

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from linkerd.net.connection import Source
    from linkerd.net.handshakes import Handshakes
    from linkerd.net.splice import Pipes

    class Closable(Protocol):
        """A socket, or who has one."""

        def close(self) -> None:
            """Close it."""


READ = select.EPOLLIN
WRITE = select.EPOLLOUT
BROKEN = select.EPOLLERR | select.EPOLLHUP

log = make_logger()


class Engine:
    """The table of watched descriptors and one turn of waiting and serving."""

    __slots__ = (
        "clock",
        "closing",
        "descriptors",
        "handshakes",
        "later",
        "leave",
        "losses",
        "outbox",
        "pipes",
        "poller",
        "table",
        "turning",
        "turns",
    )

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.poller = select.epoll()
        self.descriptors = Descriptors(limit_in_force())
        self.table: dict[int, Source] = {}
        self.closing: list[Closable] = []
        self.losses: list[Source] = []
        self.outbox: list[Source] = []
        self.turning = False
        self.turns = 0
        # What bulk moves through; made by the first transport that has any.
        self.pipes: Pipes | None = None
        # TLS handshakes that can go on; made by the first port or dial that has any.
        self.handshakes: Handshakes | None = None
        # Set by whoever has changed what the reactor must do next (timers, calls from threads).
        self.leave = False
        # Has `settle` called soon, where no turn is going on; set by the nesting.
        self.later: Callable[[], None] | None = None

    def watch(self, source: Source, events: int) -> None:
        """Begin to watch a descriptor."""
        self.table[source.fd] = source
        self.poller.register(source.fd, events)

    def change(self, source: Source, events: int) -> None:
        """Watch a known descriptor for other events."""
        self.poller.modify(source.fd, events)

    def forget(self, source: Source) -> None:
        """Stop watching; the descriptor itself stays open."""
        if self.table.pop(source.fd, None) is not None:
            try:
                self.poller.unregister(source.fd)
            except OSError:
                pass

    def discard(self, sock: Closable) -> None:
        """Close a forgotten descriptor, but not before the events at hand are served.

        Were it closed at once, its number could be taken by a new connection and an event that is
        already in the batch would go to the wrong one.
        """
        self.closing.append(sock)
        self.settle_soon()

    def lost(self, source: Source) -> None:
        """Serve `source.ready(0)` after the events at hand: a write found the peer gone."""
        self.losses.append(source)
        self.settle_soon()

    def settle_soon(self) -> None:
        """What happens outside a turn must not wait for the next event."""
        if (
            not self.turning
            and self.later is not None
            and len(self.losses) + len(self.closing) == 1
        ):
            self.later()

    def turn(self, timeout: float) -> int:
        """Wait up to `timeout` seconds (-1: for ever), serve what is ready, say how many were."""
        events = self.poller.poll(timeout)
        table = self.table
        self.turning = True
        self.turns += 1
        for fd, what in events:
            source = table.get(fd)
            if source is not None:
                try:
                    if what == READ:
                        source.readable()
                    else:
                        source.ready(what)
                except Exception:
                    self.contain(source)
        while self.outbox:
            self.send()
        if self.handshakes is not None:
            self.handshakes.run()
            while self.outbox:
                self.send()
        self.turning = False
        if self.losses or self.closing:
            self.settle()
        return len(events)

    def send(self) -> None:
        """Send what was written during the turn.

        Sending at the end, and not in between, wakes each peer once for all that it gets: on a
        machine that hosts both sides this costs half the kernel's time.
        """
        outbox = self.outbox
        self.outbox = []
        for source in outbox:
            try:
                source.flush()
            except Exception:
                self.contain(source)

    def settle(self) -> None:
        """Report losses and close descriptors that were given up during the turn."""
        while self.losses:
            losses = self.losses
            self.losses = []
            for source in losses:
                try:
                    source.ready(0)
                except Exception:
                    self.contain(source)
        closing = self.closing
        self.closing = []
        for sock in closing:
            sock.close()

    def contain(self, source: Source) -> None:
        """An exception escaped a connection: log it once and end that connection only."""
        log.failure("A connection failed for a reason of our own; it is closed: {log_failure}")
        try:
            source.fail("internal error")
        except Exception:
            log.failure("Giving a connection up failed too: {log_failure}")
            self.forget(source)

    def close(self) -> None:
        """Give up every source and the epoll descriptor itself."""
        for source in list(self.table.values()):
            source.fail("the proxy is closing")
        self.settle()
        if self.pipes is not None:
            self.pipes.close()
        self.poller.close()
