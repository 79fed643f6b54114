"""Two connections that have become one: bytes both ways, each end and each loss passed on. HOT.

In come the bytes, ends and losses of a client and of an endpoint that have agreed on a tunnel; out
go the same to the other one. Either side may say that it sends no more, and go on reading. A side
that takes nothing stops the other one, so what is kept here is bounded. Made when a request is
answered with 101, or CONNECT with success (`linkerd.router.tunnelling`); owned by its connections.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.exchange import Exchange

if TYPE_CHECKING:
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.client.http import HttpClientConnection
    from linkerd.router.route import Leg, Route
    from linkerd.server.answering import Answering


class Tunnel(Exchange):
    """A tunnel. The endpoint's pick lasts as long, so that balancers see the load.

    `client_ended` and `endpoint_ended`: that side has said that it sends no more. `over`: nothing
    is to be done any more but to send what waits. `elapsed` is the time, in seconds, that it took
    to be answered; `received` and `sent` count the bytes from the client and to it.
    """

    __slots__ = (
        "began",
        "client_ended",
        "connection",
        "elapsed",
        "endpoint",
        "endpoint_ended",
        "leg",
        "over",
        "received",
        "route",
        "sent",
        "server",
    )

    def __init__(
        self,
        server: Answering,
        connection: HttpClientConnection,
        route: Route,
        leg: Leg,
        endpoint: ClientEndpoint,
        elapsed: float,
    ) -> None:
        self.server = server
        self.connection = connection
        self.route = route
        self.leg = leg
        self.endpoint = endpoint
        self.elapsed = elapsed
        self.began = 0.0
        self.received = 0
        self.sent = 0
        self.client_ended = False
        self.endpoint_ended = False
        self.over = False

    def begin(self, now: float) -> None:
        """Both connections are the tunnel's from here on."""
        self.began = now
        self.route.pending += 1
        self.server.listener.tunnels.began()

    # -- from the client

    def request_data(self, data: bytes) -> None:
        self.received += len(data)
        if not self.connection.transport.write(data):
            self.server.hold()

    def endpoint_drained(self) -> None:
        self.server.flow()

    def request_end(self, trailers: bytes) -> None:
        self.client_ended = True
        self.connection.transport.finish()

    def client_left(self) -> int:
        transport = self.connection.transport
        # Nobody is there to take what the endpoint says.
        transport.pause()
        return transport.sent()

    def client_gone(self, why: str) -> None:
        if self.over:
            return
        if self.endpoint_ended and self.server.transport.has_ended():
            if not self.client_ended:
                self.request_end(b"")
            self.end(False)
            return
        connection = self.connection
        self.end(True)
        if self.client_ended:
            # What it had to say was complete, and may still be on its way.
            connection.transport.close()
        else:
            connection.abandon()

    # -- from the endpoint

    def answer_data(self, data: bytes) -> None:
        self.sent += len(data)
        if not self.server.transport.write(data):
            self.connection.transport.pause()

    def client_drained(self) -> None:
        self.connection.transport.resume()

    def answer_end(self, trailers: bytes) -> None:
        self.endpoint_ended = True
        self.server.transport.finish()

    def endpoint_lost(self, why: str, bad_answer: bool) -> None:
        if self.over:
            return
        if self.client_ended and self.connection.transport.has_ended():
            if not self.endpoint_ended:
                self.answer_end(b"")
            self.end(False)
            return
        server = self.server
        self.end(True)
        if self.endpoint_ended:
            server.exchange = None
            server.end()
        else:
            server.cut(False)

    # -- the end

    def timed_out(self) -> None:
        self.end(True)
        self.connection.abandon()
        self.server.cut(False)

    def end(self, cut: bool) -> None:
        """Count the tunnel, and give back what it held on to."""
        self.over = True
        listener = self.server.listener
        now = listener.clock()
        self.leg.client.balancer.release(self.endpoint, now, self.elapsed)
        elapsed_ms = int((now - self.began) * 1000.0)
        listener.tunnels.ended(elapsed_ms, self.received, self.sent, cut)
        route = self.route
        route.last = now
        route.pending -= 1
        if route.one_shot and route.pending == 0:
            route.bindings.drop(route)
