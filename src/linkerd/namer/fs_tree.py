"""The observed names below a directory, each kept up to date with the file system.

In: observers of names, events of the watcher, time. Out: for each name an `Activity` of what is
there. Owned by the fs namer. Only observed names are looked at, by a worker that blocks in our
place: at once when observed first, a moment after an event, and in any case every few seconds, so
that a lost event never leaves old data in effect.

One batch of looks is out at a time, of no more names than can be judged in a moment. Events that
arrive meanwhile wait for its end, since only then it is known which directories the names depend
on.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from twisted.logger import Logger

from linkerd._typing import override
from linkerd.name.activity import Activity, Observation, Pending, State, Var
from linkerd.namer.discovery import Discovery, Tally
from linkerd.namer.fs_beside import Beside
from linkerd.namer.fs_look import (
    ADDRESSES,
    Look,
    Reader,
    Segments,
    Shape,
    look,
)
from linkerd.namer.fs_settle import Settling
from linkerd.watch.inotify import MODIFY, kind_of
from linkerd.watch.watches import Blind, Watcher, Watches

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

    from linkerd.runtime import Runtime
    from linkerd.watch.way import Signature, Watch
    from linkerd.watch.worker import Worker

log = Logger()

SOON = 0.005
"""Seconds from an event to the look, so that the events of one change cause one look."""

WRITING = 0.02
"""The same after a write to a file that has not been closed: its end is near and better."""

HOLD = 0.04
"""Seconds between a doubtful look and the second one."""

GAP = 0.03
"""Seconds between two looks at one name, however fast it changes."""

NET = 5.0
"""Seconds between looks for events that were lost."""

POLL = 1.0
"""The same where directories cannot be watched."""

HUNG = 5.0
"""Seconds without an answer after which the file system counts as failed."""

MAX_BATCH = 250
"""Names looked at in one batch: to learn what was seen of them takes a few milliseconds."""

MAX_EVENTS = 4096
"""Events kept during a batch; more count as lost."""


class Node:
    """One observed name."""

    def __init__(self, tally: Tally, tree: FsTree, segments: Segments) -> None:
        self.segments = segments
        self.discovery: Discovery[Shape] = Discovery(
            tally, partial(tree.begin, self), partial(tree.end, self)
        )
        self.settling = Settling()
        self.signature: Signature | None = None
        self.steady = False
        """Whether two looks in a row saw the same signature: one may be too coarse to tell."""
        self.looked = float("-inf")

    def known(self) -> Signature | None:
        """Give the signature whose file need not be read again, if that is certain."""
        return self.signature if self.steady and self.settling.first is None else None


class FsTree:
    """The observed names of one root directory; `reader` tells how its files are read."""

    def __init__(
        self,
        runtime: Runtime,
        tally: Tally,
        root: bytes,
        worker: Worker,
        reader: Reader = ADDRESSES,
    ) -> None:
        self.root = root
        self._reader = reader
        self._beside = Beside(runtime.clock)
        self.nodes: dict[Segments, Node] = {}
        self._runtime = runtime
        self.tally = tally
        self._worker = worker
        self.watches: Watches[Node] = Watches(Blind())
        self._due: dict[Node, float] = {}
        self._cheap: set[Node] = set()
        self._timer: Any = None
        self._wake = float("inf")
        """When the timer ends."""
        self._net: Any = None
        self._out: float | None = None
        self._events: list[tuple[int, int, bytes]] = []
        self._lost = False
        self.last_event: tuple[str, str, float] | None = None
        self._closed = False

    def watch_with(self, watcher: Watcher) -> None:
        """Use a watcher; its events come in by `event`. Before the first observer."""
        self.watches = Watches(watcher)

    def state(self) -> dict[str, Any]:
        """Describe for the admin page how changes are noticed, and the last of them."""
        kind, name, at = self.last_event or (None, None, None)
        return {
            "events": {
                "lastEventKind": kind,
                "lastEventName": name,
                "lastEventAt": self.tally.text(at),
            },
            "watching": "polling" if self._polls else "inotify",
        }

    @property
    def _polls(self) -> bool:
        return self.watches.blind or isinstance(self.watches.watcher, Blind)

    def at(self, segments: Segments) -> Activity[Shape]:
        """Give what is at `segments`, as it changes."""
        return _At(self, segments)

    def node(self, segments: Segments) -> Node:
        """Give the node of a name that is about to be observed."""
        node = self.nodes.get(segments)
        return Node(self.tally, self, segments) if node is None else node

    # Observers come and go

    def begin(self, node: Node) -> None:
        """A name is observed from now on: look at it at once."""
        if self._closed:
            return
        self.nodes[node.segments] = node
        node.discovery.begin()
        self._look_at(node, 0.0)
        if self._net is None:
            self._net = self._runtime.reactor.callLater(self._pause(), self._check)

    def end(self, node: Node) -> None:
        """A name is no longer observed."""
        self.nodes.pop(node.segments, None)
        self._due.pop(node, None)
        self._cheap.discard(node)
        self.watches.forget(node)
        node.discovery.end()
        if self._out is None:
            self.watches.sweep()

    # Something may have changed

    def event(self, watch: int, mask: int, name: bytes) -> None:
        """The watcher saw something."""
        self.last_event = (kind_of(mask), name.decode("utf-8", "replace"), self._runtime.clock())
        if self._out is None:
            self._concern(watch, mask, name)
        elif len(self._events) < MAX_EVENTS:
            self._events.append((watch, mask, name))
        else:
            self._lost = True

    def _concern(self, watch: int, mask: int, name: bytes) -> None:
        for node in self.watches.concerned(watch, mask, name):
            node.settling.disturbed = True
            self._cheap.discard(node)
            self._look_at(node, WRITING if mask & MODIFY else SOON)

    def _check(self) -> None:
        """Look at everything once more, in case an event was lost."""
        self._net = None
        if self._closed or not self.nodes:
            return
        now = self._runtime.clock()
        if self._out is not None and now - self._out > HUNG:
            for node in tuple(self.nodes.values()):
                node.discovery.failed(
                    f"the file system has not answered for {now - self._out:.0f} s"
                )
        for node in self.nodes.values():
            if node not in self._due:
                self._cheap.add(node)
                self._look_at(node, 0.0)
        self._net = self._runtime.reactor.callLater(self._pause(), self._check)

    def _hasten(self) -> None:
        """Something turned out not to be watchable: do not wait for a check that is seconds off."""
        if self._net.getTime() - self._runtime.reactor.seconds() > POLL:
            self._net.reset(POLL)

    def _pause(self) -> float:
        return POLL if self._polls else NET

    # Looking

    def _look_at(self, node: Node, wait: float) -> None:
        due = max(self._runtime.clock() + wait, node.looked + GAP)
        if due < self._due.get(node, float("inf")):
            self._due[node] = due
            self._wake_at(due)

    def _wake_at(self, due: float) -> None:
        """Send out a batch at that time, if nothing is out and none is sent before."""
        if self._out is not None or due >= self._wake:
            return
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._wake = due
        wait = max(0.0, due - self._runtime.clock())
        self._timer = self._runtime.reactor.callLater(wait, self._send)

    def _schedule(self) -> None:
        if self._due:
            self._wake_at(min(self._due.values()))

    def _send(self) -> None:
        """Send out a batch: the names that are due."""
        self._wake = float("inf")
        now = self._runtime.clock()
        due = (node for node, due in self._due.items() if due <= now + SOON / 2)
        batch = list(islice(due, MAX_BATCH))
        if not batch:
            self._schedule()
            return
        asked = []
        for node in batch:
            del self._due[node]
            asked.append((node.segments, node.known() if node in self._cheap else None))
            self._cheap.discard(node)
        self._out = now
        answer = self._worker.ask(
            partial(
                _look_all, self.root, asked, self.watches.watcher.add, self._reader, self._beside
            )
        )
        answer.addCallbacks(self._seen, self._broken, callbackArgs=(batch,), errbackArgs=(batch,))

    def _seen(self, looks: list[Look], batch: list[Node]) -> None:
        if self._closed:
            return
        now = self._runtime.clock()
        observed = []
        for node, seen in zip(batch, looks, strict=True):
            if self.nodes.get(node.segments) is node:
                node.looked = now
                self.watches.learn(node, seen)
                observed.append((node, seen))
            else:  # nobody waits for it any more
                self.watches.note(seen)
        self._returned()
        for node, seen in observed:
            if node.discovery.running:
                try:
                    self._judge(node, seen)
                except Exception:  # of an observer; the other names have their own
                    log.failure("an observer of a name failed")
        self._schedule()

    def _broken(self, failure: Failure, batch: list[Node]) -> None:
        """The look itself went wrong: the names are told, and looked at with the next check."""
        if self._closed:
            return
        self._returned()
        for node in batch:
            node.discovery.failed(failure.getErrorMessage())
        self._schedule()

    def _returned(self) -> None:
        """A batch is back: let go of what is not needed, then see to the events of the meantime."""
        self._out = None
        self.watches.sweep()
        if self._polls and self._net is not None:
            self._hasten()
        events, self._events = self._events, []
        for watch, mask, name in events:
            self._concern(watch, mask, name)
        if self._lost:
            self._lost = False
            for node in self.nodes.values():
                self._look_at(node, SOON)

    def _judge(self, node: Node, seen: Look) -> None:
        """Believe what was seen, or look again."""
        node.steady = node.signature == seen.signature
        node.signature = seen.signature
        if seen.same:
            if node.discovery.value is not None and not node.discovery.why:
                return
            node.steady = False  # after a failure the file is read even if it has not changed
            self._look_at(node, HOLD)
        elif not node.settling.believe(node.discovery.value, seen):
            self._look_at(node, HOLD)
        elif seen.shape is None:
            node.discovery.failed(seen.error)
        else:
            node.discovery.ok(seen.shape)

    def close(self) -> None:
        """Stop all of it."""
        self._closed = True
        for timer in (self._timer, self._net):
            if timer is not None and timer.active():
                timer.cancel()
        self._worker.close()
        self.watches.close()


def _look_all(
    root: bytes,
    asked: list[tuple[Segments, Signature | None]],
    watch: Watch,
    reader: Reader,
    beside: Beside,
) -> list[Look]:
    return [look(root, segments, watch, known, reader, beside) for segments, known in asked]


class _At(Var[State[Shape]]):
    """What is at one name; a node exists for as long as somebody observes it."""

    def __init__(self, tree: FsTree, segments: Segments) -> None:
        self._tree = tree
        self._segments = segments

    @override
    def observe(self, see: Callable[[State[Shape]], None]) -> Observation:
        """Begin looking, if nobody has."""
        return self._tree.node(self._segments).discovery.state.observe(see)

    @override
    def sample(self) -> State[Shape]:
        """Give what is known now."""
        node = self._tree.nodes.get(self._segments)
        return Pending() if node is None else node.discovery.state.sample()


__all__ = ["FsTree", "Node"]
