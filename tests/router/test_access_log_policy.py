"""Roll policies: their texts, when files end, and their names."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.zones import BERLIN, local_zone

from linkerd.router.access_log_policy import RollPolicy, misread, read_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

INDIA = "IST-5:30"
NO_MIDNIGHT = "BRT3BRST,M10.3.0/0,M2.3.0/0"


@pytest.fixture
def zone(request: pytest.FixtureRequest) -> Iterator[None]:
    """The local time zone, by its POSIX rule."""
    with local_zone(request.param):
        yield


def at(text: str) -> float:
    """Local time to seconds."""
    return time.mktime(time.strptime(text, "%Y-%m-%d %H:%M:%S"))


def local(when: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(when))


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("never", RollPolicy("never")),
        ("hourly", RollPolicy("hourly")),
        ("DAily", RollPolicy("daily")),
        ("SigHup", RollPolicy("sighup")),
        ("weEkLy(3)", RollPolicy("weekly", weekday=3)),
        ("1.byte", RollPolicy("size", limit=1)),
        ("7.kilobytes", RollPolicy("size", limit=7 << 10)),
        ("3.meGabyteS", RollPolicy("size", limit=3 << 20)),
        ("1.gigabyte", RollPolicy("size", limit=1 << 30)),
        ("2.terabytes", RollPolicy("size", limit=2 << 40)),
        ("8191.petabytes", RollPolicy("size", limit=8191 << 50)),
    ],
)
def test_what_policies_are_written_as(text: str, policy: RollPolicy) -> None:
    assert read_policy(text) == policy
    assert misread(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "size",
        "weekly",
        "weekly(0)",
        "weekly(8)",
        "weekly(12)",
        " daily",
        "0.bytes",
        "-1.bytes",
        "3megabytes",
        "3.megabyte.s",
        "3.parsecs",
        "8192.petabytes",
        "٣.megabytes",
    ],
)
def test_what_is_no_policy(text: str) -> None:
    why = misread(text)
    assert why is not None
    assert why.startswith(f"'{text}' is no roll policy; expected never, hourly, daily, weekly(n)")


@pytest.mark.parametrize("zone", [BERLIN], indirect=True)
@pytest.mark.parametrize(
    ("text", "begun", "due", "suffix"),
    [
        ("hourly", "2019-01-01 12:34:56", "2019-01-01 13:00:00 CET", "-20190101-12"),
        ("hourly", "2019-12-31 23:00:00", "2020-01-01 00:00:00 CET", "-20191231-23"),
        ("hourly", "2019-03-31 01:59:59", "2019-03-31 03:00:00 CEST", "-20190331-01"),
        ("daily", "2019-01-01 00:00:00", "2019-01-02 00:00:00 CET", "-20190101"),
        ("daily", "2019-02-28 23:59:59", "2019-03-01 00:00:00 CET", "-20190228"),
        ("daily", "2019-03-31 00:30:00", "2019-04-01 00:00:00 CEST", "-20190331"),
        ("daily", "2019-10-27 12:00:00", "2019-10-28 00:00:00 CET", "-20191027"),
        # 2019-01-01 was a Tuesday, day 3 of a Java week.
        ("weekly(3)", "2019-01-01 12:00:00", "2019-01-08 00:00:00 CET", "-20190101"),
        ("weekly(4)", "2019-01-01 12:00:00", "2019-01-02 00:00:00 CET", "-20190101"),
        ("weekly(1)", "2019-01-01 12:00:00", "2019-01-06 00:00:00 CET", "-20190101"),
        ("weekly(7)", "2019-12-31 12:00:00", "2020-01-04 00:00:00 CET", "-20191231"),
    ],
)
@pytest.mark.usefixtures("zone")
def test_when_a_file_ends_and_its_name(text: str, begun: str, due: str, suffix: str) -> None:
    policy = read_policy(text)
    assert local(policy.due(at(begun))) == due
    assert policy.suffix(at(begun)) == suffix


@pytest.mark.parametrize("zone", [INDIA], indirect=True)
@pytest.mark.usefixtures("zone")
def test_the_hour_is_the_local_one() -> None:
    assert local(read_policy("hourly").due(at("2019-01-01 12:10:00"))) == "2019-01-01 13:00:00 IST"


@pytest.mark.parametrize("zone", [BERLIN], indirect=True)
@pytest.mark.usefixtures("zone")
def test_an_hour_that_comes_twice() -> None:
    first = at("2019-10-27 01:00:00") + 3600.0
    assert local(first) == "2019-10-27 02:00:00 CEST"
    assert read_policy("hourly").due(first) == first + 3600.0
    assert read_policy("hourly").due(first + 3600.0) == first + 7200.0


def test_a_size_knows_no_time() -> None:
    policy = read_policy("1.megabyte")
    assert policy.due(at("2019-01-01 12:34:56")) == math.inf
    assert policy.suffix(at("2019-01-01 12:34:56")) == "-20190101-123456"
    assert read_policy("never").due(0.0) == read_policy("sighup").due(0.0) == math.inf


@pytest.mark.parametrize("zone", [BERLIN, INDIA, NO_MIDNIGHT], indirect=True)
@pytest.mark.parametrize("text", ["hourly", "daily", "weekly(1)", "weekly(2)"])
@given(begun=st.floats(1.5e9, 1.7e9))
@pytest.mark.usefixtures("zone")
def test_the_end_is_always_ahead_and_then_ahead_again(text: str, begun: float) -> None:
    policy = read_policy(text)
    due = policy.due(begun)
    most = {"hourly": 3600, "daily": 25 * 3600}.get(text, 169 * 3600)
    assert begun < due <= begun + most + 1
    assert policy.due(due) > due


@pytest.mark.parametrize("zone", [NO_MIDNIGHT], indirect=True)
@pytest.mark.usefixtures("zone")
def test_a_midnight_that_does_not_exist() -> None:
    due = read_policy("daily").due(at("2017-10-14 12:00:00"))
    assert local(due) == "2017-10-15 01:00:00 BRST"
