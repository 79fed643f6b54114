"""Linkerd's log lines."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.zones import local_zone
from twisted.logger import LogLevel
from twisted.python.failure import Failure

from linkerd.logs import LEVELS, Lines, line

if TYPE_CHECKING:
    from collections.abc import Iterator

WHEN = 1546344000.5


@pytest.fixture(autouse=True)
def utc() -> Iterator[None]:
    """The time zone of the log's dates."""
    with local_zone("UTC"):
        yield


def event(**more: object) -> dict[str, object]:
    base = {
        "log_time": WHEN,
        "log_level": LogLevel.info,
        "log_namespace": "linkerd.client.client",
        "log_format": "{what} happened",
        "what": "it",
    }
    return base | more


def test_a_line() -> None:
    assert line(event()) == "I 0101 12:00:00.500 UTC linkerd.client.client: it happened\n"


@pytest.mark.parametrize(
    ("level", "letter"),
    [
        (LogLevel.debug, "D"),
        (LogLevel.info, "I"),
        (LogLevel.warn, "W"),
        (LogLevel.error, "E"),
        (LogLevel.critical, "E"),
    ],
)
def test_levels_have_letters(level: object, letter: str) -> None:
    assert line(event(log_level=level)).startswith(f"{letter} ")


def test_a_failure_brings_its_traceback_once() -> None:
    try:
        raise ValueError("deep")
    except ValueError:
        failure = Failure()
    text = line(event(log_failure=failure, log_format="it broke"))
    assert text.count("Traceback") == 1
    assert "ValueError: deep" in text
    text = line(event(log_failure=failure, log_format="it broke: {log_failure}"))
    assert text.count("deep") == 1


def test_every_word_of_linkerds_is_known() -> None:
    words = ["OFF", "FATAL", "CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG", "TRACE", "ALL"]
    assert list(LEVELS) == words


@pytest.mark.parametrize(
    ("level", "seen"), [("ALL", "DIWE"), ("info", "IWE"), ("ERROR", "E"), ("OFF", "")]
)
def test_log_to_keeps_to_the_level(level: str, seen: str) -> None:
    code = (
        "import sys; from linkerd.logs import log_to; from linkerd.logger import make_logger\n"
        f"log_to(sys.stdout, {level!r}); log = make_logger()\n"
        "log.debug('a'); log.info('b'); log.warn('c'); log.error('d')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert "".join(text[0] for text in done.stdout.splitlines()) == seen


def test_a_stream_is_flushed_line_by_line() -> None:
    stream = Stream()
    Lines(stream)(event())
    Lines(stream)(event())
    assert stream.getvalue().count("\n") == stream.flushed == 2


class Stream(io.StringIO):
    """Counts flushes."""

    flushed = 0

    def flush(self) -> None:
        self.flushed += 1
