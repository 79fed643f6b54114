"""A change told to many, under virtual time: to tell one takes as long as the test says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
from tests.support.namers import virtual_runtime
from twisted.logger import capturedLogs

from linkerd.interpreter.gradual import SLICE_S, Gradual
from linkerd.name.activity import Observation, Source

if TYPE_CHECKING:
    from collections.abc import Callable


class Site:
    """A value, and observers that take more than half a turn each to look at it."""

    def __init__(self) -> None:
        self.now = 0.0
        runtime = virtual_runtime()
        self.reactor = runtime.reactor
        self.source: Source[str] = Source("a")
        self.gradual = Gradual(attrs.evolve(runtime, clock=lambda: self.now), self.source)
        self.seen: list[list[str]] = []
        self.observations: list[Observation] = []

    def observe(self, then: Callable[[str], object] = lambda value: None) -> None:
        seen: list[str] = []
        self.seen.append(seen)

        def see(value: str) -> None:
            seen.append(value)
            self.now += 0.6 * SLICE_S
            then(value)

        self.observations.append(self.gradual.observe(see))

    def observed(self, times: int) -> Site:
        for _ in range(times):
            self.observe()
        return self

    def last(self) -> str:
        return "".join(seen[-1] for seen in self.seen)

    def turn(self) -> str:
        """Let one turn of the reactor pass; a virtual one takes all that follow at once."""
        for call in self.reactor.getDelayedCalls():
            tell = call.func
            call.cancel()
            tell()
        return self.last()


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_change_is_told_for_a_while_a_turn(site: Site) -> None:
    site.observed(5)
    site.source.set("b")
    assert [site.last(), site.turn(), site.turn()] == ["bbaaa", "bbbba", "bbbbb"]
    assert site.reactor.getDelayedCalls() == []
    assert site.seen == [["a", "b"]] * 5


def test_a_new_observer_sees_the_new_value_at_once(site: Site) -> None:
    site.observed(3)
    site.source.set("b")
    site.observe()
    assert site.last() == "bbab"
    assert site.gradual.sample() == "b"
    assert site.turn() == "bbbb"
    assert site.seen[3] == ["b"]


def test_a_newer_value_goes_to_those_first_who_still_have_the_oldest(site: Site) -> None:
    site.observed(5)
    site.source.set("b")
    site.source.set("c")
    assert [site.last(), site.turn(), site.turn(), site.turn()] == [
        "bbaaa",
        "bbcca",
        "cbccc",
        "ccccc",
    ]
    assert site.seen[4] == ["a", "c"]


@pytest.mark.parametrize("who", [1, 2])
def test_a_value_that_changes_while_it_is_told(site: Site, who: int) -> None:
    site.observed(who)
    site.observe(lambda value: site.source.set("c") if value == "b" else None)
    site.observed(5)
    site.source.set("b")
    while site.reactor.getDelayedCalls():
        assert len(site.reactor.getDelayedCalls()) == 1
        site.turn()
    assert site.seen[who] == ["a", "b", "c"]
    assert site.seen[-1] == ["a", "c"]


def test_who_has_closed_is_not_told(site: Site) -> None:
    site.observed(4)
    site.source.set("b")
    site.observations[0].close()
    site.observations[2].close()
    assert site.turn() == "bbab"
    site.source.set("c")
    assert site.turn() == "bcac"
    for observation in site.observations:
        observation.close()
    while site.reactor.getDelayedCalls():
        site.turn()
    assert not site.gradual._told


def test_an_observer_may_close_another(site: Site) -> None:
    site.observe(lambda value: site.observations[1].close() if value == "b" else None)
    site.observed(1)
    site.source.set("b")
    assert site.turn() == "ba"


def test_an_observer_that_raises_does_not_stop_the_others(site: Site) -> None:
    def see(value: str) -> None:
        if value == "b":
            raise ValueError("no")

    site.gradual.observe(see)
    site.observed(1)
    with capturedLogs() as logs:
        site.source.set("b")
    assert site.last() == "b"
    assert any("ValueError" in str(event.get("log_failure")) for event in logs)


@pytest.mark.parametrize("during", [False, True])
def test_after_close_nobody_is_told(site: Site, during: bool) -> None:
    site.observe(lambda value: site.gradual.close() if during and value == "b" else None)
    site.observed(3)
    site.source.set("b")
    if not during:
        site.gradual.close()
    before: Any = site.last()
    assert site.reactor.getDelayedCalls() == []
    assert site.source.observers == 0
    site.source.set("c")
    assert site.turn() == before
