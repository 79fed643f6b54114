"""When an access log begins a new file, and what the finished one is called.

In comes the text of `httpAccessLogRollPolicy`, and later the time a file was begun; out come the
time it ends, its greatest size, and the suffix of its name. The texts and the suffixes are those of
Finagle's `com.twitter.logging`, the time zone is the local one. Pure, but for the time zone.
"""

from __future__ import annotations

import math
import re
import time

import attrs

NEVER = "never"
HOURLY = "hourly"
DAILY = "daily"
WEEKLY = "weekly"
SIGHUP = "sighup"
SIZE = "size"

WEEKDAY = re.compile(r"weekly\(([1-7])\)")
AMOUNT = re.compile(r"([0-9]{1,19})\.(byte|kilobyte|megabyte|gigabyte|terabyte|petabyte)s?")
UNITS = ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte")
EXPECTED = (
    "never, hourly, daily, weekly(n) with n from 1 (Sunday) to 7 (Saturday), sighup,"
    " or a size such as 3.megabytes"
)
SUFFIXES = {HOURLY: "%Y%m%d-%H", DAILY: "%Y%m%d", WEEKLY: "%Y%m%d", SIZE: "%Y%m%d-%H%M%S"}


@attrs.frozen
class RollPolicy:
    """One policy. `weekday` counts as Java does, from 1 for Sunday; `limit` is in bytes."""

    kind: str = NEVER
    weekday: int = 0
    limit: int = 0

    def renames(self) -> bool:
        """Whether finished files get another name, so that nobody else can write them."""
        return self.kind not in (NEVER, SIGHUP)

    def due(self, begun: float) -> float:
        """When a file that was begun then is finished, seconds since 1970; infinite if never."""
        local = time.localtime(begun)
        year, month, day = local.tm_year, local.tm_mon, local.tm_mday
        if self.kind == HOURLY:
            return math.floor(begun) - local.tm_min * 60 - local.tm_sec + 3600.0
        if self.kind == DAILY:
            day += 1
        elif self.kind == WEEKLY:
            today = (local.tm_wday + 1) % 7 + 1
            day += (self.weekday - today) % 7 or 7
        else:
            return math.inf
        due = time.mktime((year, month, day, 0, 0, 0, 0, 0, -1))
        # A midnight that a change of the clocks skips may be read as the hour before it.
        return due + 3600.0 if time.localtime(due).tm_hour == 23 else due

    def suffix(self, begun: float) -> str:
        """What the name of a finished file gets between its stem and its extension."""
        return "-" + time.strftime(SUFFIXES[self.kind], time.localtime(begun))


def read_policy(text: str) -> RollPolicy:
    """Read a policy, in any case. Raises ValueError that says what is expected."""
    word = text.lower()
    if word in (NEVER, HOURLY, DAILY, SIGHUP):
        return RollPolicy(word)
    weekday = WEEKDAY.fullmatch(word)
    if weekday is not None:
        return RollPolicy(WEEKLY, weekday=int(weekday[1]))
    amount = AMOUNT.fullmatch(word)
    if amount is not None:
        limit = int(amount[1]) << 10 * UNITS.index(amount[2])
        if 0 < limit < 1 << 63:
            return RollPolicy(SIZE, limit=limit)
    raise ValueError(f"'{text}' is no roll policy; expected {EXPECTED}")


def misread(text: str) -> str | None:
    """Check the text of a policy, as an option's check does."""
    try:
        read_policy(text)
    except ValueError as error:
        return str(error)
    return None


__all__ = ["EXPECTED", "SIGHUP", "RollPolicy", "misread", "read_policy"]
