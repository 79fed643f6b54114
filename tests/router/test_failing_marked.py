"""Endpoints that are all marked, while one of them is well again: reads find it."""

from __future__ import annotations

from tests.router.playbook import GET, OK, OK_SEEN, Playbook, PlaybookCase, post

RETRIES = {"kind": "io.l5d.global", "responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}}
CLIENT = "client/#/fake/web/"
SERVICE = "service/svc/web/"


class AllMarked(PlaybookCase):
    def marked(self, budget: int = 10) -> Playbook:
        """Three endpoints that have refused too often, one of which serves now."""
        budgets = {"budget": {"minRetriesPerSec": budget, "percentCanRetry": 0.0}}
        play = self.play(service=RETRIES | {"retries": budgets})
        play.bind("web", 80, 81, 82)
        while play.number(CLIENT + "loadbalancer/busy") < 3:
            client = play.client(GET)
            self.assert_error(client, 502, "L5D-2005", "Unable to establish connection")
        play.advance(2.0)
        play.serve(81, OK)
        return play

    def test_a_read_that_is_refused_is_retried(self) -> None:
        play = self.marked()
        self.assertEqual(play.number(CLIENT + "failure_accrual/revivals"), 0)
        for _ in range(30):
            self.assertEqual(play.client(GET).received, OK_SEEN)
        self.assertEqual(play.number(CLIENT + "loadbalancer/busy"), 3)
        self.assertGreater(play.number(SERVICE + "retries/total"), 0)

    def test_a_post_is_not(self) -> None:
        play = self.marked()
        before = play.number(SERVICE + "retries/total")
        answers = [play.client(post(1) + b"x").received for _ in range(10)]
        self.assertTrue(any(answer.startswith(b"HTTP/1.1 502") for answer in answers))
        self.assertEqual(play.number(SERVICE + "retries/total"), before)

    def test_the_budget_bounds_it(self) -> None:
        play = self.marked(budget=0)
        before = play.number(SERVICE + "retries/budget_exhausted")
        answers = [play.client(GET).received for _ in range(20)]
        failed = [answer for answer in answers if answer != OK_SEEN]
        self.assertTrue(failed)
        self.assertEqual(play.number(SERVICE + "retries/total"), 0)
        counted = play.number(SERVICE + "retries/budget_exhausted") - before
        self.assertEqual(counted, len(failed))


class ByTheHead(PlaybookCase):
    """Accrual hears of an answer when its head is there, however long the body takes."""

    def accrual(self, failures: int) -> dict[str, object]:
        backoff = {"kind": "constant", "ms": 1000}
        kind = "io.l5d.consecutiveFailures"
        return {"failureAccrual": {"kind": kind, "failures": failures, "backoff": backoff}}

    def test_a_probe_with_a_long_body_revives(self) -> None:
        play = self.play(client=self.accrual(1))
        play.bind("web", 80)
        play.client(GET)
        self.assertEqual(play.number(CLIENT + "loadbalancer/busy"), 1)
        web = play.serve(80)
        play.advance(1.5)
        play.client(GET)
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nx")
        self.assertEqual(play.number(CLIENT + "failure_accrual/revivals"), 1)
        self.assertEqual(play.number(CLIENT + "loadbalancer/busy"), 0)

    def test_failures_with_endless_bodies_count(self) -> None:
        play = self.play(client=self.accrual(3))
        web = play.web()
        for _ in range(3):
            play.client(GET)
            head = b"HTTP/1.1 500 Bad\r\nTransfer-Encoding: chunked\r\n\r\n"
            play.say(web.peer, head + b"1\r\nx\r\n")
        self.assertEqual(play.number(CLIENT + "loadbalancer/busy"), 1)
