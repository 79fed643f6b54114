"""When certificates end: gauges and warnings, under virtual time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.support.certificates import ca, leaf
from tests.support.logs import logged
from tests.support.namers import virtual_runtime

from linkerd.tls.described import DAY_S
from linkerd.tls.expiry import LOOK_S, MOST, Expiry

BEGIN = datetime(2019, 1, 1, 12, tzinfo=UTC)  # the virtual clock's
PATH = "/etc/tls/tls.crt"


class Site:
    def __init__(self) -> None:
        self.runtime = virtual_runtime()
        self.clock = self.runtime.reactor
        self.expiry = Expiry(self.runtime, self.runtime.metrics)

    def gauges(self) -> dict[tuple[str, ...], float]:
        scope = self.runtime.metrics
        return {
            labels: value
            for labels, metric in scope.walk()
            if (value := metric.read()) is not None  # type: ignore[union-attr]
        }

    def passes(self, days: float) -> None:
        for _ in range(round(days * DAY_S / LOOK_S)):
            self.clock.advance(LOOK_S)


@pytest.fixture
def site() -> Site:
    return Site()


def lasting(days: float, name: str = "users.internal") -> object:
    return leaf(name, begins=BEGIN, days=days).certificate


def test_a_gauge_for_each_certificate(site: Site) -> None:
    both = lasting(30), lasting(90, "Middle")
    site.expiry.use(PATH, both)  # type: ignore[arg-type]
    site.clock.advance(100)
    label = ("certificates", "etc-tls-tls.crt")
    assert site.gauges() == {
        (*label, "1", "expires_s"): 30 * DAY_S - 100,
        (*label, "2", "expires_s"): 90 * DAY_S - 100,
    }
    site.expiry.use(PATH, [lasting(60)])  # type: ignore[list-item]
    assert site.gauges() == {(*label, "1", "expires_s"): 60 * DAY_S - 100}
    site.expiry.close()
    assert site.gauges() == {}
    assert site.clock.getDelayedCalls() == []


def test_of_many_those_that_end_first(site: Site) -> None:
    many = [ca(f"CA {n}", begins=BEGIN, days=100 - n).certificate for n in range(MOST + 5)]
    site.expiry.use("/etc/ca.pem", many)
    values = list(site.gauges().values())
    assert len(values) == MOST
    assert min(values) == (100 - MOST - 4) * DAY_S


def test_warnings_at_21_7_and_1_days_and_at_the_end_each_once(site: Site) -> None:
    site.expiry.use(PATH, [lasting(30)])  # type: ignore[list-item]
    site.expiry.use("/etc/other", [lasting(300)])  # type: ignore[list-item]
    days = []
    with logged() as lines:
        for day in range(40):
            before = len(lines)
            site.passes(1)
            if len(lines) > before:
                days.append((day + 1, len(lines) - before))
    assert days == [(9, 1), (23, 1), (29, 1), (30, 1)]
    assert lines[0] == (
        f"warn: TLS: {PATH}: CN=users.internal ends in 21 days, at 2019-01-31 12:00 UTC"
    )
    assert lines[3].startswith(f"warn: TLS: {PATH}: CN=users.internal has ended ")


def test_only_the_last_limit_that_was_passed_is_told(site: Site) -> None:
    with logged() as lines:
        site.expiry.use(PATH, [lasting(3)])  # type: ignore[list-item]
        site.clock.advance(0)
    assert [line.partition("internal ")[2] for line in lines] == [
        "ends in 3 days, at 2019-01-04 12:00 UTC"
    ]


def test_a_new_certificate_is_looked_at_at_once(site: Site) -> None:
    site.expiry.use(PATH, [lasting(300)])  # type: ignore[list-item]
    site.clock.advance(0)
    with logged() as lines:
        site.expiry.use(PATH, [lasting(0.5)])  # type: ignore[list-item]
        site.expiry.use(PATH, [lasting(300)])  # type: ignore[list-item]
        site.passes(1)
    assert len(lines) == 1
    assert "ends in 12 hours" in lines[0]
