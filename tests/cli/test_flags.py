from __future__ import annotations

from argparse import ArgumentTypeError

import pytest

from linkerd.cli.flags import LEVELS, read_level, read_positive_duration


@pytest.mark.parametrize("level", LEVELS)
def test_levels_in_any_case(level):
    assert read_level(level.lower()) == read_level(level.title()) == level


def test_another_level():
    with pytest.raises(ArgumentTypeError, match="Illegal log level: 'loud'"):
        read_level("loud")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1.minute", 60),
        ("30.seconds", 30),
        ("1.minute+30.seconds", 90),
        ("500.milliseconds", 0.5),
        ("2 Hours", 7200),
        ("1.day", 86400),
    ],
)
def test_durations(text, seconds):
    assert read_positive_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "60", "1.fortnight", "0.seconds", "-1.minute", "1.minute+", "1.5.minutes"]
)
def test_other_durations(text):
    with pytest.raises(ArgumentTypeError, match="is not a duration"):
        read_positive_duration(text)
