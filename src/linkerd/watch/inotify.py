"""Linux's inotify, in the reactor.

In: directories to watch. Out: events, as the kernel tells them: watch number, mask, name in the
directory. A namer owns one; it is one descriptor, however many directories are watched.

Twisted's `INotify` closes itself when a watched directory is deleted, confuses two paths of one
directory and does not load where there is no `ldconfig`; so the three system calls are bound here.
"""

from __future__ import annotations

import ctypes
import os
import struct
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IReactorFDSet, IReadDescriptor
from zope.interface import implementer

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

MODIFY, ATTRIB, CLOSE_WRITE = 0x2, 0x4, 0x8
MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x40, 0x80, 0x100, 0x200
DELETE_SELF, MOVE_SELF, UNMOUNT, OVERFLOW, IGNORED = 0x400, 0x800, 0x2000, 0x4000, 0x8000
_ONLYDIR = 0x01000000

_MASK = (
    MODIFY | ATTRIB | CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE
    | DELETE_SELF | MOVE_SELF | _ONLYDIR
)  # fmt: skip

KINDS = {
    MODIFY: "modify",
    ATTRIB: "attrib",
    CLOSE_WRITE: "close_write",
    MOVED_FROM: "moved_from",
    MOVED_TO: "moved_to",
    CREATE: "create",
    DELETE: "delete",
    DELETE_SELF: "delete_self",
    MOVE_SELF: "move_self",
    UNMOUNT: "unmount",
    OVERFLOW: "overflow",
    IGNORED: "ignored",
}

_HEAD = struct.Struct("=iIII")
_READ = 1 << 16


def kind_of(mask: int) -> str:
    """Name an event as inotify(7) does, in lower case."""
    return next((kind for bit, kind in KINDS.items() if mask & bit), "unknown")


@implementer(IReadDescriptor)
class Inotify:
    """One inotify descriptor. `see(watch, mask, name)` is called for each event."""

    def __init__(self, reactor: Any, libc: Any, see: Callable[[int, int, bytes], None]) -> None:
        self._reactor = reactor
        self._libc = libc
        self._see = see
        self._descriptor: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        reactor.addReader(self)

    def add(self, directory: bytes) -> int | None:
        """Watch a directory and give the watch's number; the same directory gives the same number.

        None if it cannot be watched: it is gone or not readable, or there are too many watches.
        May be called from any thread, and may block as the directory's file system does.
        """
        if self._descriptor < 0:
            return None
        number: int = self._libc.inotify_add_watch(self._descriptor, directory, _MASK)
        return number if number >= 0 else None

    def remove(self, watch: int) -> None:
        """Watch no more; a number no longer in use does no harm."""
        if self._descriptor >= 0:
            self._libc.inotify_rm_watch(self._descriptor, watch)

    def close(self) -> None:
        """Give the descriptor back."""
        if self._descriptor >= 0:
            self._reactor.removeReader(self)
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def fileno(self) -> int:
        """Tell the reactor what to wait for."""
        return self._descriptor

    def doRead(self) -> None:  # noqa: N802 - IReadDescriptor
        """Take the events that are there; the reactor calls again if there are more."""
        try:
            data = os.read(self._descriptor, _READ)
        except BlockingIOError:
            return
        at = 0
        while at < len(data):
            watch, mask, _, size = _HEAD.unpack_from(data, at)
            at += _HEAD.size
            self._see(watch, mask, data[at : at + size].rstrip(b"\0"))
            at += size

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - IReadDescriptor
        """The reactor gives up the descriptor."""
        self.close()

    def logPrefix(self) -> str:  # noqa: N802 - IReadDescriptor
        """Name the reader in Twisted's log."""
        return "inotify"


def open_inotify(reactor: Any, see: Callable[[int, int, bytes], None]) -> Inotify | None:
    """Open a descriptor, or give None if system or reactor have none or the limit is reached."""
    if not IReactorFDSet.providedBy(reactor):
        return None
    try:
        return Inotify(reactor, _bind(), see)
    except (OSError, AttributeError):
        return None


def _bind() -> Any:
    """Bind the system calls. Raises AttributeError where there are none."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.inotify_init1.argtypes = [ctypes.c_int]
    libc.inotify_add_watch.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32]
    libc.inotify_rm_watch.argtypes = [ctypes.c_int, ctypes.c_int]
    return libc


__all__ = ["Inotify", "kind_of", "open_inotify"]
