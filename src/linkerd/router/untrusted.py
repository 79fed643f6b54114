"""What servers with `clearContext` hand their requests to: no `l5d-` header gets in or out.

In come the requests of clients that nobody trusts, out go the same ones without those headers, to
the router; answers lose them too, and the body of an answer with `l5d-err` is not for such clients.
Owned by the listener that it was made for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.exchange import BY_LENGTH, NO_BODY
from linkerd.router.max_forwards import CountedExchange

if TYPE_CHECKING:
    from linkerd.net.exchange import Exchange
    from linkerd.router.router import Router
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead, ResponseHead

ERROR = b"\nl5d-err:"


class UntrustedExchange(CountedExchange):
    """A request of a client that nobody trusts, and its answer."""

    __slots__ = ()

    def informed(self, head: ResponseHead) -> None:
        head.cut_context()
        super().informed(head)

    def answered(self, head: ResponseHead, body: bytes, framing: int, complete: bool) -> None:
        if ERROR in head.lower:
            if not complete:
                # Nobody waits for the rest of the body, which may never end.
                self.leave_connection(False)
            head.reframe(-1 if head.status in (204, 304) else 0)
            body = b""
            framing = NO_BODY if framing == NO_BODY else BY_LENGTH
            complete = True
        head.cut_context()
        super().answered(head, body, framing, complete)


class UntrustedDispatch:
    """The router, as such servers see it."""

    __slots__ = ("router",)

    def __init__(self, router: Router) -> None:
        self.router = router

    def exchange(
        self, connection: HttpServerConnection, head: RequestHead, body: bytes, streamed: bool
    ) -> Exchange:
        """An exchange for a request, of which nothing that begins with `l5d-` is read."""
        head.cut_context()
        return UntrustedExchange(self.router, connection, head, body, streamed)


__all__ = ["UntrustedDispatch", "UntrustedExchange"]
