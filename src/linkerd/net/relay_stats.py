"""What is counted of the raw connections of a service, of a client or of a server.

In come connections that are over; out go their bytes, how long they lasted and why they ended.
Owned by whose connections they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkerd.telemetry.metrics import Scope

CLIENT = "client"
"""Both ends said their last, the client first."""
ENDPOINT = "endpoint"
"""The same, the endpoint first."""
CLIENT_RESET = "client_reset"
ENDPOINT_RESET = "endpoint_reset"
IDLE = "idle"
LIFETIME = "lifetime"
SHUTDOWN = "shutdown"
CAUSES = (CLIENT, ENDPOINT, CLIENT_RESET, ENDPOINT_RESET, IDLE, LIFETIME, SHUTDOWN)


class CloseCauses:
    """How many connections ended why: `closed/<cause>`."""

    __slots__ = ("counters",)

    def __init__(self, scope: Scope) -> None:
        closed = scope.scope("closed")
        self.counters = {cause: closed.counter(cause) for cause in CAUSES}

    def ended(self, cause: str) -> None:
        """A connection is over."""
        self.counters[cause].value += 1


class ConnectionStats(CloseCauses):
    """The same, with bytes and durations, where nothing else counts them."""

    __slots__ = ("duration", "received", "sent")

    def __init__(self, scope: Scope) -> None:
        CloseCauses.__init__(self, scope)
        self.received = scope.counter("received_bytes")
        self.sent = scope.counter("sent_bytes")
        self.duration = scope.stat("connection_duration")

    def passed(self, received: int, sent: int, elapsed_ms: int) -> None:
        """Note the bytes from the client and to it, and how long the connection lasted."""
        self.received.value += received
        self.sent.value += sent
        self.duration.add(elapsed_ms)


__all__ = [
    "CAUSES",
    "CLIENT",
    "CLIENT_RESET",
    "ENDPOINT",
    "ENDPOINT_RESET",
    "IDLE",
    "LIFETIME",
    "SHUTDOWN",
    "CloseCauses",
    "ConnectionStats",
]
