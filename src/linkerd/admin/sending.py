"""A long answer on its way to a client that may be slow, or take nothing at all.

A request with its head set and a body come in; the body goes out as fast as the client takes it. A
client that takes too long for what fits into the buffers is given up. Owned by the request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IPushProducer
from twisted.web.http import Request
from zope.interface import implementer

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.interfaces import IDelayedCall, IReactorTime

PIECE = 65536
"""Bytes that are written at once: about as many as Twisted takes before it says stop."""


@implementer(IPushProducer)
class Sending:
    """Writes `body` piece by piece; `patience_s` is how long a client may take for each stop."""

    def __init__(
        self, request: Request, body: bytes, patience_s: float, reactor: IReactorTime
    ) -> None:
        self._request = request
        self._body = body
        self._at = 0
        self._patience_s = patience_s
        self._reactor = reactor
        self._paused = False
        self._waiting: IDelayedCall | None = None
        self._then: Callable[[], None] | None = None

    def start(self, then: Callable[[], None]) -> None:
        """Begin; `then` is called once all has been written."""
        self._then = then
        Request.registerProducer(self._request, self, True)
        self._go_on()

    def _go_on(self) -> None:
        body = self._body
        while not self._paused and self._at < len(body):
            piece = body[self._at : self._at + PIECE]
            self._at += len(piece)
            Request.write(self._request, piece)
        if not self._paused and self._then is not None:
            then, self._then = self._then, None
            Request.unregisterProducer(self._request)
            then()

    def pauseProducing(self) -> None:  # noqa: N802 - IPushProducer
        """The buffers are full."""
        self._paused = True
        self._patient_no_more()
        self._waiting = self._reactor.callLater(self._patience_s, self._give_up)

    def resumeProducing(self) -> None:  # noqa: N802 - IPushProducer
        """The client has taken what was written."""
        self._paused = False
        self._patient_no_more()
        self._go_on()

    def stopProducing(self) -> None:  # noqa: N802 - IPushProducer
        """The client has gone."""
        self._paused = True
        self._then = None
        self._patient_no_more()

    def _give_up(self) -> None:
        self._waiting = None
        transport: Any = self._request.channel.transport
        transport.abortConnection()

    def _patient_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


__all__ = ["PIECE", "Sending"]
