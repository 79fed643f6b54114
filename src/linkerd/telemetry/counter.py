"""A number that only grows.

Whoever counts adds to `value` directly, which is the cheapest thing Python can do; exporters read
it. A counter lives in one node of the metrics tree (`linkerd.telemetry.metrics`).

HOT: this module compiles as it stands.
"""

from __future__ import annotations


class Counter:
    """A cumulative count; `value += n` is its whole interface."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0


__all__ = ["Counter"]
