"""What is counted of connections, under Finagle's names."""

from __future__ import annotations

from linkerd.net.connection import Connection, Transport
from linkerd.net.stats import TransportStats, TunnelStats
from linkerd.telemetry.metrics import Scope


class At:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def closed_after(stats: TransportStats, received: int, sent: int, opened: float) -> None:
    transport = Transport(Connection())
    transport.bytes_in, transport.bytes_out = received, sent
    stats.closed(transport, opened)


def test_a_server_counts_its_connections() -> None:
    scope, clock = Scope(), At()
    stats = TransportStats(scope, clock, dials=False)
    stats.accepted()
    stats.accepted()
    assert (stats.connects.value, stats.closes.value, stats.connections()) == (2, 0, 2)
    clock.now = 100.0625
    closed_after(stats, 10, 20, opened=100.0)
    closed_after(stats, 1, 2, opened=100.03125)
    assert (stats.connects.value, stats.closes.value, stats.connections()) == (2, 2, 0)
    assert (stats.received_bytes.value, stats.sent_bytes.value) == (11, 22)
    duration = stats.duration.snapshot()
    assert (duration.count, duration.sum) == (2, 93)
    assert (stats.received.snapshot().sum, stats.sent.snapshot().sum) == (11, 22)


def test_a_client_measures_its_connects() -> None:
    stats = TransportStats(Scope(), At())
    stats.connected(7)
    stats.not_connected(9)
    assert (stats.connects.value, stats.connections()) == (1, 1)
    assert stats.connect_latency.snapshot().sum == 7
    assert stats.failed_latency.snapshot().sum == 9


def test_names_are_finagles() -> None:
    scope = Scope()
    stats = TransportStats(scope, At())
    stats.connected(1)
    for name in ("connects", "closes", "received_bytes", "sent_bytes"):
        assert scope.counter(name) is getattr(stats, name)
    for name, stat in {
        "connect_latency_ms": stats.connect_latency,
        "failed_connect_latency_ms": stats.failed_latency,
        "connection_duration": stats.duration,
        "connection_received_bytes": stats.received,
        "connection_sent_bytes": stats.sent,
    }.items():
        assert scope.stat(name) is stat


def test_a_server_has_no_figures_of_connects() -> None:
    stats = TransportStats(Scope(), At(), dials=False)
    other = TransportStats(Scope(), At(), dials=False)
    assert stats.connect_latency is other.connect_latency


def test_tunnels_are_counted_at_their_beginning_and_end() -> None:
    stats = TunnelStats(Scope())
    for _ in range(3):
        stats.began()
    stats.ended(500, 10, 20, True)
    stats.ended(250, 1, 2, False)
    assert (stats.open(), stats.opened.value, stats.cuts.value) == (1, 3, 1)
    assert (stats.received_bytes.value, stats.sent_bytes.value) == (11, 22)
    duration = stats.duration.snapshot()
    assert (duration.count, duration.sum) == (2, 750)
