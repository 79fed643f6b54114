"""Request metrics: what each ending counts, under which names."""

from __future__ import annotations

import json

import pytest

from linkerd.telemetry.json_export import flat
from linkerd.telemetry.metrics import Scope
from linkerd.telemetry.request_stats import (
    CHANNEL_CLOSED,
    CLASSIFIED_FAILURE,
    CONNECTION_FAILED,
    RequestStats,
    StatusStats,
)


@pytest.fixture
def scope() -> Scope:
    return Scope()


def shown(scope: Scope) -> dict[str, float]:
    values: dict[str, float] = json.loads("".join(flat(scope)))
    return {name: value for name, value in values.items() if value}


def latencies(scope: Scope, *names: str) -> int:
    return scope.stat(*names).snapshot().count


def test_names_are_there_from_the_start(scope: Scope) -> None:
    RequestStats(scope)
    names = set(json.loads("".join(flat(scope))))
    assert names == {"requests", "success", "failures", "pending"}


def test_good_and_bad_answers(scope: Scope) -> None:
    stats = RequestStats(scope)
    for good in (True, True, False):
        stats.begin()
        stats.done(good, 7)
    stats.begin()
    assert shown(scope) == {
        "requests": 3,
        "success": 2,
        "failures": 1,
        f"failures/{CLASSIFIED_FAILURE}": 1,
        "pending": 1.0,
    }
    assert latencies(scope, "request_latency_ms") == 3


def test_errors_count_at_every_level(scope: Scope) -> None:
    stats = RequestStats(scope)
    for _ in range(2):
        stats.begin()
        stats.failed_with((CONNECTION_FAILED, CHANNEL_CLOSED), 3)
    assert shown(scope) == {
        "requests": 2,
        "failures": 2,
        f"failures/{CONNECTION_FAILED}": 2,
        f"failures/{CONNECTION_FAILED}/{CHANNEL_CLOSED}": 2,
    }
    assert latencies(scope, "request_latency_ms") == 2


def test_flags_come_before_names(scope: Scope) -> None:
    stats = RequestStats(scope)
    stats.begin()
    stats.failed_with(("a.B",), 3, ("rejected", "restartable"), "web")
    assert shown(scope) == {
        "requests": 1,
        "failures": 1,
        "failures/rejected": 1,
        "failures/rejected/a.B": 1,
        "failures/restartable": 1,
        "failures/restartable/a.B": 1,
        "sourcedfailures/web": 1,
        "sourcedfailures/web/a.B": 1,
    }


def test_ignored_and_abandoned(scope: Scope) -> None:
    stats = RequestStats(scope)
    stats.begin()
    stats.ignore()
    stats.begin()
    stats.abandoned()
    assert shown(scope) == {"requests": 1}
    assert latencies(scope, "request_latency_ms") == 0


def test_two_in_one_scope_are_added(scope: Scope) -> None:
    for _ in range(2):
        stats = RequestStats(scope)
        stats.begin()
        stats.done(False, 1)
    assert shown(scope)["failures"] == 2
    assert shown(scope)[f"failures/{CLASSIFIED_FAILURE}"] == 2
    assert latencies(scope, "request_latency_ms") == 2


def test_status_codes_and_their_classes(scope: Scope) -> None:
    stats = StatusStats(scope)
    assert shown(scope) == {}
    for code in (200, 200, 204, 302, 503):
        stats.done(code, 4)
    stats.failed(9)
    stats.failed(9)
    assert shown(scope) == {
        "status/200": 2,
        "status/204": 1,
        "status/2XX": 3,
        "status/302": 1,
        "status/3XX": 1,
        "status/503": 1,
        "status/5XX": 1,
        "status/error": 2,
    }
    assert latencies(scope, "time", "2XX") == 3
    assert latencies(scope, "time", "5XX") == 1
    assert latencies(scope, "time", "error") == 2


@pytest.mark.parametrize("code", [0, 99, 600, 999])
def test_odd_codes_do_no_harm(scope: Scope, code: int) -> None:
    StatusStats(scope).done(code, 1)
    assert shown(scope)[f"status/{code}"] == 1


def test_hot_classes_are_slotted(scope: Scope) -> None:
    for stats in (RequestStats(scope), StatusStats(scope), scope.stat("s"), scope.counter("c")):
        assert not hasattr(stats, "__dict__")
        assert all(hasattr(stats, name) for name in type(stats).__slots__)
