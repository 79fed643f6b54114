"""Twitter's durations."""

from __future__ import annotations

import pytest

from linkerd.config.duration import read_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5.seconds", 5.0),
        ("1.second", 1.0),
        ("0.seconds", 0.0),
        ("250.milliseconds", 0.25),
        ("10.minutes", 600.0),
        ("1.minute+30.seconds", 90.0),
        ("1.Hour + 1.DAY", 90000.0),
        ("7.microseconds", 7e-6),
        ("7.nanoseconds", 7e-9),
    ],
)
def test_good(text: str, seconds: float) -> None:
    assert read_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "5s", "seconds", "5.s", "5.parsecs", "-5.seconds", "5.seconds+", "1.5.hours"]
)
def test_bad(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        read_duration(text)
