"""What connections a client of a Thrift router has: with one call at a time, or several.

In come endpoints whose client has been told how many; out go connections that are about to be
opened. Owned by the router.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.client.thrift import ThriftClientConnection
from linkerd.client.thrift_pipeline import ThriftPipeline
from linkerd.telemetry.request_stats import NO_STATUSES

if TYPE_CHECKING:
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.telemetry.metrics import Scope
    from linkerd.telemetry.request_stats import Statuses
    from linkerd.wire.thrift_message import ThriftLimits


class ThriftConnections:
    """Framed Thrift to the endpoints, within `limits`."""

    __slots__ = ("limits",)

    def __init__(self, limits: ThriftLimits) -> None:
        self.limits = limits

    def connection(self, endpoint: ClientEndpoint, now: float) -> ThriftClientConnection:
        """A connection that is about to be opened."""
        most = endpoint.client.pipelined
        if most > 1:
            return ThriftPipeline(endpoint, self.limits, now, most)
        return ThriftClientConnection(endpoint, self.limits, now)

    def statuses(self, scope: Scope) -> Statuses:
        """Answers have no status."""
        return NO_STATUSES


__all__ = ["ThriftConnections"]
