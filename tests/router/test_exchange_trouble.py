"""Endpoints in trouble: refused, silent, gone, or not speaking HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.router.playbook import (
    CHUNKED_OK,
    CHUNKED_POST,
    GET,
    GET_SEEN,
    GOOD,
    OK,
    OK_SEEN,
    PlaybookCase,
    post,
)
from tests.support.memory import RESET

if TYPE_CHECKING:
    from tests.support.memory import TestClient

RETRIES = {"kind": "io.l5d.global", "responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}}
FAILED = b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
CLIENT = "client/#/fake/web/"
SERVICE = "service/svc/web/"


class TroubleCase(PlaybookCase):
    def assert_error(self, client: TestClient, status: int, code: str, text: str) -> bytes:
        """The client got one whole answer of ours; gives its body."""
        head, _, body = client.take().partition(b"\r\n\r\n")
        self.assertEqual(head.split(b" ")[1], b"%d" % status, head)
        self.assertIn(b"\r\ncontent-length: %d" % len(body), head)
        self.assertIn(b"\r\nl5d-err: " + code.encode() + b"+", head)
        self.assertTrue(body.startswith(text.encode()), body)
        self.assertIn(b"\n\n" + code.encode() + b": ", body)
        return body


class Connecting(TroubleCase):
    def test_a_refused_connect_is_tried_elsewhere(self) -> None:
        play = self.play()
        play.bind("web", 80, 81, 82)
        web = play.serve(82, OK)
        clients = [play.client(GET) for _ in range(20)]
        for client in clients:
            self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(web.peer.received.count(b"GET") > 0, True)
        self.assertGreater(play.number(CLIENT + "retries/requeues"), 0)
        self.assertEqual(play.number(CLIENT + "success"), 20)
        self.assertEqual(play.number(CLIENT + "failures"), 0)

    def test_all_refused(self) -> None:
        play = self.play()
        play.bind("web", 80, 81)
        client = play.client(GET)
        last = play.network.dialled[-1][1]
        body = self.assert_error(
            client,
            502,
            "L5D-2001",
            f"Unable to establish connection to 127.0.0.1:{last}.\n\nservice name: /svc/web\n"
            "client name: /#/fake/web\naddresses: [127.0.0.1:80, 127.0.0.1:81]\n"
            f"selected address: 127.0.0.1:{last}\n\n",
        )
        self.assertIn(b"connection refused", body)
        self.assertLessEqual(len(play.network.dialled), 27)
        self.assertEqual(play.number(CLIENT + "retries/not_open"), 1)
        self.assertIsNone(client.lost)
        failures = SERVICE + "failures/com.twitter.finagle.ConnectionFailedException"
        self.assertEqual(play.number(failures), 1)

    def test_the_tries_of_one_request_are_limited(self) -> None:
        play = self.play(client={"kind": "io.l5d.global", "failureAccrual": {"kind": "none"}})
        play.bind("web", 80)
        client = play.client(GET)
        self.assertEqual(play.network.dialled.count(("127.0.0.1", 80)), 26)
        self.assertEqual(play.number(CLIENT + "retries/request_limit"), 1)
        self.assert_error(client, 502, "L5D-2001", "Unable to establish connection")

    def test_a_connect_without_an_answer_times_out(self) -> None:
        play = self.play()
        play.bind("web", 80, 81)
        play.network.black_holes.add(("127.0.0.1", 80))
        play.serve(81, OK)
        clients = [play.client(GET) for _ in range(10)]
        play.advance(8.0)
        waited = [client for client in clients if client.received != OK_SEEN]
        self.assertEqual(waited, [])
        self.assertIn(("127.0.0.1", 80), play.network.dialled)

    def test_the_connect_timeout_can_be_set(self) -> None:
        play = self.play(client={"kind": "io.l5d.global", "connectTimeoutMs": 100})
        play.bind("web", 80)
        play.network.black_holes.add(("127.0.0.1", 80))
        client = play.client(GET)
        play.advance(0.9)
        body = self.assert_error(client, 502, "L5D-2001", "Unable to establish connection")
        self.assertIn(b"connection timed out", body)

    def test_a_connection_that_comes_too_late_is_kept_for_another(self) -> None:
        play = self.play(bindingTimeoutMs=500)
        play.bind("web", 80)
        play.network.black_holes.add(("127.0.0.1", 80))
        client = play.client(GET)
        play.advance(0.6)
        self.assert_error(
            client,
            502,
            "L5D-1106",
            "Exceeded 500.milliseconds binding timeout while connecting to /#/fake/web for name:"
            " /svc/web",
        )
        self.assertEqual(play.the_endpoint().accrual.policy.failures, 0)  # type: ignore[attr-defined]

    def test_a_client_that_left_leaves_its_connection_to_the_pool(self) -> None:
        play = self.play()
        play.network.latency_s = 0.1
        web = play.web(OK)
        client = play.client(GET)
        play.advance(0.15)
        client.abort()
        play.advance(1.0)
        self.assertEqual(len(web.peers), 1)
        self.assertEqual(web.peer.received, b"")
        self.assertEqual(len(play.the_endpoint().idle), 1)


class Losing(TroubleCase):
    def test_before_the_head(self) -> None:
        for request in (GET, post(3) + b"abc", CHUNKED_POST + b"3\r\nabc\r\n0\r\n\r\n"):
            play = self.play()
            web = play.web()
            client = play.client(request)
            web.peer.close()
            play.advance()
            self.assert_error(
                client,
                502,
                "L5D-2002",
                "connection closed by peer. Remote Info: Upstream Address: Not Available, "
                "Downstream Address: /127.0.0.1:80, Downstream label: /#/fake/web",
            )
            self.assertEqual(len(web.peers), 1)
            self.assertIsNone(client.lost)
            failure = "failures/com.twitter.finagle.ChannelClosedException"
            self.assertEqual(play.number(CLIENT + failure), 1)

    def test_by_a_reset(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        web.peer.abort()
        play.advance()
        self.assert_error(client, 502, "L5D-2002", RESET)

    def test_within_the_head(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-")
        web.peer.close()
        play.advance()
        self.assert_error(client, 502, "L5D-2002", "connection closed by peer")

    def test_within_the_body_the_client_sees_a_cut(self) -> None:
        starts = (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
            CHUNKED_OK + b"5\r\nhel",
            CHUNKED_OK + b"5\r\nhello\r\n",
            CHUNKED_OK + b"5\r\nhello\r\n0\r\n",
        )
        for start in starts:
            for request in (GET, GET.replace(b"1.1", b"1.0")):
                for end in ("close", "abort"):
                    play = self.play()
                    web = play.web()
                    client = play.client(request)
                    play.say(web.peer, start)
                    getattr(web.peer, end)()
                    play.advance()
                    self.assertEqual(client.lost, RESET, start)
                    self.assertFalse(client.eof, start)
                    self.assertFalse(client.received.endswith(b"0\r\n\r\n"), start)
                    self.assertEqual(play.number(CLIENT + "failures"), 1)
                    self.assertEqual(play.number(SERVICE + "failures"), 1)

    def test_a_reset_within_a_body_until_close_is_a_cut(self) -> None:
        for request in (GET, GET.replace(b"1.1", b"1.0")):
            play = self.play()
            web = play.web()
            client = play.client(request)
            play.say(web.peer, b"HTTP/1.1 200 OK\r\n\r\nhalf")
            web.peer.abort()
            play.advance()
            self.assertEqual(client.lost, RESET)
            self.assertFalse(client.received.endswith(b"0\r\n\r\n"))

    def test_a_malformed_chunk_is_a_cut(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, CHUNKED_OK + b"5\r\nhello\r\n")
        play.say(web.peer, b"oh no\r\n")
        self.assertEqual(client.lost, RESET)
        self.assertEqual(web.peer.lost, RESET)

    def test_malformed_answers(self) -> None:
        answers = (
            b"what?\r\n\r\n",
            b"HTTP/2.0 200 OK\r\n\r\n",
            b"HTTP/1.1 99 OK\r\n\r\n",
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA: " + b"x" * 20000 + b"\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA: " + b"x" * 20000,
            CHUNKED_OK + b"xyz\r\n",
            b"HTTP/1.1 102 Processing\r\n\r\n" * 17,
        )
        for answer in answers:
            play = self.play()
            web = play.web()
            client = play.client(GET)
            play.say(web.peer, answer)
            while client.received.startswith(b"HTTP/1.1 102"):
                client.received = client.received.partition(b"\r\n\r\n")[2]
            body = self.assert_error(client, 502, "L5D-2003", "")
            self.assertIn(b"Downstream Address: /127.0.0.1:80", body)
            self.assertEqual(web.peer.lost, RESET)
            self.assertEqual(len(web.peers), 1)
            play.say(client, GET)
            play.say(web.peer, OK)
            self.assertEqual(client.received, OK_SEEN)


class Stale(TroubleCase):
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
        play = self.play()
        web = play.web()
        clients = [play.client(GET) for _ in range(2)]
        for peer in web.peers:
            play.say(peer, OK)
        play.say(clients[0], GET)
        for peer in reversed(web.peers):
            peer.abort()
            play.advance()
        self.assertEqual(len(web.peers), 2)
        self.assertEqual(clients[0].received[: len(OK_SEEN)], OK_SEEN)
        clients[0].received = clients[0].received[len(OK_SEEN) :]
        self.assert_error(clients[0], 502, "L5D-2002", RESET)

    def test_a_post_is_not(self) -> None:
        for request in (post(1) + b"x", CHUNKED_POST + b"1\r\nx\r\n0\r\n\r\n"):
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
        web.peers[1].abort()
        play.advance()
        play.say(web.peers[0], OK)
        self.assertFalse(endpoint.accrual.is_busy())


class Retries(TroubleCase):
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
        play.say(web.peer, b"HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\nhalf")
        self.assertEqual(len(web.peers), 2)
        self.assertEqual(web.peers[0].lost, RESET)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_an_endpoint_may_ask_for_it(self) -> None:
        for mark in (b"l5d-retryable: true", b"finagle-http-nack: ", b"Retry-After: 0"):
            play = self.play()
            web = play.web()
            client = play.client(post(3) + b"abc")
            play.say(
                web.peer, b"HTTP/1.1 503 No\r\n" + mark + b"\r\nContent-Length: 0\r\n\r\n"
            )
            play.say(web.peer, OK)
            self.assertEqual(client.received, OK_SEEN, mark)
            self.assertEqual(web.peer.received.count(b"abc"), 2)

    def test_a_streamed_body_is_never_sent_again(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(CHUNKED_POST + b"3\r\nabc\r\n0\r\n\r\n")
        play.say(
            web.peer, b"HTTP/1.1 503 No\r\nl5d-retryable: true\r\nContent-Length: 0\r\n\r\n"
        )
        self.assertTrue(client.received.startswith(b"HTTP/1.1 503 No\r\n"))
        self.assertEqual(web.peer.received.count(b"abc"), 1)


class Accrual(TroubleCase):
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


class Leaving(TroubleCase):
    def test_before_the_answer(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        client.abort()
        play.advance()
        self.assertEqual(web.peer.lost, RESET)
        flag = "failures/interrupted/com.twitter.finagle.CancelledRequestException"
        self.assertEqual(play.number(SERVICE + flag), 1)
        self.assertEqual(play.number("server/127.0.0.1/4140/" + flag), 1)

    def test_in_the_middle_of_the_answer(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        client.abort()
        play.advance()
        self.assertEqual(web.peer.lost, RESET)

    def test_in_the_middle_of_its_request(self) -> None:
        for end in ("close", "finish", "abort"):
            play = self.play()
            web = play.web()
            client = play.client(post(10000) + b"x" * 100)
            getattr(client, end)()
            play.advance()
            self.assertEqual(web.peer.lost, RESET, end)
            self.assertEqual(play.number(CLIENT + "failures"), 0)

    def test_a_close_without_reset_is_believed_after_a_moment(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        client.close()
        play.advance(0.5)
        self.assertIsNone(web.peer.lost)
        play.advance(0.6)
        self.assertEqual(web.peer.lost, RESET)

    def test_a_half_closed_client_gets_its_answer(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        client.finish()
        play.advance(0.5)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(client.lost, "")

    def test_a_half_closed_client_gets_all_its_answers(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET * 3 + b"GET / HT")
        client.finish()
        for _ in range(3):
            play.advance(0.2)
            play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN * 3)
        self.assertEqual(client.lost, "")
        self.assertEqual(play.listener.connections, set())

    def test_a_half_closed_client_gets_a_long_answer(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        client.finish()
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n"
        play.say(web.peer, head + b"\r\n")
        for _ in range(30):
            play.advance(0.5)
            play.say(web.peer, b"x")
        self.assertEqual(client.received, head + GOOD + b"\r\n" + b"x" * 30)
        self.assertEqual(client.lost, "")


class Requests(TroubleCase):
    def test_a_malformed_chunk_resets_the_endpoint_and_answers_400(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(CHUNKED_POST + b"3\r\nabc\r\n")
        play.say(client, b"nonsense\r\n")
        body = self.assert_error(client, 400, "L5D-3001", "a chunk does not begin with its size")
        self.assertIn(b"The request is not valid", body)
        self.assertEqual(web.peer.lost, RESET)
        play.advance(3.0)
        self.assertEqual(client.lost, "")
        self.assertEqual(play.number(CLIENT + "failures"), 0)

    def test_a_malformed_chunk_in_the_first_bytes(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(CHUNKED_POST + b"nonsense\r\n")
        self.assert_error(client, 400, "L5D-3001", "a chunk does not begin with its size")
        play.advance(3.0)
        for peer in web.peers:
            self.assertEqual(peer.received, b"")

    def test_a_malformed_chunk_behind_an_early_answer_is_a_cut(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(CHUNKED_POST)
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        play.say(client, b"nonsense\r\n")
        self.assertEqual(client.lost, RESET)
        self.assertEqual(web.peer.lost, RESET)

    def test_a_body_that_is_too_slow(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(post(10000) + b"x")
        for _ in range(3):
            play.advance(25.0)
            self.assertEqual(client.received, b"")
            play.say(client, b"x")
        play.advance(30.2)
        self.assert_error(client, 408, "L5D-3006", "the request body did not arrive in time")
        self.assertEqual(web.peer.lost, RESET)
        play.advance(2.2)
        self.assertEqual(client.lost, "")

    def test_a_small_body_that_is_too_slow(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(post(10) + b"x")
        play.advance(30.2)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 408 "), client.received)
        self.assertEqual(web.peers, [])

    def test_a_head_that_is_too_slow(self) -> None:
        play = self.play()
        client = play.client(GET[:10])
        for at in range(9):
            play.advance(1.0)
            play.say(client, GET[10 + at : 11 + at])
        self.assertEqual(client.received, b"")
        play.advance(1.2)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 408 "), client.received)
        self.assertIn(b"L5D-3006", client.received)
        play.advance(2.2)
        self.assertEqual(client.lost, "")

    def test_a_client_may_rest(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client(GET)
        play.advance(3600.0)
        play.say(client, GET)
        self.assertEqual(client.received, OK_SEEN * 2)
