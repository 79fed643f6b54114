"""Requests that are tried again, and endpoints that are left alone for a while."""

from __future__ import annotations

from tests.router.playbook import (
    CHUNKED_POST,
    GET,
    GET_SEEN,
    OK,
    OK_SEEN,
    Playbook,
    PlaybookCase,
    post,
)
from tests.support.memory import RESET

RETRIES = {"kind": "io.l5d.global", "responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}}
FAILED = b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
CLIENT = "client/#/fake/web/"
SERVICE = "service/svc/web/"


class Stale(PlaybookCase):
    def test_a_get_is_sent_again_for_free(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, OK)
        play.say(client, GET)
        web.peers[0].abort()
        play.advance()
        self.assertEqual(len(web.peers), 2)
        self.assertEqual(web.peer.received, GET_SEEN)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN * 2)
        self.assertEqual(play.number(CLIENT + "failures"), 0)
        self.assertEqual(play.number(CLIENT + "success"), 2)
        self.assertEqual(play.number(CLIENT + "retries/requeues"), 1)
        self.assertEqual(play.number(SERVICE + "retries/total"), 0)

    def test_once_only(self) -> None:
        """By a new connection: another idle one may be as dead."""
        play = self.play()
        web = play.web()
        clients = [play.client(GET) for _ in range(2)]
        for peer in web.peers:
            play.say(peer, OK)
        play.say(clients[0], GET)
        for at in (1, 2):
            web.peers[at].abort()
            play.advance()
        self.assertEqual(len(web.peers), 3)
        self.assertEqual(clients[0].received[: len(OK_SEEN)], OK_SEEN)
        clients[0].received = clients[0].received[len(OK_SEEN) :]
        self.assert_error(clients[0], 502, "L5D-2002", RESET)

    def test_a_post_is_not(self) -> None:
        chunked = CHUNKED_POST + b"1\r\nx\r\n0\r\n\r\n"
        for request in (post(1) + b"x", chunked, chunked.replace(b"POST", b"PUT")):
            play = self.play()
            web = play.web()
            client = play.client(GET)
            play.say(web.peer, OK)
            client.take()
            play.say(client, request)
            web.peer.abort()
            play.advance()
            self.assertEqual(len(web.peers), 1)
            self.assert_error(client, 502, "L5D-2002", RESET)

    def test_a_put_with_a_small_body_is(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, OK)
        play.say(client, post(3).replace(b"POST", b"PUT") + b"abc")
        web.peers[0].abort()
        play.advance()
        self.assertEqual(len(web.peers), 2)
        self.assertTrue(web.peer.received.endswith(b"\r\n\r\nabc"))
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_not_after_the_first_byte_of_an_answer(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, OK)
        client.take()
        play.say(client, GET)
        play.say(web.peer, b"H")
        web.peer.abort()
        play.advance()
        self.assertEqual(len(web.peers), 1)
        self.assert_error(client, 502, "L5D-2002", RESET)

    def test_idle_connections_that_the_endpoint_closes_leave_the_pool(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(GET)
        web.peer.close()
        play.advance()
        self.assertEqual(play.the_endpoint().idle, [])
        self.assertEqual(play.the_endpoint().open, 0)
        play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN * 2)
        self.assertEqual(play.number(CLIENT + "retries/requeues"), 0)

    def test_a_stale_probe_does_not_keep_the_endpoint_busy(self) -> None:
        play = self.play(
            client={
                "kind": "io.l5d.global",
                "failureAccrual": {
                    "kind": "io.l5d.consecutiveFailures",
                    "failures": 1,
                    "backoff": {"kind": "constant", "ms": 1000},
                },
            }
        )
        play.bind("web", 80)
        web = play.serve(80)
        clients = [play.client(GET), play.client(GET)]
        play.say(web.peers[0], OK)
        play.say(web.peers[1], FAILED)
        play.advance(1.2)
        endpoint = play.the_endpoint()
        self.assertEqual(len(endpoint.idle), 2)
        play.say(clients[0], GET)
        self.assertTrue(endpoint.accrual.is_busy(), "the probe")
        play.serve(81, OK)
        play.bind("web", 80, 81)
        for peer in web.peers[:2]:
            peer.abort()
            play.advance()
        for peer in web.peers[2:]:
            play.say(peer, OK)
        self.assertEqual(clients[0].received, OK_SEEN * 2)
        self.assertFalse(endpoint.accrual.is_busy())


class Untouched(PlaybookCase):
    """Not a byte of the request went out, on a connection that was new."""

    def lose(self, play: Playbook) -> None:
        """The endpoint takes connections and closes them at once."""
        (server,) = play.listener.connections
        connection = server.exchange.connection  # type: ignore[union-attr]
        connection.stray()
        play.advance()

    def test_any_method_goes_elsewhere_and_the_endpoint_is_to_blame(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(post(3) + b"abc")
        self.lose(play)
        self.assertEqual(play.the_endpoint().accrual.policy.failures, 1)  # type: ignore[attr-defined]
        self.assertEqual(play.number(CLIENT + "retries/budget"), 99)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_a_streamed_body_does_not(self) -> None:
        play = self.play()
        play.web()
        client = play.client(CHUNKED_POST + b"1\r\nx\r\n")
        self.lose(play)
        self.assertNotIn(b"l5d-retryable", client.received)
        self.assert_error(client, 502, "L5D-2002", "an answer that nobody asked for")

    def test_one_that_has_rested_costs_nothing(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, OK)
        client.take()
        play.say(client, post(3) + b"abc")
        self.lose(play)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(play.number(CLIENT + "retries/budget"), 100)
        self.assertEqual(play.number(CLIENT + "failures"), 0)

    def test_until_it_is_left_alone(self) -> None:
        play = self.play()
        play.web()
        client = play.client(post(3) + b"abc")
        for _ in range(5):
            self.lose(play)
        self.assertIn(b"\r\nl5d-retryable: true\r\n", client.received)
        self.assert_error(client, 502, "L5D-2002", "an answer that nobody asked for")

    def test_or_the_budget_is_spent(self) -> None:
        budget = {"minRetriesPerSec": 1, "ttlSecs": 1, "percentCanRetry": 0}
        play = self.play(client={"requeueBudget": budget})
        play.web()
        client = play.client(post(3) + b"abc")
        for _ in range(2):
            self.lose(play)
        self.assertNotIn(b"l5d-retryable", client.received)
        self.assert_error(client, 502, "L5D-2002", "an answer that nobody asked for")


class Retries(PlaybookCase):
    def test_a_retryable_failure_is_tried_again(self) -> None:
        play = self.play(service=RETRIES)
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, FAILED)
        self.assertEqual(client.received, b"")
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(web.peer.received, GET_SEEN * 2)
        self.assertEqual(play.number(SERVICE + "retries/total"), 1)
        self.assertEqual(play.number(SERVICE + "success"), 1)
        self.assertEqual(play.number(CLIENT + "failures"), 1)
        self.assertEqual(play.number(CLIENT + "status/503"), 1)

    def test_a_post_is_not(self) -> None:
        play = self.play(service=RETRIES)
        web = play.web(FAILED)
        client = play.client(post(1) + b"x")
        self.assertEqual(len(web.peers), 1)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 503 No\r\n"))

    def test_the_cap(self) -> None:
        play = self.play(service=RETRIES)
        web = play.web(FAILED)
        client = play.client(GET)
        self.assertEqual(sum(peer.received.count(b"GET") for peer in web.peers), 11)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 503 No\r\n"))
        self.assertIn(b"l5d-success-class: 0.0\r\n", client.received)
        self.assertEqual(client.received.count(b"HTTP/1.1"), 1)

    def test_the_budget(self) -> None:
        budget = {"minRetriesPerSec": 0, "percentCanRetry": 0.5, "ttlSecs": 10}
        play = self.play(service=RETRIES | {"retries": {"budget": budget}})
        web = play.web(FAILED)
        for _ in range(10):
            client = play.client(GET)
            self.assertTrue(client.received.startswith(b"HTTP/1.1 503 No\r\n"))
        self.assertEqual(sum(peer.received.count(b"GET") for peer in web.peers), 15)
        self.assertGreater(play.number(SERVICE + "retries/budget_exhausted"), 0)
        self.assertEqual(play.number(SERVICE + "retries/total"), 5)

    def test_the_wait_between_tries(self) -> None:
        waits = {"backoff": {"kind": "constant", "ms": 500}, "maxPerRequest": 2}
        play = self.play(service=RETRIES | {"retries": waits})
        web = play.web(FAILED)
        client = play.client(GET)
        for tries in (1, 2, 3):
            self.assertEqual(sum(peer.received.count(b"GET") for peer in web.peers), tries)
            if tries < 3:
                self.assertEqual(client.received, b"")
                play.advance(0.4)
                self.assertEqual(sum(peer.received.count(b"GET") for peer in web.peers), tries)
                play.advance(0.2)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 503 No\r\n"))

    def test_a_client_that_leaves_while_we_wait_ends_it(self) -> None:
        waits = {"backoff": {"kind": "constant", "ms": 500}}
        play = self.play(service=RETRIES | {"retries": waits})
        web = play.web(FAILED)
        client = play.client(GET)
        client.abort()
        play.advance(2.0)
        self.assertEqual(web.peer.received.count(b"GET"), 1)

    def test_a_lost_connection_is_tried_again(self) -> None:
        play = self.play(service=RETRIES)
        web = play.web()
        client = play.client(GET)
        web.peer.abort()
        play.advance()
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(len(web.peers), 2)

    def test_the_body_of_a_failure_that_is_tried_again_is_thrown_away(self) -> None:
        play = self.play(service=RETRIES)
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, b"HTTP/1.1 500 Oh\r\nContent-Length: 9999\r\n\r\nhalf")
        self.assertEqual(len(web.peers), 2)
        self.assertEqual(web.peers[0].lost, RESET)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_an_endpoint_may_ask_for_it(self) -> None:
        for mark in (b"l5d-retryable: true", b"finagle-http-nack: ", b"Retry-After: 0"):
            play = self.play()
            web = play.web()
            client = play.client(post(3) + b"abc")
            play.say(web.peer, b"HTTP/1.1 503 No\r\n" + mark + b"\r\nContent-Length: 0\r\n\r\n")
            play.say(web.peer, OK)
            self.assertEqual(client.received, OK_SEEN, mark)
            self.assertEqual(web.peer.received.count(b"abc"), 2)

    def test_a_streamed_body_is_never_sent_again(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(CHUNKED_POST + b"3\r\nabc\r\n0\r\n\r\n")
        play.say(web.peer, b"HTTP/1.1 503 No\r\nl5d-retryable: true\r\nContent-Length: 0\r\n\r\n")
        self.assertTrue(client.received.startswith(b"HTTP/1.1 503 No\r\n"))
        self.assertEqual(web.peer.received.count(b"abc"), 1)


class Accrual(PlaybookCase):
    def test_dead_after_five_failures_and_revived_by_a_probe(self) -> None:
        play = self.play(
            client={
                "kind": "io.l5d.global",
                "failureAccrual": {
                    "kind": "io.l5d.consecutiveFailures",
                    "failures": 5,
                    "backoff": {"kind": "constant", "ms": 2000},
                },
            }
        )
        play.bind("web", 80, 81)
        bad = play.serve(80, FAILED)
        play.serve(81, OK)
        client = play.client()
        for _ in range(60):
            play.say(client, GET)
        self.assertEqual(sum(peer.received.count(b"GET") for peer in bad.peers), 5)
        self.assertEqual(play.number(CLIENT + "failure_accrual/removals"), 1)
        self.assertEqual(play.number(CLIENT + "loadbalancer/busy"), 1)
        play.advance(2.1)
        self.assertEqual(play.number(CLIENT + "loadbalancer/available"), 2)
        for _ in range(20):
            play.say(client, GET)
        self.assertEqual(sum(peer.received.count(b"GET") for peer in bad.peers), 6, "a probe")
        self.assertEqual(play.number(CLIENT + "failure_accrual/probes"), 1)
        for peer in bad.peers:
            peer.on_data = lambda one: one.send(OK)
        play.advance(2.1)
        for _ in range(20):
            play.say(client, GET)
        self.assertEqual(play.number(CLIENT + "failure_accrual/revivals"), 1)
        self.assertGreater(sum(peer.received.count(b"GET") for peer in bad.peers), 8)
        self.assertEqual(client.received.count(b"HTTP/1.1 "), 100)

    def test_a_client_that_leaves_is_not_the_endpoints_fault(self) -> None:
        play = self.play()
        play.web()
        for _ in range(10):
            client = play.client(GET)
            client.abort()
            play.advance()
        self.assertEqual(play.number(CLIENT + "failure_accrual/removals"), 0)
        self.assertEqual(play.number(CLIENT + "failures"), 0)

    def test_all_dead_is_still_tried(self) -> None:
        play = self.play()
        web = play.web(FAILED)
        client = play.client()
        for _ in range(7):
            play.say(client, GET)
        self.assertEqual(play.number(CLIENT + "loadbalancer/available"), 0)
        self.assertEqual(client.received.count(b"HTTP/1.1 503"), 7)
        for peer in web.peers:
            peer.on_data = lambda one: one.send(OK)
        client.take()
        play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN)
