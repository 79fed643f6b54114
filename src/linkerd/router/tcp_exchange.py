"""One raw connection: how it finds its endpoint, and how both ends of it end. HOT.

In come the ends and losses of a client and of an endpoint; out go the same to the other one. Bytes
do not come by here: once both are joined, each of the two connections writes to the other's
transport. Before that an endpoint that cannot be connected to costs another try and nothing else.
Made by the router for each connection; over when `DONE`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.accrual.state import ALIVE
from linkerd.net import relay_stats
from linkerd.router.attempt import DONE, SENT, Attempt
from linkerd.router.failing import LOST, Failing
from linkerd.wire.proxy_protocol import proxy_v1, proxy_v2

if TYPE_CHECKING:
    from linkerd.client.tcp import TcpClientConnection
    from linkerd.errors import RequestError
    from linkerd.router.tcp_junction import TcpJunction
    from linkerd.server.tcp import TcpServerConnection

EARLY_S = 1.0
"""An endpoint on trial that keeps a connection for so long has passed, even if it says nothing."""


class TcpExchange(Failing):
    """A client's connection and its endpoint's.

    `client_ended` and `endpoint_ended`: that side has said that it sends no more. `cause`: which of
    them was the first. `judged`: accrual knows how the endpoint has done. `length`: bytes to the
    client.
    """

    __slots__ = ("cause", "client_ended", "endpoint_ended", "judged", "length")

    router: TcpJunction
    server: TcpServerConnection
    connection: TcpClientConnection | None

    def __init__(self, router: TcpJunction, server: TcpServerConnection) -> None:
        Attempt.__init__(self, router, server, b"", False)
        self.cause = ""
        self.client_ended = False
        self.endpoint_ended = False
        self.judged = False
        self.length = 0

    # -- an endpoint

    def start(self, key: bytes | None, now: float) -> None:
        """Find an endpoint by the key that an identifier gave; None is no name."""
        self.began = now
        router = self.router
        self.server.listener.stats.pending += 1
        if key is None:
            router.reject(self, router.identifier.why())
            return
        route = router.routes.get(key) or router.new_route(self, key)
        if route is None:
            return
        self.route = route
        route.pending += 1
        route.service.stats.pending += 1
        self.attempt(now)

    def send(self, connection: TcpClientConnection) -> None:  # type: ignore[override]
        """The endpoint is there: join the two."""
        leg = self.leg
        endpoint = self.endpoint
        if leg is None or endpoint is None:
            raise AssertionError("joining without an endpoint")
        router = self.router
        server = self.server
        now = router.clock()
        self.connection = connection
        self.state = SENT
        self.answered_s = now
        self.wait_no_more()
        if endpoint.accrual.state != ALIVE:
            endpoint.started()
            self.wait_until(now + EARLY_S, now)
        leg.stats.pending += 1
        client = leg.client
        client.stats.pending += 1
        client.budget.deposit(now)
        if self.requeued:
            client.requeues_per_request.add(self.requeued)
        else:
            client.requeues_per_request.zeros += 1
        connection.begin(self, server.transport)
        if client.proxy_protocol:
            connection.transport.write(self.proxy_header(client.proxy_protocol))
        server.join(connection.transport)

    def proxy_header(self, version: int) -> bytes:
        """The header that tells an endpoint whose connection this is."""
        arrival = self.server.arrival
        if arrival is None:
            raise AssertionError("a connection that has not come")
        if version == 1:
            return proxy_v1(arrival.source, arrival.destination)
        authority = arrival.proxy.authority if arrival.proxy is not None else ""
        return proxy_v2(arrival.source, arrival.destination, authority)

    def attempt_timed_out(self, now: float) -> None:
        # The time of trial is over, and the connection is still there.
        self.wait_no_more()
        self.passed(now)

    def passed(self, now: float) -> None:
        """The endpoint does what it should."""
        if not self.judged and self.endpoint is not None:
            self.judged = True
            self.endpoint.succeeded(now)

    def not_connected_at_all(self, error: RequestError, now: float) -> None:
        self.fail(error)

    def answer_ourselves(self, status: int, now: float) -> None:
        """An HTTP status is nothing here."""
        client = self.leg.client if self.leg is not None else None
        self.leave_endpoint(now)
        self.fail(self.router.no_hosts(self.the_route(), client))

    def tell(self, error: RequestError) -> None:
        """The client gets a reset; why, is in the log."""
        said = error.reasoning.partition("\n")[0] or error.message.partition("\n")[0]
        name = f"{self.route.service.name}: " if self.route is not None else ""
        self.server.listener.refusals.say(self.server, f"{name}{said} [{error.code}]")

    # -- the ends

    def answer_data(self, data: bytes) -> None:
        """The first bytes of the endpoint; it passes them on by itself."""
        self.passed(self.router.clock())

    def request_end(self, trailers: bytes) -> None:
        self.client_ended = True
        self.cause = self.cause or relay_stats.CLIENT
        if self.connection is not None:
            self.connection.transport.finish()

    def answer_end(self, trailers: bytes) -> None:
        self.endpoint_ended = True
        self.cause = self.cause or relay_stats.ENDPOINT
        self.server.transport.finish()

    def client_left(self) -> int:
        connection = self.connection
        if connection is None:
            return 0
        transport = connection.transport
        # Nobody is there to take what the endpoint says.
        transport.pause()
        return transport.sent()

    def client_gone(self, why: str) -> None:
        connection = self.connection
        if self.state != SENT or connection is None:
            Failing.client_gone(self, why)
            return
        if self.endpoint_ended and self.server.transport.has_ended():
            if not self.client_ended:
                self.request_end(b"")
            self.end(self.cause)
            return
        self.end(relay_stats.CLIENT_RESET)
        if self.client_ended:
            # What it had to say was complete, and may still be on its way.
            connection.transport.close()
        else:
            connection.abandon()

    def endpoint_lost(self, why: str, bad_answer: bool) -> None:
        connection = self.connection
        if self.state != SENT or connection is None:
            return
        if self.client_ended and connection.transport.has_ended():
            if not self.endpoint_ended:
                self.answer_end(b"")
            self.end(self.cause)
            return
        server = self.server
        if self.judged or not connection.fresh:
            self.end(relay_stats.ENDPOINT_RESET)
        else:
            self.reset_early()
        if self.endpoint_ended:
            server.leave()
        else:
            server.reset()

    def cut_off(self, cause: str) -> None:
        connection = self.connection
        server = self.server
        if self.state == SENT and connection is not None:
            self.end(cause)
            connection.abandon()
        elif self.state != DONE:
            Failing.client_gone(self, cause)
        server.reset()

    # -- the counts

    def end(self, cause: str) -> None:
        """The connection is over, which says nothing bad of anybody."""
        now = self.router.clock()
        if cause != relay_stats.CLIENT_RESET:
            self.passed(now)
        if not self.judged and self.endpoint is not None:
            self.endpoint.ignored()
        elapsed_ms = int((self.answered_s - self.began) * 1000.0)
        leg = self.leg
        if leg is not None:
            tried_ms = int((self.answered_s - self.started) * 1000.0)
            leg.stats.done(True, tried_ms)
            leg.client.stats.done(True, tried_ms)
        route = self.the_route()
        route.service.stats.done(True, elapsed_ms)
        self.server.listener.stats.done(True, elapsed_ms)
        self.close(cause, now)

    def reset_early(self) -> None:
        """The endpoint has broken off without a word: it is to blame."""
        now = self.router.clock()
        elapsed_ms = int((now - self.began) * 1000.0)
        endpoint = self.endpoint
        leg = self.leg
        if endpoint is not None and leg is not None:
            endpoint.failed(now)
            leg.stats.failed_with(LOST, elapsed_ms)
            leg.client.stats.failed_with(LOST, elapsed_ms)
        self.the_route().service.stats.failed_with(LOST, elapsed_ms)
        self.server.listener.stats.failed_with(LOST, elapsed_ms)
        self.close(relay_stats.ENDPOINT_RESET, now)

    def close(self, cause: str, now: float) -> None:
        """Count how it ended, and give everything back."""
        self.wait_no_more()
        self.cause = cause
        route = self.the_route()
        leg = self.leg
        endpoint = self.endpoint
        transport = self.server.transport
        self.length = transport.sent()
        stats = route.service.connections or self.router.count_service(route.service)
        stats.ended(cause)
        stats.passed(transport.bytes_in, self.length, int((now - self.began) * 1000.0))
        if leg is not None and endpoint is not None:
            self.router.causes_of(leg.client).ended(cause)
            # Its latency is how long it took to be connected to.
            leg.client.balancer.release(endpoint, now, self.answered_s - self.started)
        self.server.listener.causes.ended(cause)
        access_log = self.router.access_log
        if access_log is not None:
            access_log.note(self, endpoint, now)
        self.endpoint = None
        self.connection = None
        self.state = DONE
        self.leave_route(route, now)

    def method(self) -> bytes:
        return b""

    def is_repeatable(self) -> bool:
        return False

    def is_framed(self) -> bool:
        return False


__all__ = ["EARLY_S", "TcpExchange"]
