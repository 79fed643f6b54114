"""Timeouts and deadlines of requests: what ends, what is tried again, what the endpoint is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.router.playbook import (
    ADDR_PENDING,
    CHUNKED_POST,
    GET,
    GET_SEEN,
    OK,
    OK_SEEN,
    Playbook,
    PlaybookCase,
)
from tests.support.runtime import START

from linkerd.router.attempt import NEW
from linkerd.router.limit import Limit

if TYPE_CHECKING:
    from tests.support.memory import TestServer

AGAIN = {"responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}}
TRY = {"requestAttemptTimeoutMs": 500}
BUSY = b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
CLOSING = BUSY[:-2] + b"Connection: close\r\n\r\n"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n"
CLIENT = "client/#/fake/web/"
SERVICE = "service/svc/web/"
INDIVIDUAL = "com.twitter.finagle.IndividualRequestTimeoutException"
GLOBAL = "com.twitter.finagle.GlobalRequestTimeoutException"
ONE_TRY = "while waiting for a response for an individual request, excluding retries"
ALL_TRIES = "while waiting for a response for the request, including retries (if applicable)"
DEADLINE = re.compile(rb"\r\nl5d-ctx-deadline: (\d+) (\d+)\r\n")
FOR_EVER = b"GET / HTTP/1.1\r\nHost: web\r\nl5d-ctx-deadline: 1 %d\r\n\r\n" % (2**63 - 1)
TICK = 0.1
LATE = "the deadline of the request has passed"


def ns(after_s: float) -> int:
    """Nanoseconds since 1970, so many seconds after the playbook's beginning."""
    return int((START + after_s) * 1e9)


def asking(*deadlines: tuple[float, float]) -> bytes:
    """A request with deadlines, both times in seconds after the beginning."""
    lines = [b"l5d-ctx-deadline: %d %d" % (ns(one), ns(two)) for one, two in deadlines]
    return b"\r\n".join([b"GET / HTTP/1.1", b"Host: web", *lines, b"", b""])


def told(seen: bytes) -> list[tuple[float, float]]:
    """The deadlines that an endpoint was told, in seconds after the beginning."""
    return [
        (round(int(one) / 1e9 - START, 3), round(int(two) / 1e9 - START, 3))
        for one, two in DEADLINE.findall(seen)
    ]


class EachTry(PlaybookCase):
    def test_one_that_is_late_is_a_failure(self) -> None:
        play = self.play(client=TRY)
        web = play.web()
        client = play.client(GET)
        play.advance(0.45)
        self.assertEqual(client.received, b"")
        play.advance(TICK)
        text = f"exceeded 500.milliseconds to /#/fake/web {ONE_TRY}. Remote Info: Upstream Address:"
        shown = self.assert_error(client, 503, "L5D-2006", text)
        self.assertIn(" Downstream Address: /127.0.0.1:80, Downstream label: /#/fake/web", shown)
        self.assertIsNotNone(web.peer.lost)
        for name in (CLIENT, SERVICE, CLIENT + SERVICE):
            self.assertEqual(play.number(f"{name}failures/{INDIVIDUAL}"), 1, name)

    def test_it_counts_for_accrual(self) -> None:
        accrual = {"kind": "io.l5d.consecutiveFailures", "failures": 2}
        play = self.play(client={**TRY, "failureAccrual": accrual})
        play.web()
        for _ in range(2):
            play.client(GET)
            play.advance(0.6)
        self.assertEqual(play.number(CLIENT + "failure_accrual/removals"), 1)

    def test_it_is_tried_again_where_the_classifier_says_so(self) -> None:
        play = self.play(client=TRY, service=AGAIN)
        web = play.web()
        client = play.client(GET)
        play.advance(0.6)
        self.assertEqual(len(web.peers), 2)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(play.number(SERVICE + "retries/total"), 1)
        self.assertEqual(play.number(SERVICE + "success"), 1)

    def test_each_try_has_the_whole_time(self) -> None:
        play = self.play(client=TRY, service=AGAIN)
        web = play.web()
        client = play.client(GET)
        play.advance(0.4)
        play.say(web.peer, BUSY)
        play.advance(0.4)
        self.assertEqual(client.received, b"")
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_a_streamed_request_is_not_tried_again(self) -> None:
        play = self.play(client=TRY, service=AGAIN)
        web = play.web()
        client = play.client(CHUNKED_POST.replace(b"POST", b"PUT") + b"1\r\nx\r\n")
        play.advance(0.6)
        self.assertEqual(len(web.peers), 1)
        self.assert_error(client, 503, "L5D-2006", "exceeded ")
        self.assertIsNotNone(client.lost)

    def test_the_way_to_a_connection_does_not_count(self) -> None:
        play = self.play(client=TRY)
        play.addresses("web", ADDR_PENDING)
        client = play.client(GET)
        play.advance(2.0)
        web = play.web()
        play.advance(0.4)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_nor_does_the_way_to_the_connection_of_a_requeue(self) -> None:
        play = self.play(client={"requestAttemptTimeoutMs": 300})
        web = play.web(OK)
        client = play.client(GET)
        web.peer.on_data = None
        play.say(client, GET)
        play.network.black_holes.add(("127.0.0.1", 80))
        web.peer.abort()
        play.advance(0.6)
        self.assertEqual(client.received, OK_SEEN)
        play.network.black_holes.clear()
        play.advance(1.0)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_an_answer_that_has_begun_may_take_its_time(self) -> None:
        play = self.play(client=TRY, service={"totalTimeoutMs": 700})
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, LONG)
        play.advance(5.0)
        play.say(web.peer, b"x" * 9000)
        self.assertTrue(client.received.endswith(b"x" * 9000))
        self.assertEqual(play.number(CLIENT + "failures"), 0)

    def test_a_tunnel_may_take_its_time(self) -> None:
        play = self.play(service={"totalTimeoutMs": 700})
        web = play.web()
        upgrade = b"Connection: upgrade\r\nUpgrade: chat\r\n\r\n"
        client = play.client(GET[:-2] + upgrade)
        play.say(web.peer, b"HTTP/1.1 101 Switching Protocols\r\n" + upgrade)
        client.take()
        play.advance(5.0)
        play.say(web.peer, b"hello")
        self.assertEqual(client.received, b"hello")

    def test_an_interim_answer_is_none(self) -> None:
        play = self.play(client=TRY)
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, b"HTTP/1.1 103 Early Hints\r\n\r\n")
        play.advance(0.6)
        client.received = client.received.partition(b"\r\n\r\n")[2]
        self.assert_error(client, 503, "L5D-2006", "exceeded ")

    def test_another_request_has_its_own_time(self) -> None:
        play = self.play(client=TRY)
        web = play.web()
        client = play.client(GET)
        play.advance(0.4)
        play.say(web.peer, OK)
        play.say(client, GET)
        play.advance(0.4)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN * 2)

    def test_zero_is_no_limit(self) -> None:
        play = self.play(client={"requestAttemptTimeoutMs": 0}, service={"totalTimeoutMs": 0})
        web = play.web()
        play.client(GET)
        play.advance(30.0)
        self.assertEqual(web.peer.received, GET_SEEN)
        self.assertEqual([each for each in play.armed() if isinstance(each, Limit)], [])


class UntilSent(PlaybookCase):
    """The binding timeout holds for the way to a connection, and anew for each way."""

    def test_for_name_and_connection_together(self) -> None:
        play = self.play(bindingTimeoutMs=300)
        play.network.black_holes.add(("127.0.0.1", 80))
        play.addresses("web", ADDR_PENDING)
        client = play.client(GET)
        play.advance(0.2)
        play.bind("web", 80)
        play.advance(0.1 + TICK)
        self.assert_error(client, 502, "L5D-1106", "Exceeded 300.milliseconds binding timeout")

    def test_after_a_wait_between_tries(self) -> None:
        again = {**AGAIN, "retries": {"backoff": {"kind": "constant", "ms": 200}}}
        play = self.play(bindingTimeoutMs=300, service=again)
        web = play.web()
        client = play.client(GET)
        play.network.black_holes.add(("127.0.0.1", 80))
        play.say(web.peer, CLOSING)
        play.advance(0.4)
        self.assertEqual(client.received, b"")
        play.advance(0.1 + TICK)
        self.assert_error(client, 502, "L5D-1106", "Exceeded 300.milliseconds binding timeout")

    def test_what_was_left_of_a_try_is_forgotten(self) -> None:
        play = self.play(client=TRY, service=AGAIN)
        web = play.web()
        client = play.client(GET)
        play.network.black_holes.add(("127.0.0.1", 80))
        play.say(web.peer, CLOSING)
        play.advance(0.8)
        self.assertEqual(client.received, b"")
        play.network.black_holes.clear()
        play.advance(0.4)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)


class AllTries(PlaybookCase):
    def limited(self, ms: int = 1000, **settings: Any) -> Playbook:
        service = {"totalTimeoutMs": ms, **settings.pop("service", {})}
        return self.play(service=service, **settings)

    def test_at_the_end_the_try_is_given_up(self) -> None:
        play = self.limited()
        web = play.web()
        client = play.client(GET)
        play.advance(1.0 + TICK)
        text = f"exceeded 1.seconds to unspecified {ALL_TRIES}. Remote Info: Not Available\n"
        self.assert_error(client, 503, "L5D-2007", text)
        self.assertIsNotNone(web.peer.lost)
        for name in (CLIENT, SERVICE):
            self.assertEqual(play.number(f"{name}failures/{GLOBAL}"), 1, name)

    def test_naming_counts(self) -> None:
        play = self.limited()
        play.addresses("web", ADDR_PENDING)
        client = play.client(GET)
        play.advance(1.0 + TICK)
        self.assert_error(client, 503, "L5D-2007", "exceeded 1.seconds ")

    def test_connecting_counts_and_is_no_failure_of_the_endpoint(self) -> None:
        play = self.limited(500)
        play.bind("web", 80)
        play.network.black_holes.add(("127.0.0.1", 80))
        client = play.client(GET)
        play.advance(0.5 + TICK)
        self.assert_error(client, 503, "L5D-2007", "exceeded 500.milliseconds ")
        self.assertEqual(play.number(CLIENT + "cancelled_connects"), 1)

    def test_waiting_between_tries_counts(self) -> None:
        again = {**AGAIN, "retries": {"backoff": {"kind": "constant", "ms": 5000}}}
        play = self.limited(service=again)
        web = play.web()
        client = play.client(GET)
        play.say(web.peer, BUSY)
        play.advance(1.0 + TICK)
        self.assert_error(client, 503, "L5D-2007", "exceeded 1.seconds ")

    def test_it_holds_across_tries(self) -> None:
        play = self.limited(service=AGAIN, client=TRY)
        web = play.web()
        client = play.client(GET)
        for _ in range(2):
            play.advance(0.4)
            play.say(web.peer, BUSY)
        play.advance(0.2 + TICK)
        self.assertEqual(web.peer.received.count(b"GET"), 3)
        self.assert_error(client, 503, "L5D-2007", "exceeded 1.seconds ")

    def test_the_binding_timeout_still_counts(self) -> None:
        play = self.limited(5000, bindingTimeoutMs=300)
        play.addresses("web", ADDR_PENDING)
        client = play.client(GET)
        play.advance(0.4)
        self.assert_error(client, 502, "L5D-1106", "Exceeded 300.milliseconds binding timeout")

    def test_the_end_of_the_client_ends_it(self) -> None:
        play = self.limited()
        play.web()
        play.client(GET).abort()
        play.advance()
        self.assertEqual([each for each in play.armed() if isinstance(each, Limit)], [])

    def test_one_place_in_the_wheel_serves_all(self) -> None:
        play = self.limited()
        play.web(OK)
        client = play.client(GET * 50)
        self.assertEqual(client.received, OK_SEEN * 50)
        self.assertEqual(len(play.router.router.limits.spare), 1)


class Told(PlaybookCase):
    def sent(self, request: bytes, **settings: Any) -> tuple[Playbook, TestServer]:
        play = self.play(**settings)
        web = play.web()
        play.client(request)
        return play, web

    def test_nothing_where_nothing_is_limited(self) -> None:
        _, web = self.sent(GET)
        self.assertEqual(web.peer.received, GET_SEEN)

    def test_the_total_timeout(self) -> None:
        _, web = self.sent(GET, service={"totalTimeoutMs": 2000})
        self.assertEqual(told(web.peer.received), [(0.0, 2.0)])

    def test_a_deadline_is_passed_on(self) -> None:
        _, web = self.sent(asking((-1.0, 3.5)))
        self.assertEqual(told(web.peer.received), [(-1.0, 3.5)])

    def test_the_least_counts(self) -> None:
        limits: dict[str, Any] = {"service": {"totalTimeoutMs": 2000}, "client": TRY}
        _, web = self.sent(asking((-1.0, 3.5), (-2.0, 3.0)), **limits)
        self.assertEqual(told(web.peer.received), [(0.0, 0.5)])
        _, web = self.sent(asking((-1.0, 0.25)), **limits)
        self.assertEqual(told(web.peer.received), [(0.0, 0.25)])

    def test_later_tries_have_less(self) -> None:
        again = {**AGAIN, "totalTimeoutMs": 1200}
        play, web = self.sent(GET, service=again, client={"requestAttemptTimeoutMs": 1000})
        play.advance(0.5)
        play.say(web.peer, BUSY)
        self.assertEqual(told(web.peer.received), [(0.0, 1.0), (0.5, 1.2)])


class Brought(PlaybookCase):
    def test_one_that_has_passed_is_answered_at_once(self) -> None:
        for late in ((-2.0, -1.0), (0.0, 0.0), (50.0, 40.0)):
            play = self.play()
            web = play.web()
            client = play.client(asking(late))
            self.assert_error(client, 503, "L5D-2009", LATE)
            self.assertEqual(web.peers, [])
            place = "server/127.0.0.1/4140/admission_control/deadline/"
            self.assertEqual(play.number(place + "rejected"), 1)
            self.assertEqual(play.number(place + "exceeded"), 1)

    def test_what_is_left_is_all_there_is(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(asking((-1.0, 0.5)))
        play.advance(0.45)
        self.assertEqual(client.received, b"")
        play.advance(TICK)
        self.assert_error(client, 503, "L5D-2009", LATE)
        self.assertIsNotNone(web.peer.lost)

    def test_the_caller_cannot_blame_the_endpoint(self) -> None:
        accrual = {"kind": "io.l5d.consecutiveFailures", "failures": 1}
        play = self.play(client={"failureAccrual": accrual})
        play.web()
        play.client(asking((0.0, 0.2)))
        play.advance(0.3)
        self.assertEqual(play.number(CLIENT + "failures"), 0)
        self.assertEqual(play.number(CLIENT + "failure_accrual/removals"), 0)

    def test_a_clock_that_is_ahead_gives_no_more_time(self) -> None:
        play = self.play()
        play.web()
        client = play.client(asking((100.0, 100.5)))
        play.advance(0.5 + TICK)
        self.assert_error(client, 503, "L5D-2009", LATE)

    def test_one_for_ever_holds_no_slot_of_the_wheel(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(FOR_EVER)
        play.advance(200.0)
        (limit,) = [each for each in play.armed() if isinstance(each, Limit)]
        self.assertLess(limit.deadline, 300.0)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_what_cannot_be_read_is_not_passed_on(self) -> None:
        play = self.play()
        web = play.web(OK)
        play.client(b"GET / HTTP/1.1\r\nHost: web\r\nl5d-ctx-deadline: soon\r\n\r\n")
        self.assertEqual(web.peer.received, GET_SEEN)

    def test_that_of_a_stranger_is_not_read(self) -> None:
        play = self.play(servers=[{"port": 4140, "clearContext": True}])
        web = play.web(OK)
        play.client(asking((-2.0, -1.0)))
        self.assertEqual(web.peer.received, GET_SEEN)


class Steps(PlaybookCase):
    def test_a_step_that_is_over_already_leaves_the_end_armed(self) -> None:
        play = self.play(service={"totalTimeoutMs": 2000})
        play.web()
        client = play.client(GET)
        (connection,) = play.listener.connections
        exchange: Any = connection.exchange  # type: ignore[attr-defined]
        now = play.runtime.clock()
        state, exchange.state = exchange.state, NEW
        exchange.wait_until(now + 0.5, now)
        play.advance(0.6)
        exchange.state = state
        self.assertEqual(client.received, b"")
        play.advance(1.6)
        self.assert_error(client, 503, "L5D-2007", "exceeded 2.seconds")
