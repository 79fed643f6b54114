"""Until when an answer is wanted, as it travels from proxy to proxy in `l5d-ctx-deadline` (pure).

In come the values of that header and times by the wall clock; out go a `Deadline`, how much is left
of it, and the field line that passes it on. Finagle's `Deadline`. Owned by the request's limit.
"""

from __future__ import annotations

import re

CTX_DEADLINE = re.compile(rb"\n(l5d-ctx-deadline):([^\r]*+)")
VALUE = re.compile(rb"([+-]?[0-9]{1,19}) ([+-]?[0-9]{1,19})(?: .*)?")
LARGEST = 2**63 - 1


class Deadline:
    """A deadline, and when it was set; both in nanoseconds since 1970."""

    __slots__ = ("deadline_ns", "timestamp_ns")

    def __init__(self, timestamp_ns: int, deadline_ns: int) -> None:
        self.timestamp_ns = timestamp_ns
        self.deadline_ns = deadline_ns

    def combined(self, other: Deadline) -> Deadline:
        """The sooner deadline, with the later of the times when they were set."""
        return Deadline(
            max(self.timestamp_ns, other.timestamp_ns), min(self.deadline_ns, other.deadline_ns)
        )

    def left_s(self, wall_s: float) -> float:
        """Seconds that are left; nobody gets more than there was when the deadline was set.

        So a sender whose clock is ahead of ours, and whose timestamp is still to come, cannot give
        more time than it has itself.
        """
        now_ns = max(int(wall_s * 1e9), self.timestamp_ns)
        return (self.deadline_ns - now_ns) / 1e9

    def line(self) -> bytes:
        """The field line that passes it on."""
        return b"l5d-ctx-deadline: %d %d\r\n" % (self.timestamp_ns, self.deadline_ns)


def within(wall_s: float, seconds: float) -> Deadline:
    """The deadline of what may take so many seconds from now on."""
    now_ns = int(wall_s * 1e9)
    return Deadline(now_ns, now_ns + round(seconds * 1e9))


def received(values: list[bytes]) -> Deadline | None:
    """What all the values of the header say together; those that cannot be read say nothing."""
    found = None
    for value in values:
        match = VALUE.fullmatch(value)
        if match is None:
            continue
        one = Deadline(int(match[1]), int(match[2]))
        if max(abs(one.timestamp_ns), abs(one.deadline_ns)) <= LARGEST:
            found = one if found is None else found.combined(one)
    return found


__all__ = ["CTX_DEADLINE", "Deadline", "received", "within"]
