"""One look at one name below a directory, done in a worker's thread.

In: the root directory, the segments of a name, and a function that has a directory watched. Out: a
`Look`: what is there, how to know it again cheaply, and the steps of the way, which tell the events
that concern this name. Blocks; touches nothing but the file system.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import attrs

from linkerd.namer.fs_addresses import LIMIT, MalformedAddress, read_addresses
from linkerd.watch.way import Signature, Watch, Way, signature_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.name.addr import Address
    from linkerd.namer.endpoints import Target
    from linkerd.namer.fs_beside import Beside

Segments: TypeAlias = tuple[bytes, ...]

REST_S = 0.0001
"""Seconds that the reader of a long file leaves to the reactor's thread now and then.

Without, that thread would wait for the interpreter's lock up to five milliseconds at each call of
the system."""

_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}


@attrs.frozen
class Absent:
    """There is nothing of that name; `beside` are names in the directory where it might be."""

    beside: tuple[bytes, ...] = attrs.field(default=(), eq=False, repr=False)


@attrs.frozen
class Directory:
    """The name continues below."""


class Content:
    """What a file says to whoever reads it; equal to another that says the same."""

    __slots__ = ()

    @property
    def empty(self) -> bool:
        """Whether it says nothing, as a file does that is about to be written."""
        raise NotImplementedError


@attrs.frozen
class Listing(Content):
    """A file of addresses: those that are literals, and the hosts that must be looked up."""

    literal: frozenset[Address] = frozenset()
    named: tuple[Target, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.literal and not self.named


Shape: TypeAlias = Absent | Directory | Content


class Reader(NamedTuple):
    """How files are read.

    `limit` is how many bytes one may have; `understand` gives what they say, or the error. With
    `demanded` it is an error, too, if there is no file.
    """

    limit: int
    understand: Callable[[bytes], Content | str]
    demanded: bool = False


def _listing(content: bytes) -> Content | str:
    try:
        return Listing(*read_addresses(content, rest))
    except MalformedAddress as error:
        return str(error)


def rest() -> None:
    """Leave the interpreter to the reactor's thread for a moment."""
    time.sleep(REST_S)


ADDRESSES = Reader(LIMIT, _listing)


@attrs.define
class Look(Way):
    """What one look saw. Without `shape` it failed for `error`, or `same` as at the last look."""

    shape: Shape | None = None
    error: str = ""
    same: bool = False
    ended: bool = True
    """Whether the file's last line ends: if not, it may be half written."""
    signature: Signature = ()


def look(
    root: bytes,
    segments: Segments,
    watch: Watch,
    known: Signature | None = None,
    reader: Reader = ADDRESSES,
    beside: Beside | None = None,
) -> Look:
    """Look at `segments` below `root`; a file whose signature is `known` is not read again.

    With `beside` the names next to one that is not there are noted.
    """
    seen = Look()
    try:
        path, status = seen.walk(root, segments, watch)
        seen.signature = signature_of(status)
        if known is not None and known == seen.signature:
            seen.same = True
        elif stat.S_ISREG(status.st_mode):
            _read(path, seen, reader)
        elif stat.S_ISDIR(status.st_mode) and not reader.demanded:
            seen.shape = Directory()
        else:
            seen.error = "not a regular file"
    except OSError as error:
        if error.errno in _ABSENT and not reader.demanded:
            seen.signature = ()
            seen.shape = Absent(beside.names(seen.directory) if beside is not None else ())
        else:
            seen.error = error.strerror or str(error)
    return seen


def _read(path: bytes, seen: Look, reader: Reader) -> None:
    # Without O_NONBLOCK a pipe put there since would hold this thread up for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            seen.error = "not a regular file"
            return
        # Taken before reading: what is written meanwhile makes another signature.
        seen.signature = signature_of(status)
        content = bytearray()
        while len(content) <= reader.limit:
            piece = os.read(descriptor, reader.limit + 1 - len(content))
            if not piece:
                break
            content += piece
    finally:
        os.close(descriptor)
    if len(content) > reader.limit:
        seen.error = f"larger than {reader.limit // 1024} KB"
        return
    seen.ended = content.endswith(b"\n")
    found = reader.understand(bytes(content))
    if isinstance(found, str):
        seen.error = found
    else:
        seen.shape = found


__all__ = [
    "ADDRESSES",
    "Absent",
    "Content",
    "Directory",
    "Listing",
    "Look",
    "Reader",
    "Segments",
    "Shape",
    "look",
    "rest",
]
