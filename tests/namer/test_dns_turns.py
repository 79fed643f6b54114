"""Turns of lookups."""

from __future__ import annotations

from twisted.internet import defer, task
from twisted.trial.unittest import SynchronousTestCase

from linkerd.namer.dns_message import NoAnswer
from linkerd.namer.dns_turns import AT_ONCE, SLOW_AT_ONCE, TURN_S, Turns


class Taking(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = task.Clock()
        self.turns = Turns(self.clock)
        self.out: dict[str, defer.Deferred[int]] = {}
        self.begun: list[str] = []

    def look(self, name: str) -> defer.Deferred[int]:
        self.begun.append(name)
        self.out[name] = defer.Deferred(lambda _: self.out.pop(name) and None)
        return self.out[name]

    def run_one(self, name: str) -> defer.Deferred[int]:
        return self.turns.run(name, self.look)

    def run_many(self, kind: str, count: int = AT_ONCE) -> list[defer.Deferred[int]]:
        return [self.run_one(f"{kind}{i}") for i in range(count)]

    def silence(self, asked: list[defer.Deferred[int]]) -> None:
        """End all lookups that are out as silent."""
        for name in tuple(self.out):
            self.out.pop(name).errback(NoAnswer("is silent", True))
        for each in asked:
            self.failureResultOf(each, NoAnswer)

    def test_so_many_at_once(self) -> None:
        self.run_many("web")
        last = self.run_one("last")
        self.assertEqual((len(self.out), self.turns.waiting()), (AT_ONCE, 1))
        self.out.pop("web0").callback(1)
        self.clock.advance(0)
        self.out["last"].callback(2)
        self.assertEqual(self.successResultOf(last), 2)

    def test_one_without_an_answer_makes_way_for_who_waits(self) -> None:
        asked = self.run_many("web")
        self.clock.pump([TURN_S] * 20)
        self.assertNoResult(asked[0])
        waiting = self.run_one("last")
        self.clock.pump([TURN_S / 2] * 3)
        self.assertTrue(self.failureResultOf(asked[0], NoAnswer).value.silent)
        self.assertIn("last", self.out)
        self.assertNoResult(waiting)
        self.assertEqual(len(self.out), AT_ONCE, "the others go on")

    def test_those_that_were_silent_have_a_small_part_of_the_turns(self) -> None:
        self.silence(self.run_many("web", 50))
        self.run_many("web", 50)
        self.assertEqual(len(self.out), SLOW_AT_ONCE)
        self.run_many("good")
        self.assertEqual(len(self.out), SLOW_AT_ONCE + AT_ONCE)

    def test_one_that_answers_is_one_of_the_rest_again(self) -> None:
        self.silence(self.run_many("web", 50))
        for _ in range(2):
            self.run_one("web0")
            self.out.pop("web0").callback(1)
        self.run_many("web", 50)
        self.assertIn("web0", self.out)
        self.assertEqual(len(self.out), SLOW_AT_ONCE + 1)

    def test_one_that_had_no_turn_among_the_silent_is_one_of_the_rest_again(self) -> None:
        self.silence(self.run_many("web", 50))
        *_, last = self.run_many("web", 50)
        last.cancel()
        self.failureResultOf(last, defer.CancelledError)
        self.run_one("web49")
        self.assertIn("web49", self.out)

    def test_other_faults_are_not_silence(self) -> None:
        asked = self.run_one("web")
        self.out.pop("web").errback(NoAnswer("says SERVFAIL"))
        self.failureResultOf(asked, NoAnswer)
        self.silence(self.run_many("dead", SLOW_AT_ONCE))
        self.run_many("dead", SLOW_AT_ONCE)
        self.run_one("web")
        self.assertIn("web", self.out)

    def test_names_that_nobody_wants_are_forgotten(self) -> None:
        self.silence(self.run_many("web", SLOW_AT_ONCE + 1))
        self.turns.forget("web0")
        self.run_many("web", SLOW_AT_ONCE + 1)
        self.assertEqual(len(self.out), SLOW_AT_ONCE + 1)

    def test_all_who_give_up_at_once_leave_nothing_and_begin_nothing(self) -> None:
        asked = self.run_many("web", 5 * AT_ONCE)
        for each in asked:
            each.cancel()
            self.failureResultOf(each, defer.CancelledError)
        self.clock.advance(0)
        self.assertEqual(len(self.begun), AT_ONCE)
        self.assertEqual(self.out, {})
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.run_many("again")
        self.assertEqual(len(self.out), AT_ONCE)
