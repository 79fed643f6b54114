"""`maxCallDepth`: a request that has passed too many proxies is answered 400.

In come the requests that have a Via, the only ones that can have passed any; those within the limit
go on to the next `Dispatch`. Owned by the listener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.errors import CallDepthExceeded
from linkerd.router.refused import RefusedExchange

if TYPE_CHECKING:
    from linkerd.net.exchange import Exchange
    from linkerd.router.junction import HttpJunction
    from linkerd.server.base import Dispatch
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead


class CallDepthDispatch:
    """Lets requests pass that have no more than `most` entries in their Via."""

    __slots__ = ("most", "router", "then")

    def __init__(self, then: Dispatch, router: HttpJunction, most: int) -> None:
        self.then = then
        self.router = router
        self.most = most

    def exchange(
        self, connection: HttpServerConnection, head: RequestHead, body: bytes, streamed: bool
    ) -> Exchange:
        """An exchange for a request with a Via."""
        # Every entry has a comma before it but the first.
        if head.via.count(b",") < self.most:
            return self.then.exchange(connection, head, body, streamed)
        text = f"Maximum number of calls ({self.most}) has been exceeded."
        error = CallDepthExceeded(f"{text} Please check for proxy loops.")
        return RefusedExchange(self.router, connection, head, streamed, error)


__all__ = ["CallDepthDispatch"]
