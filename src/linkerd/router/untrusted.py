"""What servers with `clearContext` hand their requests to: no `l5d-` header gets in or out.

In come the requests of clients that nobody trusts, out go the same ones without those headers, to
the router; answers lose them too, and the body of an answer with `l5d-err` is not for such clients.
Owned by the listener that it was made for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.router.shaped import Answer, AnswerFilter

if TYPE_CHECKING:
    from linkerd.net.exchange import Exchange
    from linkerd.propagator.base import Propagator
    from linkerd.server.base import Dispatch
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead, ResponseHead

ERROR = b"\nl5d-err:"


class ContextCleared(AnswerFilter):
    """Takes out of answers what only proxies may know."""

    __slots__ = ()

    def interim(self, head: ResponseHead) -> None:
        head.cut_context()

    def answer(self, answer: Answer) -> None:
        if ERROR in answer.head.lower:
            answer.empty()
        answer.head.cut_context()


class UntrustedDispatch:
    """What takes the requests next, as such servers see it."""

    __slots__ = ("dispatch", "propagator")

    def __init__(self, dispatch: Dispatch, propagator: Propagator) -> None:
        self.dispatch = dispatch
        self.propagator = propagator

    def exchange(
        self, connection: HttpServerConnection, head: RequestHead, body: bytes, streamed: bool
    ) -> Exchange:
        """An exchange for a request, of which neither trace nor what begins with `l5d-` is read."""
        head.cut_context()
        self.propagator.clear(head)
        return self.dispatch.exchange(connection, head, body, streamed)


__all__ = ["ContextCleared", "UntrustedDispatch"]
