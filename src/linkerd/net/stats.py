"""What is counted of connections, of a client's and of a server's alike, under Finagle's names.

A connection is counted when it opens and when it closes; nothing is counted while it works. Owned
by the client or the server listener whose connections they are. Tunnels, which Finagle has not, are
counted in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.telemetry.stat import Stat

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.net.connection import Transport
    from linkerd.telemetry.metrics import Scope


NOBODY_DIALS = Stat()


class TransportStats:
    """Connections and bytes of one client or server; durations in milliseconds."""

    __slots__ = (
        "clock",
        "closes",
        "connect_latency",
        "connects",
        "duration",
        "failed_latency",
        "received",
        "received_bytes",
        "sent",
        "sent_bytes",
    )

    def __init__(self, scope: Scope, clock: Callable[[], float], dials: bool = True) -> None:
        self.clock = clock
        self.connects = scope.counter("connects")
        self.closes = scope.counter("closes")
        self.received_bytes = scope.counter("received_bytes")
        self.sent_bytes = scope.counter("sent_bytes")
        self.connect_latency = scope.stat("connect_latency_ms") if dials else NOBODY_DIALS
        self.failed_latency = scope.stat("failed_connect_latency_ms") if dials else NOBODY_DIALS
        self.duration = scope.stat("connection_duration")
        self.received = scope.stat("connection_received_bytes")
        self.sent = scope.stat("connection_sent_bytes")
        scope.gauge("connections", read=self.connections)

    def connections(self) -> float:
        """How many are open."""
        return self.connects.value - self.closes.value

    def accepted(self) -> None:
        """A peer connected to us."""
        self.connects.value += 1

    def connected(self, elapsed_ms: int) -> None:
        """A connect of ours succeeded."""
        self.connects.value += 1
        self.connect_latency.add(elapsed_ms)

    def not_connected(self, elapsed_ms: int) -> None:
        """A connect failed."""
        self.failed_latency.add(elapsed_ms)

    def closed(self, transport: Transport, opened: float) -> None:
        """A connection ended."""
        self.closes.value += 1
        self.received_bytes.value += transport.bytes_in
        self.sent_bytes.value += transport.bytes_out
        self.duration.add(int((self.clock() - opened) * 1000.0))
        self.received.add(transport.bytes_in)
        self.sent.add(transport.bytes_out)


class TunnelStats:
    """Connections of a server that carry other protocols, by Upgrade or CONNECT."""

    __slots__ = ("cuts", "duration", "ends", "opened", "received_bytes", "sent_bytes")

    def __init__(self, scope: Scope) -> None:
        tunnels = scope.scope("tunnels")
        self.ends = 0
        self.opened = tunnels.counter("opened")
        self.cuts = tunnels.counter("cut")
        self.received_bytes = tunnels.counter("received_bytes")
        self.sent_bytes = tunnels.counter("sent_bytes")
        self.duration = tunnels.stat("duration_ms")
        tunnels.gauge("open", read=self.open)

    def open(self) -> float:
        """How many there are."""
        return self.opened.value - self.ends

    def began(self) -> None:
        """A connection has become a tunnel."""
        self.opened.value += 1

    def ended(self, elapsed_ms: int, received: int, sent: int, cut: bool) -> None:
        """A tunnel is over; `cut`: before both sides had said their last."""
        self.ends += 1
        self.cuts.value += cut
        self.received_bytes.value += received
        self.sent_bytes.value += sent
        self.duration.add(elapsed_ms)
