"""Requests that count the proxies they pass: TRACE and OPTIONS with Max-Forwards (RFC 9110 7.6.2).

In comes a request like any other. One with hops left goes on with one less; the last hop is
answered here, once it is known where it would have gone. Made by the router instead of an ordinary
exchange; off the common path.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from linkerd.errors import BadMaxForwards
from linkerd.router.shaped import ShapedExchange

if TYPE_CHECKING:
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.router.junction import HttpJunction
    from linkerd.router.shaped import AnswerFilter
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead

FIELD = b"max-forwards"
COUNTED = frozenset((b"TRACE", b"OPTIONS"))
NUMBER = re.compile(rb"0*([0-9]{1,10})")
LARGEST = 2**31 - 1
"""Linkerd reads a number of 32 bits."""


class CountedExchange(ShapedExchange):
    """A request that may have a number of hops left. `last_hop`: it goes no further than here."""

    __slots__ = ("last_hop",)

    def __init__(
        self,
        router: HttpJunction,
        server: HttpServerConnection,
        head: RequestHead,
        body: bytes,
        streamed: bool,
        filters: tuple[AnswerFilter, ...],
    ) -> None:
        super().__init__(router, server, head, body, streamed, filters)
        self.last_hop = False

    def begin(self, now: float) -> None:
        head = self.head
        if head.method in COUNTED:
            try:
                left = hops_left(head)
            except BadMaxForwards as error:
                self.began = now
                self.server.listener.stats.begin()
                self.fail(error)
                return
            if left == 0:
                self.last_hop = True
            elif left is not None:
                head.cut_named({FIELD})
                head.add_line(b"Max-Forwards: %d\r\n" % (left - 1))
        super().begin(now)

    def take(self, endpoint: ClientEndpoint, now: float) -> None:
        if self.last_hop:
            self.answer_ourselves(200, now)
        else:
            super().take(endpoint, now)


def hops_left(head: RequestHead) -> int | None:
    """The value of Max-Forwards, None without it. Raises `BadMaxForwards`."""
    values = head.values(FIELD)
    if not values:
        return None
    number = NUMBER.fullmatch(values[0])
    if number is None or len(values) > 1 or int(number[1]) > LARGEST:
        raise BadMaxForwards("Invalid value for Max-Forwards header")
    return int(number[1])


__all__ = ["COUNTED", "FIELD", "CountedExchange", "hops_left"]
