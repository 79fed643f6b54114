"""The way to a file, link by link, with every directory on it watched.

In: a directory, the segments of a name below it, and a function that has a directory watched. Out:
a `Way`: the entries that the name depends on, which tell the events that concern it. Blocks;
touches nothing but the file system.

Links are followed one at a time, and every directory is watched before anything in it is read. So
whatever changes afterwards, be it the target of a link or a whole directory, is an event.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

Signature: TypeAlias = tuple[int, ...]
"""Device, inode, size and times of what a name leads to; empty if that is nothing."""

Watch: TypeAlias = Callable[[bytes], int | None]
"""Has a directory watched and gives the watch's number, or None if that is not possible."""

MAX_LINKS = 40
"""Links followed for one name (Linux's own limit)."""


class Step(NamedTuple):
    """An entry that the way to a file depends on: a directory without links, and a name in it."""

    directory: bytes
    name: bytes


@attrs.define
class Way:
    """What was passed: entries, watched directories, and the last of these."""

    directory: bytes = attrs.field(default=b"", kw_only=True)
    steps: set[Step] = attrs.field(factory=set, kw_only=True)
    watches: dict[bytes, int | None] = attrs.field(factory=dict, kw_only=True)

    def walk(
        self, root: bytes, segments: Sequence[bytes], watch: Watch
    ) -> tuple[bytes, os.stat_result]:
        """Go to `segments` below `root`; give the path without links and its status.

        Raises OSError where the way ends; what was passed before is noted all the same.
        """
        above, own = os.path.split(os.path.abspath(root))
        here = os.path.realpath(above)
        waiting = [*reversed(segments), own]
        links = 0
        status = os.lstat(here)
        while waiting:
            name = waiting.pop()
            if name in (b"", b"."):
                continue
            if name == b"..":
                here = os.path.dirname(here)
                status = os.lstat(here)
                continue
            if here not in self.watches:
                self.watches[here] = watch(here)
            self.directory = here
            self.steps.add(Step(here, name))
            path = os.path.join(here, name)
            status = os.lstat(path)
            if not stat.S_ISLNK(status.st_mode):
                here = path
                continue
            links += 1
            if links > MAX_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
            target = os.readlink(path)
            waiting += reversed(target.split(b"/"))
            if target.startswith(b"/"):
                here = b"/"
                status = os.lstat(here)
        return here, status


def signature_of(status: os.stat_result) -> Signature:
    """What tells a file from what it was before."""
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_mode,
    )


__all__ = ["MAX_LINKS", "Signature", "Step", "Watch", "Way", "signature_of"]
