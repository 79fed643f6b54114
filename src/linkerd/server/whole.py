"""Requests that are taken in whole before they go anywhere (`streamingEnabled: false`).

In comes a request whose body follows in pieces; out goes the same request with its body, to
whatever takes the server's requests next. How much may be collected is the listener's limit of
bodies. Owned by the listener that it was made for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.exchange import Exchange

if TYPE_CHECKING:
    from linkerd.server.base import Dispatch
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead


class WholeRequest(Exchange):
    """Stands for a request's exchange until the body is complete."""

    __slots__ = ("connection", "counted", "dispatch", "head", "pieces")

    def __init__(
        self, dispatch: Dispatch, connection: HttpServerConnection, head: RequestHead
    ) -> None:
        self.dispatch = dispatch
        self.connection = connection
        self.head = head
        self.pieces: list[bytes] = []
        self.counted = False

    def begin(self, now: float) -> None:
        # It is one of the server's requests already, though nobody has heard of it.
        self.counted = True
        self.connection.listener.stats.pending += 1
        if self.head.expect:
            self.connection.send_continue()

    def request_data(self, data: bytes) -> None:
        self.pieces.append(data)

    def request_end(self, trailers: bytes) -> None:
        body = b"".join(self.pieces)
        head = self.head
        if head.chunked:
            # The trailer fields are dropped (RFC 9110 6.5.1): they have no place behind a length.
            head.chunked = False
            head.length = len(body)
            head.add_line(b"Content-Length: %d\r\n" % len(body))
        connection = self.connection
        self.leave()
        exchange = self.dispatch.exchange(connection, head, body, False)
        connection.exchange = exchange
        exchange.begin(connection.listener.clock())

    def request_broken(self, status: int, why: str) -> None:
        connection = self.connection
        self.leave()
        connection.exchange = None
        connection.requests -= 1  # `refuse` counts it, too
        connection.refuse(status, why, self.head)

    def client_drained(self) -> None:
        """Nothing has been said that the client could be slow to take."""

    def client_gone(self, why: str) -> None:
        """Nobody has heard of the request."""
        self.leave()
        self.pieces = []

    def leave(self) -> None:
        """It is collected no longer; may be called again."""
        if self.counted:
            self.counted = False
            self.connection.listener.stats.pending -= 1


class WholeDispatch:
    """What takes the requests next, as servers see it that stream nothing."""

    __slots__ = ("dispatch",)

    def __init__(self, dispatch: Dispatch) -> None:
        self.dispatch = dispatch

    def exchange(
        self, connection: HttpServerConnection, head: RequestHead, body: bytes, streamed: bool
    ) -> Exchange:
        """An exchange for this request; one that is streamed waits for its body first."""
        if streamed:
            return WholeRequest(self.dispatch, connection, head)
        return self.dispatch.exchange(connection, head, body, False)


__all__ = ["WholeDispatch", "WholeRequest"]
