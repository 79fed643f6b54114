"""Which names an event of the file system concerns.

In: the steps on the way to each observed name, the watches of their directories, and events. Out:
the names to look at again. Owned by whoever follows them; inotify is behind the `Watcher`.

Directories are watched, not files: a file moved over another, a link that is set anew, a directory
that comes back are events of the directory they happen in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from linkerd.watch.inotify import DELETE_SELF, IGNORED, MOVE_SELF, OVERFLOW, UNMOUNT

if TYPE_CHECKING:
    from linkerd.watch.way import Step, Way

N = TypeVar("N")

_ITSELF = DELETE_SELF | MOVE_SELF | UNMOUNT | IGNORED


class Watcher(Protocol):
    """What watches directories; see `linkerd.watch.inotify.Inotify`."""

    def add(self, directory: bytes) -> int | None:
        """Watch a directory (any thread); None if that is not possible."""

    def remove(self, watch: int) -> None:
        """Watch it no more."""

    def close(self) -> None:
        """Give all of it back."""


class Blind:
    """The watcher of a system that has none: names are looked at every second instead."""

    def add(self, directory: bytes) -> int | None:
        """Watch nothing."""
        return None

    def remove(self, watch: int) -> None:
        """Nothing is watched."""

    def close(self) -> None:
        """Nothing is held."""


class Watches(Generic[N]):
    """The steps of all observed names, and the watched directories they are in."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self._steps: dict[N, set[Step]] = {}
        self._blind: set[N] = set()
        self._names: dict[bytes, dict[bytes, set[N]]] = {}
        self._number: dict[bytes, int] = {}
        self._directories: dict[int, set[bytes]] = {}

    @property
    def blind(self) -> bool:
        """Whether some directory cannot be watched, so that only looking helps."""
        return bool(self._blind)

    @property
    def watched(self) -> int:
        """How many directories are watched."""
        return len(self._directories)

    def learn(self, name: N, way: Way) -> None:
        """Take over what was found out about the way to a name."""
        for step in self._steps.get(name, set()) - way.steps:
            self._drop(name, step)
        self._steps[name] = way.steps
        for step in way.steps:
            self._names.setdefault(step.directory, {}).setdefault(step.name, set()).add(name)
        self.note(way)
        if None in way.watches.values():
            self._blind.add(name)
        else:
            self._blind.discard(name)

    def note(self, way: Way) -> None:
        """Take over the watches that were set on a way; `sweep` gives back those nobody needs."""
        for directory, number in way.watches.items():
            if number is not None:
                self._numbered(directory, number)

    def _numbered(self, directory: bytes, number: int) -> None:
        old = self._number.get(directory)
        if old is not None and old != number:
            self._unnumber(directory)
        self._number[directory] = number
        self._directories.setdefault(number, set()).add(directory)

    def forget(self, name: N) -> None:
        """A name is no longer observed."""
        for step in self._steps.pop(name, set()):
            self._drop(name, step)
        self._blind.discard(name)

    def _drop(self, name: N, step: Step) -> None:
        names = self._names.get(step.directory, {})
        concerned = names.get(step.name, set())
        concerned.discard(name)
        if not concerned:
            names.pop(step.name, None)
        if not names:
            self._names.pop(step.directory, None)

    def sweep(self) -> None:
        """Give back the watches of directories that no name depends on any more.

        Not while a look is under way: it may be about to depend on one.
        """
        for directory in [each for each in self._number if each not in self._names]:
            self._unnumber(directory)

    def _unnumber(self, directory: bytes) -> None:
        number = self._number.pop(directory)
        directories = self._directories.get(number, set())
        directories.discard(directory)
        if not directories and self._directories.pop(number, None) is not None:
            self.watcher.remove(number)

    def concerned(self, watch: int, mask: int, name: bytes) -> set[N]:
        """Give the names that an event concerns."""
        if mask & OVERFLOW:
            return set(self._steps)
        found: set[N] = set()
        for directory in self._directories.get(watch, set()):
            names = self._names.get(directory, {})
            if mask & _ITSELF:
                found.update(*names.values())
            else:
                found |= names.get(name, set())
        if mask & IGNORED:  # the kernel has given the watch up
            for directory in self._directories.pop(watch, set()):
                self._number.pop(directory, None)
        return found

    def close(self) -> None:
        """Give everything back."""
        self._steps.clear()
        self._names.clear()
        self._number.clear()
        self._directories.clear()
        self.watcher.close()


__all__ = ["Blind", "Watcher", "Watches"]
