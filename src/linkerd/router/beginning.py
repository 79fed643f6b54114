"""The beginning of an HTTP request's way: what its head says of trace, deadline and name. HOT.

In comes the head of a request; out goes the first attempt on the route that its name has, or an
error. What comes then is the same for all protocols, `linkerd.router.attempt`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.exchange import BY_LENGTH, NO_BODY
from linkerd.router.answered import Answered
from linkerd.router.attempt import SENT, Attempt
from linkerd.router.deadline import CTX_DEADLINE, received
from linkerd.router.limit import DEADLINE, TOTAL
from linkerd.wire.fields import CONTEXT
from linkerd.wire.status import own_head

if TYPE_CHECKING:
    from linkerd.client.http import HttpClientConnection
    from linkerd.router.junction import HttpJunction
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead


class Beginning(Answered):
    """An HTTP request that looks for its route.

    `chunking` tells that the answer's body is chunked on its way out, `length` what its
    Content-Length says, or -1.
    """

    __slots__ = ("chunking", "head", "length", "target", "trailers")

    router: HttpJunction
    server: HttpServerConnection
    connection: HttpClientConnection | None

    def __init__(
        self,
        router: HttpJunction,
        server: HttpServerConnection,
        head: RequestHead,
        body: bytes,
        streamed: bool,
    ) -> None:
        Attempt.__init__(self, router, server, body, streamed)
        self.head = head
        self.target = head.target
        self.trailers = b""
        self.chunking = False
        self.length = -1

    def begin(self, now: float) -> None:
        self.began = now
        router = self.router
        self.server.listener.stats.begin()
        head = self.head
        context = head.lower.find(CONTEXT) >= 0
        self.trace = router.propagator.received(head, context)
        if context and not self.heed_deadline(now):
            return
        key = router.identifier.key(head)
        if key is None:
            router.unidentified(self)
            return
        if router.rewrites:
            self.target = router.identifier.target(head)
        if head.dtab or head.ctx_dtab:
            route = router.local_route(self, key)
        else:
            route = router.routes.get(key) or router.new_route(self, key)
        if route is None:
            return
        self.route = route
        route.pending += 1
        service = route.service
        service.stats.begin()
        service.retry.budget.deposit(now)
        if service.total_timeout_s > 0.0:
            self.end_within(service.total_timeout_s, TOTAL, now)
        self.attempt(now)

    def heed_deadline(self, now: float) -> bool:
        """Take the deadline that the request brings; False if it has passed, and is answered so."""
        router = self.router
        deadline = received([value for _, value in self.head.take_out(CTX_DEADLINE)])
        if deadline is None:
            return True
        left_s = deadline.left_s(router.wall())
        if not self.server.listener.deadline_stats.in_time(left_s):
            self.fail(router.deadline_passed(-left_s))
            return False
        limit = self.limit or self.new_limit()
        limit.end_by(now + left_s, DEADLINE, left_s, deadline)
        return True

    def answer_ourselves(self, status: int, now: float) -> None:
        """Answer in place of an endpoint; the client counts it as it counts any other answer."""
        leg = self.leg
        if leg is None:
            raise AssertionError("an answer without a leg")
        self.wait_no_more()
        self.leave_endpoint(now)
        self.started = now
        self.state = SENT
        leg.stats.begin()
        leg.client.stats.begin()
        head = own_head(status)
        self.answered(head, b"", NO_BODY if head.length < 0 else BY_LENGTH, True)
