"""A request whose answer has begun: its end, and the pace of the slower side. HOT.

In come the calls of both connections while an answer passes; out goes the count of it, and all that
the request held is given back. What an answer looks like is the business of the protocols.
"""

from __future__ import annotations

from linkerd.classifier.base import SUCCESS
from linkerd.router.attempt import ANSWERING, DONE
from linkerd.router.failing import Failing


class Answered(Failing):
    """A request that may have an answer."""

    __slots__ = ()

    def is_answering(self) -> bool:
        return self.state == ANSWERING

    def pause_answer(self) -> None:
        """The client is slow: read no more of the answer until it has taken what there is."""
        connection = self.connection
        if connection is not None:
            connection.transport.pause()

    def client_drained(self) -> None:
        connection = self.connection
        if connection is not None and self.state == ANSWERING:
            connection.transport.resume()

    def finish(self, now: float) -> None:
        """The answer is complete: count, and give everything back."""
        route = self.the_route()
        service = route.service
        server = self.server
        listener = server.listener
        good = self.verdict == SUCCESS
        self.state = DONE
        self.count_attempt(now)
        connection = self.connection
        if connection is not None:
            self.connection = None
            if not self.request_done:
                connection.abandon()
            else:
                if server.transport.blocked:
                    # It may have been paused for this client, and is another's next.
                    connection.transport.resume()
                connection.released()
        elapsed_ms = int((self.answered_s - self.began) * 1000.0)
        service.stats.done(good, elapsed_ms)
        listener.stats.done(good, elapsed_ms)
        listener.status_stats.done(self.answered_status, elapsed_ms)
        self.leave_route(route, now)
