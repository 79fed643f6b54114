"""The real inotify on a directory of the test's own.

Nothing sleeps: a test makes a change and waits for its event.
"""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path as FilePath
from typing import Any

import pytest
from twisted.internet import defer, error, task
from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface.verify import verifyObject

from linkerd.watch import inotify as module
from linkerd.watch.inotify import (
    ATTRIB,
    CLOSE_WRITE,
    CREATE,
    DELETE,
    DELETE_SELF,
    IGNORED,
    MODIFY,
    MOVE_SELF,
    MOVED_FROM,
    MOVED_TO,
    OVERFLOW,
    UNMOUNT,
    Inotify,
    kind_of,
    open_inotify,
)

IS_DIRECTORY = 0x40000000


@pytest.mark.parametrize(
    ("mask", "kind"),
    [
        (MODIFY, "modify"),
        (ATTRIB, "attrib"),
        (CLOSE_WRITE, "close_write"),
        (MOVED_FROM, "moved_from"),
        (MOVED_TO, "moved_to"),
        (CREATE | IS_DIRECTORY, "create"),
        (DELETE, "delete"),
        (DELETE_SELF, "delete_self"),
        (MOVE_SELF, "move_self"),
        (UNMOUNT, "unmount"),
        (OVERFLOW, "overflow"),
        (IGNORED, "ignored"),
        (IS_DIRECTORY, "unknown"),
        (0, "unknown"),
    ],
)
def test_kinds(mask: int, kind: str) -> None:
    assert kind_of(mask) == kind


class Descriptor(TestCase):
    timeout = 20

    def setUp(self) -> None:
        from twisted.internet import reactor

        self.reactor: Any = reactor
        self.events: list[tuple[int, int, bytes]] = []
        self.waiting: list[tuple[int, defer.Deferred[None]]] = []
        inotify = open_inotify(reactor, self.see)
        assert inotify is not None
        self.inotify: Inotify = inotify
        self.addCleanup(inotify.close)
        self.root = FilePath(self.mktemp()).absolute()
        self.root.mkdir(parents=True)

    def see(self, watch: int, mask: int, name: bytes) -> None:
        self.events.append((watch, mask, name))
        for wanted, deferred in self.waiting[:]:
            if mask & wanted:
                self.waiting.remove((wanted, deferred))
                deferred.callback(None)

    def event(self, mask: int) -> defer.Deferred[None]:
        deferred: defer.Deferred[None] = defer.Deferred()
        self.waiting.append((mask, deferred))
        return deferred

    def watch(self, *names: str) -> int:
        number = self.inotify.add(os.fsencode(self.root.joinpath(*names)))
        assert number is not None
        return number

    def seen(self) -> list[tuple[str, bytes]]:
        """Give kind and name of each event."""
        return [(kind_of(mask), name) for _, mask, name in self.events]

    async def test_events_have_watch_kind_and_name(self) -> None:
        number = self.watch()
        closed = self.event(CLOSE_WRITE)
        (self.root / "web").write_text("x")
        await closed
        self.assertEqual({watch for watch, _, _ in self.events}, {number})
        self.assertEqual(
            self.seen(), [("create", b"web"), ("modify", b"web"), ("close_write", b"web")]
        )

    async def test_every_kind_of_change_is_an_event(self) -> None:
        web, other = self.root / "web", self.root / "other"
        web.write_text("x")
        self.watch()
        deleted = self.event(DELETE)
        web.chmod(0o600)
        web.rename(other)
        other.unlink()
        await deleted
        self.assertEqual(
            self.seen(),
            [
                ("attrib", b"web"),
                ("moved_from", b"web"),
                ("moved_to", b"other"),
                ("delete", b"other"),
            ],
        )

    async def test_names_of_all_lengths(self) -> None:
        """The kernel fills a name up with zeros to a multiple of the head's length."""
        self.watch()
        names = [b"x" * length for length in (1, 15, 16, 17, 254, 255)] + [b"\xff \xe4"]
        deleted = self.event(DELETE)
        for name in names:
            os.mkdir(os.path.join(os.fsencode(self.root), name))
        os.rmdir(os.path.join(os.fsencode(self.root), names[0]))
        await deleted
        self.assertEqual(self.seen(), [("create", name) for name in names] + [("delete", names[0])])

    async def test_more_events_than_one_read_takes(self) -> None:
        self.watch()
        deleted = self.event(DELETE)
        names = [f"{number:0200}" for number in range(600)]
        for name in names:
            (self.root / name).mkdir()
        (self.root / names[0]).rmdir()
        await deleted
        self.assertEqual([name.decode() for _, _, name in self.events], [*names, names[0]])

    async def test_one_directory_has_one_number_whatever_its_path(self) -> None:
        (self.root / "a").mkdir()
        os.symlink("a", self.root / "link")
        number = self.watch("a")
        self.assertEqual(self.watch("a"), number)
        self.assertEqual(self.watch("link"), number)
        self.assertNotEqual(self.watch(), number)

    async def test_a_directory_that_moves_says_so_itself(self) -> None:
        (self.root / "a").mkdir()
        number = self.watch("a")
        moved = self.event(MOVE_SELF)
        (self.root / "a").rename(self.root / "b")
        await moved
        self.assertEqual([(watch, name) for watch, _, name in self.events], [(number, b"")])

    async def test_a_deleted_directory_does_not_end_the_others(self) -> None:
        (self.root / "gone").mkdir()
        stays, gone = self.watch(), self.watch("gone")
        ignored = self.event(IGNORED)
        (self.root / "gone").rmdir()
        await ignored
        own = [kind_of(mask) for watch, mask, _ in self.events if watch == gone]
        self.assertEqual(own, ["delete_self", "ignored"])
        created = self.event(CREATE)
        (self.root / "web").write_text("x")
        await created
        self.assertEqual(self.events[-1][0], stays)

    async def test_a_removed_watch_has_no_more_events(self) -> None:
        (self.root / "a").mkdir()
        removed, kept = self.watch("a"), self.watch()
        ignored = self.event(IGNORED)
        self.inotify.remove(removed)
        await ignored
        created = self.event(CREATE)
        (self.root / "a" / "unseen").mkdir()
        (self.root / "seen").mkdir()
        await created
        self.assertEqual(self.seen(), [("ignored", b""), ("create", b"seen")])
        self.assertEqual([watch for watch, _, _ in self.events], [removed, kept])

    def test_what_is_no_directory_cannot_be_watched(self) -> None:
        (self.root / "file").write_text("")
        for name in ("file", "none"):
            self.assertIsNone(self.inotify.add(os.fsencode(self.root / name)))

    def test_a_removed_watch_and_a_closed_descriptor_do_no_harm(self) -> None:
        number = self.watch()
        self.inotify.remove(number)
        self.inotify.remove(number)
        self.inotify.close()
        self.inotify.close()
        self.inotify.remove(number)
        self.assertIsNone(self.inotify.add(os.fsencode(self.root)))

    def test_close_gives_the_descriptor_back(self) -> None:
        descriptor = self.inotify.fileno()
        self.assertIn(self.inotify, self.reactor.getReaders())
        self.inotify.close()
        self.assertNotIn(self.inotify, self.reactor.getReaders())
        self.assertEqual(self.inotify.fileno(), -1)
        with self.assertRaises(OSError) as caught:
            os.fstat(descriptor)
        self.assertEqual(caught.exception.errno, errno.EBADF)

    def test_a_lost_descriptor_is_closed(self) -> None:
        self.inotify.connectionLost(Failure(error.ConnectionDone()))
        self.assertEqual(self.inotify.fileno(), -1)
        self.assertNotIn(self.inotify, self.reactor.getReaders())

    def test_is_what_the_reactor_reads(self) -> None:
        verifyObject(IReadDescriptor, self.inotify)
        self.assertEqual(self.inotify.logPrefix(), "inotify")

    def test_nothing_to_read_is_no_error(self) -> None:
        self.inotify.doRead()
        self.assertEqual(self.events, [])

    def test_the_descriptor_is_not_inherited(self) -> None:
        self.assertFalse(os.get_inheritable(self.inotify.fileno()))
        self.assertFalse(os.get_blocking(self.inotify.fileno()))

    def test_the_error_of_the_system_call_is_raised(self) -> None:
        with self.assertRaises(OSError) as caught:
            Inotify(task.Clock(), NoneLeft(), self.see)
        self.assertEqual(caught.exception.errno, errno.EMFILE)

    def test_the_kernels_own_error_is_raised(self) -> None:
        self.patch(os, "O_NONBLOCK", 1 << 30)  # a flag that it does not know
        with self.assertRaises(OSError) as caught:
            Inotify(self.reactor, module._bind(), self.see)
        self.assertEqual(caught.exception.errno, errno.EINVAL)

    def test_none_where_the_limit_is_reached(self) -> None:
        self.patch(module, "_bind", NoneLeft)
        readers = self.reactor.getReaders()
        self.assertIsNone(open_inotify(self.reactor, self.see))
        self.assertEqual(self.reactor.getReaders(), readers)

    def test_none_where_the_system_has_no_such_calls(self) -> None:
        self.patch(ctypes, "CDLL", lambda name, use_errno: object())
        self.assertIsNone(open_inotify(self.reactor, self.see))

    def test_none_where_the_reactor_cannot_wait_for_it(self) -> None:
        self.patch(module, "_bind", lambda: self.fail("a descriptor would be lost"))
        self.assertIsNone(open_inotify(task.Clock(), self.see))


class NoneLeft:
    """System calls that have no descriptor to give."""

    def inotify_init1(self, flags: int) -> int:
        ctypes.set_errno(errno.EMFILE)
        return -1
