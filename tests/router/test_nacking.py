"""Requests that an endpoint refuses to process: they go elsewhere, or end in an error of ours."""

from __future__ import annotations

from typing import Any

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

HEAD = b"HTTP/1.1 503 No\r\n"
NACK = HEAD + b"finagle-http-nack: true\r\nContent-Length: 0\r\n\r\n"
AGAIN = HEAD + b"Retry-After: 0\r\nContent-Length: 0\r\n\r\n"
FOR_GOOD = HEAD + b"finagle-http-nonretryable-nack: true\r\nContent-Length: 0\r\n\r\n"
CHUNKED = HEAD + b"Retry-After: 0\r\nTransfer-Encoding: chunked\r\n\r\n"
FIELD = b"finagle-http-retryable-request:\r\n"
CLIENT = "client/#/fake/web/"
SERVICE = "service/svc/web/"
FAILURE = "com.twitter.finagle.Failure"
TEXT = "The request was Nacked by the server"
PATIENT: dict[str, Any] = {"failureAccrual": {"kind": "none"}}


class Fields(PlaybookCase):
    def test_a_request_whose_body_is_kept_says_so(self) -> None:
        play = self.play()
        web = play.web(OK)
        play.client(post(1, b"Via: 1.1 a") + b"x" + GET)
        first, _, second = web.peer.received.partition(b"\r\n\r\nx")
        self.assertIn(FIELD, first)
        self.assertEqual(second, GET_SEEN)

    def test_what_a_client_says_of_it_is_removed(self) -> None:
        play = self.play()
        web = play.web(OK)
        asked = CHUNKED_POST[:-2] + FIELD + b"\r\n1\r\nx\r\n0\r\n\r\n"
        play.client(asked)
        self.assertNotIn(FIELD, web.peer.received)


class Elsewhere(PlaybookCase):
    def test_any_method_goes_elsewhere(self) -> None:
        for nack in (NACK, AGAIN):
            play = self.play()
            play.bind("web", 80, 81)
            busy, free = play.serve(80, nack), play.serve(81, OK)
            client = play.client()
            for _ in range(8):
                play.say(client, post(3) + b"abc")
            self.assertEqual(client.received, OK_SEEN * 8)
            self.assertEqual(sum(peer.received.count(b"abc") for peer in free.peers), 8)
            refused = sum(peer.received.count(b"abc") for peer in busy.peers)
            self.assertEqual(play.number(CLIENT + "retries/requeues"), refused)
            self.assertGreater(refused, 0)

    def test_what_is_counted(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, NACK)
        self.assertEqual(play.the_endpoint().accrual.policy.failures, 1)  # type: ignore[attr-defined]
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(len(web.peers), 1)
        for flag in ("rejected", "restartable"):
            self.assertEqual(play.number(f"{CLIENT}failures/{flag}/{FAILURE}"), 1)
        self.assertEqual(play.number(CLIENT + "status/503"), 0)
        self.assertEqual(play.number(CLIENT + "status/error"), 1)
        self.assertEqual(play.number(SERVICE + "retries/total"), 0)
        self.assertEqual(play.number(SERVICE + "failures"), 0)
        self.assertEqual(play.the_client().requeues_per_request.snapshot().sum, 1)

    def test_a_retry_has_its_own(self) -> None:
        """A fifth of two is one, and one again of what is left."""
        play = self.play(
            client={"requeueBudget": {"minRetriesPerSec": 2, "ttlSecs": 1, "percentCanRetry": 0}},
            service={"responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}},
        )
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, NACK)
        for said in (OK.replace(b"200", b"500"), NACK, OK):
            play.say(web.peer, said)
        self.assertEqual(client.received, OK_SEEN)
        requeues = play.the_client().requeues_per_request.snapshot()
        self.assertEqual((requeues.count, requeues.sum), (2, 2))

    def test_a_retry_after_a_while_is_no_nack(self) -> None:
        play = self.play()
        said = AGAIN.replace(b": 0\r\nC", b": 10\r\nC")
        play.web(said)
        self.assertTrue(play.client(GET).received.startswith(said[:-2]))

    def test_another_status_is_no_nack(self) -> None:
        play = self.play()
        play.web(NACK.replace(b"503", b"500"))
        self.assertTrue(play.client(GET).received.startswith(b"HTTP/1.1 500 No\r\n"))


class NowhereElse(PlaybookCase):
    def asked(self, play: Playbook) -> int:
        """How many requests the endpoint got."""
        return sum(peer.received.count(b"GET") for peer in self.web.peers)

    def refusing(self, **client: Any) -> Playbook:
        """A router whose one endpoint refuses everything."""
        play = self.play(client=client)
        self.web = play.web(NACK)
        return play

    def test_a_fifth_of_the_budget_is_for_one_request(self) -> None:
        play = self.refusing(**PATIENT)
        client = play.client(GET)
        self.assertEqual(self.asked(play), 21)
        self.assert_error(client, 502, "L5D-2004", TEXT + "\n\n")
        self.assertEqual(play.number(CLIENT + "retries/request_limit"), 1)
        self.assertEqual(play.number(CLIENT + "retries/budget"), 80)
        self.assertEqual(play.the_client().requeues_per_request.snapshot().sum, 20)

    def test_the_budget(self) -> None:
        budget = {"minRetriesPerSec": 0, "percentCanRetry": 0}
        play = self.refusing(**PATIENT, requeueBudget=budget)
        self.assert_error(play.client(GET), 502, "L5D-2004", TEXT)
        self.assertEqual(self.asked(play), 1)

    def test_nothing_is_open(self) -> None:
        play = self.refusing()
        client = play.client(GET)
        self.assertNotIn(b"l5d-retryable", client.received)
        self.assert_error(client, 502, "L5D-2004", TEXT)
        self.assertEqual(self.asked(play), 5, "then failure accrual has marked it")
        self.assertEqual(play.number(CLIENT + "retries/cannot_retry"), 1)

    def test_only_success_pays_in(self) -> None:
        for said, balance in ((OK, 1), (OK.replace(b"200", b"500"), 0)):
            play = self.play(client=PATIENT | {"requeueBudget": {"minRetriesPerSec": 0}})
            play.web(said)
            play.client(GET * 5)
            self.assertEqual(play.number(CLIENT + "retries/budget"), balance)


class ForGood(PlaybookCase):
    def refused(self, request: bytes, said: bytes) -> None:
        play = self.play(client=PATIENT)
        web = play.web(said)
        client = play.client(request)
        self.assert_error(client, 502, "L5D-2004", TEXT + " and should not be retried\n\n")
        self.assertEqual(web.peer.received.count(b"Host"), 1)
        for flag in ("rejected", "nonretryable"):
            for scope in (CLIENT, SERVICE):
                self.assertEqual(play.number(f"{scope}failures/{flag}/{FAILURE}"), 1)
        self.assertEqual(play.number(CLIENT + "failures/restartable"), 0)

    def test_the_endpoint_says_so(self) -> None:
        self.refused(GET, FOR_GOOD)
        self.refused(GET, FOR_GOOD[:-2] + b"Retry-After: 0\r\n\r\n")

    def test_a_body_that_was_not_kept(self) -> None:
        self.refused(CHUNKED_POST + b"1\r\nx\r\n0\r\n\r\n", NACK)

    def test_of_a_body_that_is_still_coming_the_connection_goes(self) -> None:
        for said in (AGAIN, CHUNKED):
            self.refused(CHUNKED_POST + b"1\r\nx\r\n", said)
            self.assertEqual(self.played[-1].the_endpoint().open, 0)


class Connections(PlaybookCase):
    def refused(self, said: bytes) -> tuple[Playbook, Any]:
        """A GET has been refused in this way, and gone elsewhere: to a new connection."""
        play = self.play()
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, said)
        self.assertEqual(len(web.peers), 2)
        play.say(web.peers[1], OK)
        self.assertEqual(client.received, OK_SEEN)
        return play, web

    def test_one_with_a_short_body_is_kept(self) -> None:
        play, web = self.refused(CHUNKED + b"1\r\nx\r\n")
        play.say(web.peers[0], b"3ff\r\n" + b"y" * 1023 + b"\r\n0\r\n\r\n")
        self.assertEqual(len(play.the_endpoint().idle), 2)
        play.advance(2.0)
        self.assertIsNone(web.peers[0].lost)

    def test_one_with_a_long_body_is_not(self) -> None:
        play, web = self.refused(CHUNKED + b"1\r\nx\r\n")
        play.say(web.peers[0], b"401\r\n" + b"y" * 1025)
        self.assertEqual(web.peers[0].lost, RESET)

    def test_one_with_a_length_that_is_too_long(self) -> None:
        _, web = self.refused(HEAD + b"Retry-After: 0\r\nContent-Length: 9999\r\n\r\n")
        self.assertEqual(web.peers[0].lost, RESET)

    def test_one_with_a_slow_body_is_not(self) -> None:
        play, web = self.refused(CHUNKED)
        play.advance(1.2)
        self.assertEqual(web.peers[0].lost, RESET)

    def test_one_that_dies_meanwhile(self) -> None:
        play, web = self.refused(CHUNKED)
        web.peers[0].abort()
        play.advance(2.0)
        self.assertEqual(len(play.the_endpoint().idle), 1)
