"""Groups of files that are followed: who reads them is told when any of them may have changed.

In: paths, events of the watcher, time. Out: a call per change of a group, in the reactor's thread;
what is in the files is for others to read. Owned by whoever holds files in use, one for all of
them.

All looking is done by a worker: some moments after an event, so that the events of one change cause
one look, and every few seconds in case an event was lost or cannot be had. The first look at a
group always counts as a change, for the files may have been changed since they were read.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from linkerd.logger import make_logger
from linkerd.watch.watches import Blind, Watcher, Watches
from linkerd.watch.way import Signature, Watch, Way, signature_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from linkerd.runtime import Runtime
    from linkerd.watch.worker import Worker

log = make_logger()

SOON_S = 0.05
"""From an event to the look."""

NET_S = 5.0
"""Between two looks for events that were lost."""

Seen: TypeAlias = tuple[Way, tuple[Signature, ...]]


class Group:
    """Files that are used together; `close` ends it."""

    def __init__(self, files: Files, paths: Sequence[str], changed: Callable[[], None]) -> None:
        self.paths = tuple(os.fsencode(path) for path in paths)
        self.changed = changed
        self.signatures: tuple[Signature, ...] | None = None
        self._files = files

    def close(self) -> None:
        """Follow no more."""
        self._files.forget(self)


class Files:
    """All groups; `watch_with` before the first of them, if there is something to watch with."""

    def __init__(self, runtime: Runtime, worker: Worker) -> None:
        self._reactor = runtime.reactor
        self._worker = worker
        self._watches: Watches[Group] = Watches(Blind())
        self._groups: dict[Group, None] = {}
        self._due: dict[Group, None] = {}
        self._soon: Any = None
        self._net: Any = None
        self._out = False
        self._events: list[tuple[int, int, bytes]] = []
        self._closed = False

    def watch_with(self, watcher: Watcher) -> None:
        """Use a watcher; its events come in by `event`."""
        self._watches = Watches(watcher)

    def follow(self, paths: Sequence[str], changed: Callable[[], None]) -> Group:
        """Call `changed` whenever one of the files, or a link or directory before it, changes."""
        group = Group(self, paths, changed)
        self._groups[group] = None
        self._look_at([group], 0.0)
        if self._net is None:
            self._net = self._reactor.callLater(NET_S, self._check)
        return group

    def forget(self, group: Group) -> None:
        """A group is no longer followed."""
        self._groups.pop(group, None)
        self._due.pop(group, None)
        self._watches.forget(group)
        if not self._out:
            self._watches.sweep()

    def event(self, watch: int, mask: int, name: bytes) -> None:
        """The watcher saw something; what concerns whom is only known when no look is out."""
        if self._out:
            self._events.append((watch, mask, name))
        else:
            self._look_at(self._watches.concerned(watch, mask, name), SOON_S)

    def _check(self) -> None:
        self._look_at(self._groups, 0.0)
        self._net = self._reactor.callLater(NET_S, self._check)

    def _look_at(self, groups: Any, wait: float) -> None:
        self._due.update(dict.fromkeys(groups))
        if self._due and self._soon is None and not self._out and not self._closed:
            self._soon = self._reactor.callLater(wait, self._look)

    def _look(self) -> None:
        self._soon = None
        groups, self._due = list(self._due), {}
        if not groups:
            return
        self._out = True
        asked = [group.paths for group in groups]
        answer = self._worker.ask(partial(_look_all, asked, self._watches.watcher.add))
        answer.addCallbacks(self._seen, self._broken, callbackArgs=(groups,))

    def _seen(self, seen: list[Seen], groups: list[Group]) -> None:
        if self._closed:
            return
        self._out = False
        changed = []
        for group, (way, signatures) in zip(groups, seen, strict=True):
            if group not in self._groups:
                self._watches.note(way)
                continue
            self._watches.learn(group, way)
            if signatures != group.signatures:
                group.signatures = signatures
                changed.append(group)
        self._watches.sweep()
        events, self._events = self._events, []
        for event in events:
            self.event(*event)
        self._look_at((), SOON_S)
        for group in changed:
            group.changed()

    def _broken(self, failure: Any) -> None:
        self._out = False
        self._events.clear()
        log.failure("Files could not be looked at: {log_failure}", failure)

    def close(self) -> None:
        """Stop all of it, the worker and the watcher too."""
        self._closed = True
        for timer in (self._soon, self._net):
            if timer is not None and timer.active():
                timer.cancel()
        self._worker.close()
        self._watches.close()


def _look_all(asked: list[tuple[bytes, ...]], watch: Watch) -> list[Seen]:
    return [_look(paths, watch) for paths in asked]


def _look(paths: tuple[bytes, ...], watch: Watch) -> Seen:
    way = Way()
    signatures: list[Signature] = []
    for path in paths:
        directory, name = os.path.split(os.path.abspath(path))
        try:
            signatures.append(signature_of(way.walk(directory, [name], watch)[1]))
        except OSError as error:
            signatures.append((error.errno or 0,))
    return way, tuple(signatures)


__all__ = ["NET_S", "SOON_S", "Files", "Group"]
