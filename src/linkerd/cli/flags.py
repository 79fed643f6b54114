"""Values of Linkerd 1's command-line flags.

In: the text after `=`. Out: a level's name or seconds; `argparse.ArgumentTypeError` with the text
for the user.
"""

from __future__ import annotations

import re
from argparse import ArgumentTypeError

LEVELS = ("OFF", "FATAL", "CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG", "TRACE", "ALL")

_SECONDS = {
    "nanosecond": 1e-9,
    "microsecond": 1e-6,
    "millisecond": 1e-3,
    "second": 1.0,
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86400.0,
}
_TERM = re.compile(rf"\s*([0-9]{{1,12}})\s*\.?\s*({'|'.join(_SECONDS)})s?\s*", re.IGNORECASE)


def read_level(text: str) -> str:
    """Read a log level, in any case."""
    level = text.upper()
    if level not in LEVELS:
        raise ArgumentTypeError(f"Illegal log level: '{text}' (one of {', '.join(LEVELS)})")
    return level


def read_duration(text: str) -> float:
    """Read a positive duration as Finagle prints it, `1.minute` or `1.minute+30.seconds`.

    The answer is in seconds.
    """
    terms = [_TERM.fullmatch(term) for term in text.split("+")]
    seconds = sum(int(term[1]) * _SECONDS[term[2].lower()] for term in terms if term)
    if None in terms or seconds <= 0:
        raise ArgumentTypeError(f"'{text}' is not a duration such as 1.minute or 30.seconds")
    return seconds


__all__ = ["LEVELS", "read_duration", "read_level"]
