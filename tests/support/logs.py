"""What was logged while a block ran."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from twisted.logger import LogEvent, formatEvent, globalLogPublisher

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def logged() -> Iterator[list[str]]:
    """Give the list of lines, "level: text", which grows as they come; debug is left out."""
    lines: list[str] = []

    def see(event: LogEvent) -> None:
        level = getattr(event.get("log_level"), "name", "")
        if level != "debug":
            lines.append(f"{level}: {formatEvent(event)}")

    globalLogPublisher.addObserver(see)
    try:
        yield lines
    finally:
        globalLogPublisher.removeObserver(see)


__all__ = ["logged"]
