"""A request that its server refuses before it is named.

In comes a request and the error that it gets; out goes that error, counted as any other. Made by
the dispatches that watch over a server's limits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.router.exchange import HttpExchange

if TYPE_CHECKING:
    from linkerd.errors import RequestError
    from linkerd.router.router import Router
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead


class RefusedExchange(HttpExchange):
    """A request and the error of ours that it gets. A body that still comes is not waited for."""

    __slots__ = ("error",)

    def __init__(
        self,
        router: Router,
        server: HttpServerConnection,
        head: RequestHead,
        streamed: bool,
        error: RequestError,
    ) -> None:
        super().__init__(router, server, head, b"", streamed)
        self.error = error

    def begin(self, now: float) -> None:
        self.began = now
        self.server.listener.stats.begin()
        self.fail(self.error)


__all__ = ["RefusedExchange"]
