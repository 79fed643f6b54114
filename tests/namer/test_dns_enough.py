"""Waiting for enough answers."""

from __future__ import annotations

from twisted.internet import defer, task
from twisted.trial.unittest import SynchronousTestCase

from linkerd.namer.dns_enough import MORE_S, enough


class Waiting(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = task.Clock()
        self.asked: list[defer.Deferred[int]] = [defer.Deferred() for _ in range(3)]
        self.done = enough(self.clock, self.asked, lambda answer: answer > 0)

    def is_over(self) -> None:
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_all(self) -> None:
        for each in self.asked:
            self.assertNoResult(self.done)
            each.callback(0)
        self.assertEqual(self.successResultOf(self.done), [0, 0, 0])
        self.is_over()

    def test_one_that_is_good_does_not_wait_long(self) -> None:
        self.asked[1].callback(5)
        self.clock.advance(MORE_S - 0.1)
        self.asked[0].callback(6)
        self.assertNoResult(self.done)
        self.clock.advance(0.1)
        self.assertEqual(self.successResultOf(self.done), [6, 5, None])
        self.is_over()
        self.assertFalse(self.asked[2].called, "it goes on")

    def test_those_that_are_not_good_are_no_reason_to_end(self) -> None:
        self.asked[0].callback(0)
        self.clock.advance(10 * MORE_S)
        self.assertNoResult(self.done)

    def test_one_that_fails(self) -> None:
        self.asked[1].callback(5)
        self.asked[0].errback(ValueError("first"))
        self.asked[2].errback(ValueError("second"))
        self.assertEqual(str(self.failureResultOf(self.done).value), "first")
        self.is_over()

    def test_who_gives_up_may_cancel_the_rest(self) -> None:
        self.asked[1].callback(5)
        self.done.cancel()
        self.failureResultOf(self.done, defer.CancelledError)
        for each in self.asked:
            each.cancel()
        self.is_over()

    def test_many_may_wait_for_the_same(self) -> None:
        again = enough(self.clock, self.asked, bool)
        for each in self.asked:
            each.callback(7)
        self.assertEqual(self.successResultOf(self.done), self.successResultOf(again))

    def test_nothing_to_wait_for(self) -> None:
        self.assertEqual(self.successResultOf(enough(self.clock, [], bool)), [])
