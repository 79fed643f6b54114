"""What is counted of TLS."""

from __future__ import annotations

from linkerd.telemetry.metrics import Scope
from linkerd.tls.stats import TlsStats


def test_connections_and_handshakes() -> None:
    scope = Scope()
    stats = TlsStats(scope, permissive=True)
    stats.secured(0.012, False)
    stats.secured(0.003, True)
    stats.closed()
    stats.failed("expired", 0.007)
    stats.failed("expired", 0.009)
    stats.plain()
    tls = scope.scope("tls")
    assert tls.find("connections").metric.read() == 1  # type: ignore[union-attr]
    assert tls.counter("resumed").value == 1
    assert tls.counter("handshakes_failed", "expired").value == 2
    assert tls.counter("plain").value == 1
    assert tls.stat("handshake_latency_ms").snapshot().count == 2
    assert tls.stat("failed_handshake_latency_ms").snapshot().sum == 16


def test_plain_text_is_counted_only_where_it_is_taken() -> None:
    scope = Scope()
    TlsStats(scope).plain()
    assert scope.find("tls", "plain") is None
