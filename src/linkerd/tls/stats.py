"""What is counted of TLS at one server or client, under Finagle's names and some of ours.

In: handshakes as they end. Out: below `tls`, gauge `connections`, stats `handshake_latency_ms` and
`failed_handshake_latency_ms`; ours: counters `handshakes_failed/<cause>`, `resumed` and, where
plain text is taken too, `plain`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkerd.telemetry.metrics import Counter, Scope


class TlsStats:
    """The numbers of one server or client; `scope` is its own."""

    __slots__ = (
        "_failures",
        "_latency",
        "_latency_failed",
        "_open",
        "_plain",
        "_resumed",
        "_scope",
    )

    def __init__(self, scope: Scope, permissive: bool = False) -> None:
        self._scope = scope.scope("tls")
        self._open = 0
        self._latency = self._scope.stat("handshake_latency_ms")
        self._latency_failed = self._scope.stat("failed_handshake_latency_ms")
        self._resumed = self._scope.counter("resumed")
        self._plain = self._scope.counter("plain") if permissive else None
        self._failures: dict[str, Counter] = {}
        self._scope.gauge("connections", read=self._connections)

    def _connections(self) -> float:
        return self._open

    def secured(self, elapsed_s: float, resumed: bool) -> None:
        """A handshake is done."""
        self._open += 1
        self._latency.add(round(elapsed_s * 1000))
        if resumed:
            self._resumed.value += 1

    def closed(self) -> None:
        """A connection with TLS is gone."""
        self._open -= 1

    def plain(self) -> None:
        """Somebody came with plain text, and was taken."""
        if self._plain is not None:
            self._plain.value += 1

    def failed(self, cause: str, elapsed_s: float) -> None:
        """A handshake failed."""
        self._latency_failed.add(round(elapsed_s * 1000))
        counter = self._failures.get(cause)
        if counter is None:
            counter = self._failures[cause] = self._scope.counter("handshakes_failed", cause)
        counter.value += 1


__all__ = ["TlsStats"]
