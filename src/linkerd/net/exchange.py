"""One request in flight, as the connections on its two sides see it.

The server connection tells of the request, the client connection of the answer; neither knows the
other. The router's exchange (`linkerd.router.exchange`) is the one that decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkerd.net.connection import Connection
    from linkerd.wire.http1 import ResponseHead
    from linkerd.wire.thrift_message import ThriftMessage


class Exchange:
    """What an exchange is told. Every call but `begin` may come at any time until the end."""

    __slots__ = ()

    # -- by the server connection, and by naming

    def begin(self, now: float) -> None:
        """The head, and the body if it is small, are there: route and send."""
        raise NotImplementedError

    def start(self, key: bytes | None, now: float) -> None:
        """What a raw connection's name follows from is known, None if it has none: find a way."""
        raise NotImplementedError

    def bound(self, now: float) -> None:
        """The name, or its addresses, are known now, or known to be in trouble."""
        raise NotImplementedError

    def request_data(self, data: bytes) -> None:
        """More of a streamed body."""
        raise NotImplementedError

    def request_end(self, trailers: bytes) -> None:
        """A streamed body is complete."""
        raise NotImplementedError

    def request_broken(self, status: int, why: str) -> None:
        """The rest of the body cannot be read: it is malformed (400) or too slow (408)."""
        raise NotImplementedError

    def client_drained(self) -> None:
        """The client takes bytes again."""
        raise NotImplementedError

    def client_gone(self, why: str) -> None:
        """The client left; nobody wants the answer."""
        raise NotImplementedError

    def client_left(self) -> int:
        """The client of this tunnel takes nothing more, but what it said is not all passed on.

        Gives the number of bytes that the endpoint has been sent.
        """
        raise NotImplementedError

    def timed_out(self) -> None:
        """No byte has moved in this tunnel for as long as may be."""
        raise NotImplementedError

    def cut_off(self, cause: str) -> None:
        """The time of this raw connection is over; `cause` says which."""
        raise NotImplementedError

    def is_answering(self) -> bool:
        """Whether the head of the answer has gone out."""
        return False

    # -- by the client connection

    def connected(self, connection: Connection) -> None:
        """The connection that was dialled for this exchange is open."""
        raise NotImplementedError

    def not_connected(self, why: str, code: str = "") -> None:
        """The connection that was dialled for this exchange could not be had."""
        raise NotImplementedError

    def turned_away(self) -> None:
        """Too many wait for a connection to the endpoint already."""
        raise NotImplementedError

    def without_descriptor(self) -> None:
        """This process has no file descriptor for the connection; the endpoint was not asked."""
        raise NotImplementedError

    def informed(self, head: ResponseHead) -> None:
        """An interim (1xx) answer."""
        raise NotImplementedError

    def switched(self, head: ResponseHead, early: bytes) -> bool:
        """The endpoint consents to a tunnel and has said `early`; False: it was not asked."""
        raise NotImplementedError

    def answered(self, head: ResponseHead, body: bytes, framing: int, complete: bool) -> None:
        """The head of the answer and what has come of its body; `complete` if that is all."""
        raise NotImplementedError

    def replied(self, message: ThriftMessage, complete: bool) -> None:
        """An answer in Thrift, or the beginning of one; `complete` if that is all."""
        raise NotImplementedError

    def answer_data(self, data: bytes) -> None:
        """More of the answer's body."""
        raise NotImplementedError

    def answer_end(self, trailers: bytes) -> None:
        """The answer is complete."""
        raise NotImplementedError

    def endpoint_drained(self) -> None:
        """The endpoint takes bytes again."""
        raise NotImplementedError

    def endpoint_lost(self, why: str, bad_answer: bool) -> None:
        """The endpoint went away, or answered what is not HTTP, before its answer was complete."""
        raise NotImplementedError

    def answer_too_large(self) -> None:
        """The answer had to be kept until it is whole, and is larger than may be kept."""
        raise NotImplementedError


# How the body of an answer is delimited.
NO_BODY = 0
BY_LENGTH = 1
BY_CHUNKS = 2
BY_CLOSE = 3
