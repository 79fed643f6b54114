"""Values of Linkerd 1's command-line flags.

In: the text after `=`. Out: a level's name or seconds; `argparse.ArgumentTypeError` with the text
for the user.
"""

from __future__ import annotations

from argparse import ArgumentTypeError

from linkerd.config.duration import read_duration

LEVELS = ("OFF", "FATAL", "CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG", "TRACE", "ALL")


def read_level(text: str) -> str:
    """Read a log level, in any case."""
    level = text.upper()
    if level not in LEVELS:
        raise ArgumentTypeError(f"Illegal log level: '{text}' (one of {', '.join(LEVELS)})")
    return level


def read_positive_duration(text: str) -> float:
    """Read a positive duration as Finagle prints it, `1.minute` or `1.minute+30.seconds`.

    The answer is in seconds.
    """
    try:
        seconds = read_duration(text)
    except ValueError:
        seconds = 0.0
    if seconds <= 0.0:
        raise ArgumentTypeError(f"'{text}' is not a duration such as 1.minute or 30.seconds")
    return seconds


__all__ = ["LEVELS", "read_level", "read_positive_duration"]
