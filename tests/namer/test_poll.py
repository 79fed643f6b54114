"""Asking again and again."""

from __future__ import annotations

from tests.support.namers import Seen, virtual_runtime
from twisted.internet import defer
from twisted.trial.unittest import SynchronousTestCase

from linkerd.backoff.equal_jittered import EqualJittered
from linkerd.name.activity import Failed, Ok, Pending
from linkerd.namer.discovery import Tally
from linkerd.namer.poll import JITTER, Poller


class Polling(SynchronousTestCase):
    def setUp(self) -> None:
        self.runtime = virtual_runtime()
        self.clock = self.runtime.reactor
        self.asked: list[defer.Deferred[int]] = []
        self.at: list[float] = []
        self.gone = 0
        tally = Tally(self.runtime.clock, self.runtime.wall, self.runtime.metrics.scope("n"))
        self.poller: Poller[int] = Poller(
            self.runtime,
            tally,
            self.ask,
            interval=5.0,
            limit=20.0,
            backoff=EqualJittered(1.0, 8.0),
            gone=self.forget,
        )

    def ask(self) -> defer.Deferred[int]:
        self.at.append(self.clock.seconds())
        question: defer.Deferred[int] = defer.Deferred()
        self.asked.append(question)
        return question

    def forget(self) -> None:
        self.gone += 1

    def test_asks_only_while_observed(self) -> None:
        self.clock.advance(100)
        self.assertEqual(self.asked, [])
        seen = Seen(self.poller.discovery.state)
        self.assertEqual(len(self.asked), 1)
        self.asked[0].callback(1)
        seen.close()
        self.assertEqual(self.gone, 1)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_one_interval_lies_between_two_questions(self) -> None:
        Seen(self.poller.discovery.state)
        for value in range(20):
            self.asked[-1].callback(value)
            count = len(self.asked)
            self.clock.advance(5.0 * (1 - JITTER) - 0.001)
            self.assertEqual(len(self.asked), count)
            self.clock.advance(5.0 * 2 * JITTER + 0.002)
            self.assertEqual(len(self.asked), count + 1)

    def test_intervals_differ(self) -> None:
        Seen(self.poller.discovery.state)
        for value in range(5):
            self.asked[-1].callback(value)
            self.clock.pump([0.01] * 600)
        waits = {round(b - a, 2) for a, b in zip(self.at, self.at[1:], strict=False)}
        self.assertGreater(len(waits), 2)

    def test_failures_wait_longer_and_longer_until_it_answers(self) -> None:
        seen = Seen(self.poller.discovery.state)
        waits = []
        for _ in range(8):
            count, failed = len(self.asked), self.clock.seconds()
            self.asked[-1].errback(RuntimeError("no"))
            while len(self.asked) == count:
                self.clock.advance(0.01)
            waits.append(self.at[-1] - failed)
        self.assertAlmostEqual(waits[0], 1.0, 1)
        self.assertAlmostEqual(waits[-1], 8.0, 1)
        self.assertEqual(seen.last, Failed("no"))
        self.asked[-1].callback(3)
        self.assertEqual(seen.last, Ok(3))
        self.clock.advance(6)
        self.asked[-1].errback(RuntimeError("again"))
        count = len(self.asked)
        self.clock.advance(1.001)
        self.assertEqual(len(self.asked), count + 1, "the backoff begins anew")
        self.assertEqual(seen.last, Ok(3), "the last good value stays")

    def test_no_answer_within_the_limit_is_a_failure(self) -> None:
        seen = Seen(self.poller.discovery.state)
        self.clock.advance(19.9)
        self.assertEqual(seen.last, Pending())
        self.clock.advance(0.2)
        self.assertEqual(seen.last, Failed("no answer within 20 s"))
        self.assertEqual(len(self.asked), 1)
        self.clock.advance(1.01)
        self.assertEqual(len(self.asked), 2)
        self.asked[1].callback(1)
        self.assertEqual(seen.last, Ok(1))

    def test_an_answer_after_the_end_changes_nothing(self) -> None:
        seen = Seen(self.poller.discovery.state)
        seen.close()
        again = Seen(self.poller.discovery.state)
        self.assertEqual(len(self.asked), 2)
        self.assertEqual(again.last, Pending())
        self.asked[1].callback(2)
        self.assertEqual(again.last, Ok(2))

    def test_an_observer_that_fails_does_not_stop_it(self) -> None:
        def see(state: object) -> None:
            if isinstance(state, Ok) and state.value == 1:
                raise ValueError("observer")

        self.poller.discovery.state.observe(see)
        self.asked[0].callback(1)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.clock.advance(6)
        self.assertEqual(len(self.asked), 2)

    def test_an_observer_may_leave_while_it_is_told(self) -> None:

        def see(state: object) -> None:
            if isinstance(state, Ok):
                observation.close()

        observation = self.poller.discovery.state.observe(see)
        self.asked[0].callback(1)
        self.assertEqual(self.clock.getDelayedCalls(), [])
