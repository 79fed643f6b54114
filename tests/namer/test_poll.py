"""Asking again and again."""

from __future__ import annotations

from tests.support.namers import Seen, virtual_runtime
from twisted.internet import defer
from twisted.trial.unittest import SynchronousTestCase

from linkerd.backoff.equal_jittered import EqualJittered
from linkerd.name.activity import Failed, Ok, Pending
from linkerd.namer.discovery import Tally
from linkerd.namer.poll import JITTER, MOST_JITTER_S, Answer, Poller, Pollers


class Polling(SynchronousTestCase):
    def setUp(self) -> None:
        self.runtime = virtual_runtime()
        self.clock = self.runtime.reactor
        self.asked: list[defer.Deferred[Answer[int]]] = []
        self.at: list[float] = []
        self.gone = 0
        self.tally = Tally(self.runtime.clock, self.runtime.wall, self.runtime.metrics.scope("n"))
        self.pollers: Pollers[int] | None = None
        self.poller = self.mk()

    def mk(self, name: str = "") -> Poller[int]:
        return Poller(
            self.runtime,
            self.tally,
            self.ask,
            limit=20.0,
            backoff=EqualJittered(1.0, 8.0),
            gone=self.forget,
        )

    def ask(self) -> defer.Deferred[Answer[int]]:
        self.at.append(self.clock.seconds())
        question: defer.Deferred[Answer[int]] = defer.Deferred()
        self.asked.append(question)
        return question

    def answer(self, value: int, hold_s: float = 5.0) -> None:
        """Answer the last question."""
        self.asked[-1].callback(Answer(value, hold_s))

    def forget(self) -> None:
        self.gone += 1
        if self.pollers is not None:
            self.pollers.forget("web")

    def test_asks_only_while_observed(self) -> None:
        self.clock.advance(100)
        self.assertEqual(self.asked, [])
        seen = Seen(self.poller.discovery.state)
        self.assertEqual(len(self.asked), 1)
        self.asked[0].callback(Answer(1, 5.0))
        seen.close()
        self.assertEqual(self.gone, 1)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_it_asks_again_when_the_answer_holds_no_more(self) -> None:
        Seen(self.poller.discovery.state)
        for hold_s in (1.0, 5.0, 30.0, 1000.0) * 5:
            self.answer(1, hold_s)
            count = len(self.asked)
            self.clock.advance(hold_s - 0.001)
            self.assertEqual(len(self.asked), count)
            self.clock.advance(min(hold_s * JITTER, MOST_JITTER_S) + 0.002)
            self.assertEqual(len(self.asked), count + 1)

    def test_intervals_differ(self) -> None:
        Seen(self.poller.discovery.state)
        for value in range(5):
            self.answer(value)
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
        self.answer(3)
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
        self.asked[1].callback(Answer(1, 5.0))
        self.assertEqual(seen.last, Ok(1))

    def test_an_answer_after_the_end_changes_nothing(self) -> None:
        seen = Seen(self.poller.discovery.state)
        seen.close()
        again = Seen(self.poller.discovery.state)
        self.assertEqual(len(self.asked), 2)
        self.assertEqual(again.last, Pending())
        self.asked[1].callback(Answer(2, 5.0))
        self.assertEqual(again.last, Ok(2))

    def test_an_observer_that_fails_does_not_stop_it(self) -> None:
        def see(state: object) -> None:
            if isinstance(state, Ok) and state.value == 1:
                raise ValueError("observer")

        self.poller.discovery.state.observe(see)
        self.asked[0].callback(Answer(1, 5.0))
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.clock.advance(6)
        self.assertEqual(len(self.asked), 2)

    def test_an_observer_may_leave_while_it_is_told(self) -> None:

        def see(state: object) -> None:
            if isinstance(state, Ok):
                observation.close()

        observation = self.poller.discovery.state.observe(see)
        self.asked[0].callback(Answer(1, 5.0))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_soon(self) -> None:
        self.poller.soon(1.0)
        self.assertEqual(self.clock.getDelayedCalls(), [], "nobody observes")
        seen = Seen(self.poller.discovery.state)
        self.answer(1, 300.0)
        self.poller.soon(1.0)
        self.clock.advance(1.0)
        self.assertEqual(len(self.asked), 2)
        self.poller.soon(1.0)
        self.assertTrue(self.asked[1].called, "the question that was out is dropped")
        self.clock.advance(1.0)
        self.assertEqual(len(self.asked), 3)
        self.answer(2)
        self.assertEqual(seen.last, Ok(2))

    def test_all_observers_of_a_name_share_a_poller(self) -> None:
        self.pollers = Pollers(self.mk)
        self.assertEqual(self.pollers.at("web").sample(), Pending())
        self.assertIsNone(self.pollers.find("web"))
        first, second = Seen(self.pollers.at("web")), Seen(self.pollers.at("web"))
        self.assertEqual(len(self.asked), 1)
        self.answer(1)
        self.assertEqual((first.last, second.last), (Ok(1), Ok(1)))
        self.assertEqual(self.pollers.at("web").sample(), Ok(1))
        Seen(self.pollers.at("api"))
        self.assertEqual([name for name, _ in self.pollers.all()], ["api", "web"])
        first.close()
        second.close()
        self.assertIsNone(self.pollers.find("web"))
