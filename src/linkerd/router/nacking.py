"""Requests that an endpoint would not process, and said so: a nack. HOT where it is asked for one.

In comes the head of a 503; if it is a nack, out goes the same request to another endpoint, paid
from the client's requeue budget, or an error of ours. What answers are otherwise is the business of
`linkerd.router.exchange`. The fields are those of Finagle's `HttpNackFilter`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.balancer.base import OPEN
from linkerd.classifier.base import OTHER, RETRYABLE
from linkerd.client.remainder import read_remainder
from linkerd.router import messages
from linkerd.router.tunnelling import Tunnelling
from linkerd.telemetry.request_stats import FAILURE

if TYPE_CHECKING:
    from linkerd.wire.http1 import ResponseHead

FOR_GOOD = b"\nfinagle-http-nonretryable-nack:"
CAUSES = (FAILURE,)
ELSEWHERE = ("restartable", "rejected")
NOWHERE = ("rejected", "nonretryable")


class Nacking(Tunnelling):
    """A request that may come back unprocessed."""

    __slots__ = ()

    def nacked(self, head: ResponseHead, complete: bool) -> bool:
        """Whether this 503 is a nack; then it has been dealt with.

        A request whose body was not kept cannot go elsewhere, whatever the endpoint says. An
        endpoint that says both is believed that it must not.
        """
        for_good = head.lower.find(FOR_GOOD) >= 0
        if not (head.nack or for_good):
            return False
        leg = self.leg
        endpoint = self.endpoint
        if leg is None or endpoint is None:
            return False
        now = self.router.clock()
        connection = self.connection
        if connection is not None and not complete and self.request_done:
            self.connection = None
            read_remainder(connection, head.length)
        self.leave_connection(complete and self.request_done)
        again = not for_good and not self.streamed
        self.count_bad_try(now, CAUSES, ELSEWHERE if again else NOWHERE)
        if again and self.may_requeue(now):
            self.requeue(now)
            return True
        leg.client.requeues_per_request.add(self.requeued)
        service = self.the_route().service
        verdict = service.classifier.error(self.head.method, OTHER, self.streamed)
        if verdict == RETRYABLE and self.may_retry(now):
            self.try_again(now)
        else:
            error = messages.nacked(service.name, leg.client, endpoint, again)
            # Out of tries it is marked as not to be tried again; where none is open, it is not.
            tried = leg.client.balancer.status() == OPEN
            error.flags = NOWHERE if tried or not again else ELSEWHERE[1:]
            self.fail(error)
        return True


__all__ = ["Nacking"]
