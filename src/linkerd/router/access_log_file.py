"""The file of an access log: appended to, rolled by its policy, opened again when asked to.

In come whole lines with their times; out go files, of which rolled ones keep every line, and an
`Outcome` that says what could not be done. Nothing here waits for anybody or logs: it is called on
a thread, by one caller at a time, and owned by the `AccessLog`.
"""

from __future__ import annotations

import math
import os
import re
import stat
import sys
from typing import TYPE_CHECKING, NamedTuple, Protocol, TextIO

from twisted.logger import LoggingFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.router.access_log_policy import RollPolicy

STAMP = r"(-[0-9]{8}(?:-[0-9]{2}(?:[0-9]{4})?)?)(?:\.([0-9]+))?"


class Outcome(NamedTuple):
    """What came of a batch: how many lines were lost, and the last trouble or ""."""

    lost: int
    trouble: str


class Sink(Protocol):
    """Where lines go."""

    def open(self, append: bool, now: float) -> None:
        """Begin; raises OSError."""

    def write(self, lines: Sequence[tuple[float, bytes]], again: bool) -> Outcome:
        """Write lines, each with its time; `again` opens the file anew before."""

    def close(self) -> None:
        """End."""


class LogFile:
    """A file that keeps `keep` rolled ones beside it, or all of them if that is negative.

    The file is always open: where a new one cannot be had, the old one goes on.
    """

    def __init__(self, path: str, policy: RollPolicy, keep: int) -> None:
        self.path = os.path.abspath(path)
        self.stem, self.extension = os.path.splitext(self.path)
        self.policy = policy
        self.keep = keep
        self.fd = -1
        self.size = 0
        self.limit = 0
        self.begun = 0.0
        self.due = math.inf
        self.torn = False
        self.wanted = False
        self.trouble = ""

    def open(self, append: bool, now: float) -> None:
        """Open the file, emptied unless `append`. Raises OSError.

        Lines of an earlier run end with the period in which they were written, not with ours.
        """
        self.take(0 if append else os.O_TRUNC, now)

    def take(self, flags: int, now: float) -> None:
        """Open the file and leave the one before. Raises OSError, and then nothing changes."""
        flags |= os.O_WRONLY | os.O_CREAT | os.O_APPEND
        fd = os.open(self.path, flags, 0o666)
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = fd
        self.torn = False
        self.wanted = False
        status = os.fstat(fd)
        self.size = status.st_size
        self.begun = min(status.st_mtime, now) if status.st_size else now
        # Only a file can be renamed: it may be a device or a pipe.
        regular = stat.S_ISREG(status.st_mode)
        self.due = self.policy.due(self.begun) if regular else math.inf
        self.limit = self.policy.limit if regular else 0

    def write(self, lines: Sequence[tuple[float, bytes]], again: bool) -> Outcome:
        """Write lines, each into the file that it belongs into by its time or its size."""
        self.trouble = ""
        self.wanted = self.wanted or again
        if self.wanted:
            self.reopen(lines[0][0] if lines else self.begun)
        if self.limit:
            # Somebody else may have cut the file off.
            self.size = os.fstat(self.fd).st_size
        lost = 0
        pending: list[bytes] = []
        size = self.size
        rolls = True
        for when, line in lines:
            full = self.limit and size and size + len(line) > self.limit
            if rolls and (full or when >= self.due):
                lost += self.put(pending)
                pending = []
                rolls = self.roll(when)
                size = self.size
            pending.append(line)
            size += len(line)
        lost += self.put(pending)
        return Outcome(lost, self.trouble)

    def put(self, lines: list[bytes]) -> int:
        """Append lines to the file that is open; gives how many of them are lost."""
        if not lines:
            return 0
        # What a full disk left of a line is not to be continued by another.
        data = b"".join([b"\n", *lines] if self.torn else lines)
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self.fd, left) :]
        except OSError as error:
            self.trouble = error.strerror or str(error)
        done = len(data) - len(left)
        self.size += done
        lost = bytes(left).count(b"\n")
        if not done:
            return lost - self.torn
        self.torn = data[done - 1 : done] != b"\n"
        return lost

    def reopen(self, now: float) -> None:
        """Leave the file to whoever moved it away and begin a new one, or try again later."""
        try:
            self.take(0, now)
        except OSError as error:
            self.wanted = True
            self.trouble = error.strerror or str(error)

    def roll(self, now: float) -> bool:
        """Give the file its final name and begin another; False: go on with the old one."""
        try:
            os.rename(self.path, self.free_name())
        except FileNotFoundError:
            pass
        except OSError as error:
            self.trouble = error.strerror or str(error)
            return False
        self.reopen(now)
        self.remove_old()
        return not self.wanted

    def rolled(self) -> list[tuple[str, int, str]]:
        """The files that were rolled, oldest first: stamp, number, path."""
        folder, stem = os.path.split(self.stem)
        pattern = re.compile(re.escape(stem) + STAMP + re.escape(self.extension))
        found = [match for name in os.listdir(folder) if (match := pattern.fullmatch(name))]
        return sorted((m[1], int(m[2] or 0), os.path.join(folder, m[0])) for m in found)

    def free_name(self) -> str:
        """A name for the finished file that no other file has, and that comes after them."""
        stamp = self.policy.suffix(self.begun)
        taken = [number for each, number, _ in self.rolled() if each == stamp]
        another = f".{taken[-1] + 1}" if taken else ""
        return self.stem + stamp + another + self.extension

    def remove_old(self) -> None:
        """Delete the oldest of the rolled files that are too many."""
        if self.keep < 0:
            return
        try:
            files = self.rolled()
            for _, _, path in files[: max(0, len(files) - self.keep)]:
                os.unlink(path)
        except OSError as error:
            self.trouble = error.strerror or str(error)

    def close(self) -> None:
        """Close the file."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


class StandardOutput:
    """Standard output, which is neither rolled nor closed."""

    def __init__(self) -> None:
        self.stream: TextIO = sys.stdout

    def open(self, append: bool, now: float) -> None:
        """Find standard output itself, in whose place twistd puts its log."""
        if isinstance(sys.stdout, LoggingFile) and sys.__stdout__ is not None:
            self.stream = sys.__stdout__
        else:
            self.stream = sys.stdout

    def write(self, lines: Sequence[tuple[float, bytes]], again: bool) -> Outcome:
        """Write lines among what else is printed."""
        try:
            self.stream.write(b"".join([line for _, line in lines]).decode("utf-8"))
            self.stream.flush()
        except OSError as error:
            return Outcome(len(lines), error.strerror or str(error))
        return Outcome(0, "")

    def close(self) -> None:
        """Leave it open: it is not ours."""


__all__ = ["LogFile", "Outcome", "Sink", "StandardOutput"]
