"""Durations as Twitter writes them: `5.seconds`, `1.minute+30.seconds`.

A text of a query or of a command line flag comes in, seconds go out. So do the milliseconds of
keys.
"""

from __future__ import annotations

import re

_UNITS = {
    "nanosecond": 1e-9,
    "microsecond": 1e-6,
    "millisecond": 1e-3,
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86400.0,
}
_TERM = re.compile(r"\s*([0-9]{1,12})\s*\.?\s*([a-z]+?)s?\s*")


def read_duration(text: str) -> float:
    """Give the seconds of a sum of terms `NUMBER.UNIT`. Raises ValueError."""
    return sum([_term(term) for term in text.lower().split("+")])


def limit_s(milliseconds: int | None) -> float:
    """A limit in seconds; 0.0, which is none, if it is not set."""
    return (milliseconds or 0) / 1000.0


def _term(term: str) -> float:
    found = _TERM.fullmatch(term)
    if found is None or found[2] not in _UNITS:
        raise ValueError(f"{term!r} is not a duration such as 5.seconds")
    return int(found[1]) * _UNITS[found[2]]


__all__ = ["limit_s", "read_duration"]
