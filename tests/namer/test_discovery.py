"""The state machine of everything that is watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.namers import Seen, virtual_runtime

from linkerd.name.activity import Failed, Ok, Pending
from linkerd.namer import discovery as module
from linkerd.namer.discovery import Discovery, Tally

if TYPE_CHECKING:
    import pytest


def make() -> tuple[Discovery[int], Tally]:
    runtime = virtual_runtime()
    tally = Tally(runtime.clock, runtime.wall, runtime.metrics.scope("n"))
    discovery: Discovery[int] = Discovery(tally)
    discovery.begin()
    return discovery, tally


def read(tally: Tally, discovery: Discovery[int]) -> dict[str, object]:
    return discovery.record(discovery.value)


def test_begins_pending() -> None:
    discovery, _ = make()
    assert discovery.phase == "pending"
    assert discovery.state.sample() == Pending()


def test_pending_ok_stale_ok() -> None:
    discovery, tally = make()
    seen = Seen(discovery.state)
    discovery.ok(1)
    assert discovery.phase == "ok"
    discovery.failed("broken")
    assert (discovery.phase, discovery.why, discovery.value) == ("stale", "broken", 1)
    discovery.ok(1)
    assert (discovery.phase, discovery.why) == ("ok", "")
    assert seen.all == [Pending(), Ok(1)], "observers see nothing of a stale time"
    assert tally.failures.value == 1
    assert tally.updates.value == 1


def test_pending_failed_ok() -> None:
    discovery, _ = make()
    seen = Seen(discovery.state)
    discovery.failed("a")
    assert discovery.phase == "failed"
    discovery.failed("b", "L5D-9999")
    discovery.ok(2)
    assert seen.all == [Pending(), Failed("a"), Failed("b", "L5D-9999"), Ok(2)]


def test_the_log_tells_of_the_first_that_is_stale_and_of_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    for level in ("warn", "info"):
        monkeypatch.setattr(
            module.log, level, lambda text, **fields: told.append(text.format(**fields))
        )
    one, tally = make()
    other: Discovery[int] = Discovery(tally)
    other.begin()
    for each in (one, other):
        each.ok(1)
        each.failed("no answer")
        each.failed("no answer at all")
    assert told == ["n is stale, its last good answers stay in use: no answer"]
    one.end()
    other.ok(2)
    assert told[1:] == ["n is up to date again"]


def test_stale_since_the_first_failure() -> None:
    runtime = virtual_runtime()
    tally = Tally(runtime.clock, runtime.wall, runtime.metrics.scope("n"))
    discovery: Discovery[int] = Discovery(tally)
    discovery.begin()
    discovery.ok(1)
    runtime.reactor.advance(10)
    discovery.failed("a")
    runtime.reactor.advance(20)
    discovery.failed("b")
    record = discovery.record([1])
    assert record == {
        "state": {
            "running": True,
            "lastStartedAt": "2019-01-01 12:00:00 +0000",
            "lastStoppedAt": None,
            "lastUpdatedAt": "2019-01-01 12:00:00 +0000",
            "value": [1],
        },
        "phase": "stale",
        "stale since": "2019-01-01 12:00:10 +0000",
        "error": "b",
    }
    found = dict(runtime.metrics.walk())
    assert found[("n", "stale_ms")].read() == 20000  # type: ignore[union-attr]
    assert found[("n", "stale")].read() == 1  # type: ignore[union-attr]
    assert found[("n", "pending")].read() == 0  # type: ignore[union-attr]


def test_facts_after_the_end_change_nothing() -> None:
    discovery, tally = make()
    discovery.ok(1)
    discovery.end()
    discovery.ok(2)
    discovery.failed("x")
    assert discovery.value == 1
    assert discovery.state.sample() == Ok(1)
    assert (tally.updates.value, tally.failures.value) == (1, 0)
    assert not discovery.running


def test_a_new_beginning_forgets() -> None:
    discovery, _ = make()
    discovery.ok(1)
    discovery.end()
    discovery.begin()
    assert discovery.state.sample() == Pending()
    discovery.failed("x")
    assert discovery.state.sample() == Failed("x")


def test_a_closed_tally_exports_no_gauges() -> None:
    runtime = virtual_runtime()
    tally = Tally(runtime.clock, runtime.wall, runtime.metrics.scope("n"))
    tally.close()
    tally.close()
    assert all(
        metric.read() is None  # type: ignore[union-attr]
        for labels, metric in runtime.metrics.walk()
        if labels[-1] in ("watched", "stale_ms", "pending", "stale", "failed")
    )
