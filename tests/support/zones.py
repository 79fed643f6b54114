"""Local time zones for tests: a POSIX rule comes in, and holds until the block ends."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"


@contextmanager
def local_zone(rule: str) -> Iterator[None]:
    """Have this local time zone."""
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TZ", rule)
            time.tzset()
            yield
    finally:
        time.tzset()
