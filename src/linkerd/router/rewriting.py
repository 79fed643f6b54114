"""What a client changes in the heads of its requests, and back in those of their answers.

In comes the head of a request as it would go out; out it goes with the Host that the endpoints want
to be called by, if naming knows one (`authority` in the metadata of the bound name), and with the
client's certificate in `x-forwarded-client-cert`, if that is asked for. In the answer's Location
and Refresh that Host becomes the one again that the request came with. Off the common path.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linkerd.net.exchange import Exchange
from linkerd.wire.http1 import CONNECT

if TYPE_CHECKING:
    from linkerd.client.http import HttpClientConnection
    from linkerd.router.routed_client import RoutedClient
    from linkerd.router.sending import Sending
    from linkerd.wire.http1 import ResponseHead

HOST_LINE = re.compile(rb"\r\nhost:[^\r]*+", re.IGNORECASE)
WITH_URIS = (b"Location", b"Refresh")


def rewritten(
    head: bytes, sending: Sending, client: RoutedClient, connection: HttpClientConnection
) -> bytes:
    """The head as this client sends it; `head` is complete, with the empty line."""
    request = sending.head
    authority = client.authority
    if authority and request.method != CONNECT:
        head = with_host(head, authority)
        if request.host:
            connection.exchange = Readdressed(sending, authority, request.host)
    shown = client.show_certificate
    certificate = sending.server.transport.certificate
    if shown is not None and certificate is not None:
        head = head[:-2] + b"x-forwarded-client-cert: " + shown(certificate) + b"\r\n\r\n"
    return head


def with_host(head: bytes, authority: bytes) -> bytes:
    """The head with another Host, in the place of the one it has."""
    line = b"\r\nHost: " + authority
    found = HOST_LINE.search(head)
    if found is not None:
        return head[: found.start()] + line + head[found.end() :]
    at = head.index(b"\r\n")
    return head[:at] + line + head[at:]


class Readdressed(Exchange):
    """Stands before an exchange, at its connection, and gives answers the first Host back."""

    __slots__ = ("exchange", "original", "uri")

    def __init__(self, exchange: Exchange, authority: bytes, original: bytes) -> None:
        self.exchange = exchange
        self.original = original
        self.uri = re.compile(
            rb"(//(?:[^/?#@\s]*+@)?)%b(?=[/?#;,\"'\s]|\Z)" % re.escape(authority), re.IGNORECASE
        )

    def informed(self, head: ResponseHead) -> None:
        self.exchange.informed(head)

    def switched(self, head: ResponseHead, early: bytes) -> bool:
        return self.exchange.switched(head, early)

    def answered(self, head: ResponseHead, body: bytes, framing: int, complete: bool) -> None:
        for name in WITH_URIS:
            self.restore(head, name)
        self.exchange.answered(head, body, framing, complete)

    def restore(self, head: ResponseHead, name: bytes) -> None:
        """Put the first Host into a field; its values stay as they are without ours."""
        key = name.lower()
        values = head.values(key)
        restored = [self.uri.sub(self.with_original, value) for value in values]
        if restored != values:
            head.cut_named({key})
            for value in restored:
                head.add_line(name + b": " + value + b"\r\n")

    def with_original(self, found: re.Match[bytes]) -> bytes:
        """What stands in the place of a URI's authority."""
        return found[1] + self.original

    def answer_data(self, data: bytes) -> None:
        self.exchange.answer_data(data)

    def answer_end(self, trailers: bytes) -> None:
        self.exchange.answer_end(trailers)

    def endpoint_drained(self) -> None:
        self.exchange.endpoint_drained()

    def endpoint_lost(self, why: str, bad_answer: bool) -> None:
        self.exchange.endpoint_lost(why, bad_answer)

    def answer_too_large(self) -> None:
        self.exchange.answer_too_large()


__all__ = ["Readdressed", "rewritten"]
