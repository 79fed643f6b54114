"""`io.l5d.fs`: files of addresses below a directory.

In: the section with `rootDir`, and paths behind the namer's prefix. Out: `/<file>/<residual>` bound
to the addresses in the file, which follow its changes. Directories are descended one segment at a
time; what is not there is negative, so the dtab goes on.

A name is a byte string of the network: one that a directory entry cannot have (`..`, a slash, NUL)
is not there, whatever is above the root.
"""

from __future__ import annotations

import os
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from linkerd._typing import override
from linkerd.config.option import option
from linkerd.config.scalars import ExistingDir  # noqa: TC001  # the binder reads it
from linkerd.name.activity import (
    Activity,
    Computed,
    Constant,
    Failed,
    Ok,
    Pending,
    Read,
    State,
    Var,
)
from linkerd.name.addr import (
    ADDR_NEG,
    ADDR_PENDING,
    Addr,
    AddrBound,
    AddrFailed,
    BoundName,
)
from linkerd.name.near import nearest
from linkerd.name.path import Path
from linkerd.name.tree import NEG, Leaf, NameTree
from linkerd.namer.base import Namer, NamerConfig
from linkerd.namer.discovery import OK, Tally
from linkerd.namer.endpoints import endpoints
from linkerd.namer.fs_look import Absent, Directory, Listing, Segments, Shape
from linkerd.namer.fs_tree import FsTree
from linkerd.namer.hosts import HostTable, Lookup
from linkerd.watch.inotify import open_inotify
from linkerd.watch.worker import ThreadWorker, Worker

if TYPE_CHECKING:
    from linkerd.name.addr import Standing
    from linkerd.runtime import Runtime
    from linkerd.telemetry.metrics import Scope
    from linkerd.watch.watches import Watcher

MAX_SEGMENT = 255
"""Bytes a directory entry may have (Linux)."""


def can_be_entry(segment: bytes) -> bool:
    """Tell whether a directory can have an entry of that name."""
    return (
        segment not in (b"", b".", b"..")
        and len(segment) <= MAX_SEGMENT
        and b"/" not in segment
        and b"\0" not in segment
    )


class FsNamer(Namer):
    """Names of files below one directory."""

    def __init__(self, scope: Scope, prefix: Path, tree: FsTree, hosts: HostTable) -> None:
        self.prefix = prefix
        self.tree = tree
        self._hosts = hosts
        self._gauge = scope.gauge("directories", read=lambda: tree.watches.watched)

    @override
    def lookup(self, path: Path) -> Activity[NameTree[Path | BoundName]]:
        """Bind the first file on the way; what follows it is the residual."""
        if not path.elements or not can_be_entry(path.elements[0]):
            return Constant(Ok(NEG))
        ways = [self.tree.at(path.elements[:1])]

        def walk(read: Read) -> State[NameTree[Path | BoundName]]:
            for size, segment in enumerate(path.elements, 1):
                if not can_be_entry(segment):
                    break
                if len(ways) < size:
                    ways.append(self.tree.at(path.elements[:size]))
                state = read(ways[size - 1])
                if not isinstance(state, Ok):
                    return state
                if isinstance(state.value, Absent):
                    break
                if isinstance(state.value, Listing):
                    return Ok(Leaf(self._name(path, size, ways[size - 1])))
            return Ok(NEG)

        return Computed(walk)

    def _name(self, path: Path, size: int, file: Activity[Shape]) -> BoundName:
        addresses = _FileAddresses(self._hosts, file)
        return BoundName(self.prefix + path.take(size), Computed(addresses.of), path.drop(size))

    @override
    def standing(self, path: Path) -> Standing | None:
        """Tell how the first name on the way fares that is not well, or else the last."""
        standing = None
        for size in range(1, len(path.elements) + 1):
            node = self.tree.nodes.get(path.elements[:size])
            if node is not None:
                standing = node.discovery.standing()
                if standing.phase != OK:
                    break
        return standing

    @override
    def near(self, path: Path) -> tuple[Path, ...]:
        """Give names like the first one on the way that is not there, and what followed it."""
        for size in range(1, len(path.elements) + 1):
            node = self.tree.nodes.get(path.elements[:size])
            shape = node.discovery.value if node is not None else None
            if isinstance(shape, Absent):
                before, after = path.take(size - 1), path.drop(size)
                names = nearest(path.elements[size - 1], shape.beside)
                return tuple(before + Path((name,)) + after for name in names)
        return ()

    @override
    def state(self) -> dict[str, Any]:
        """Describe the observed files by their paths below the root.

        One that is called as another part of the description is, has `./` in front.
        """
        state = {**self.tree.state(), "hosts": self._hosts.state()}
        parts = frozenset(state)
        for segments, node in sorted(self.tree.nodes.items()):
            name = _shown(segments)
            shown = f"./{name}" if name in parts else name  # no name has a dot for a segment
            state[shown] = node.discovery.record(_value(node.discovery.value))
        return state

    @override
    def names(self) -> tuple[str, ...]:
        """List the files in use; nobody has asked for the others."""
        return tuple(
            (self.prefix + Path(segments)).show()
            for segments, node in sorted(self.tree.nodes.items())
            if isinstance(node.discovery.value, Listing)
        )

    @override
    def close(self) -> None:
        """Give back descriptor, thread and timers."""
        self.tree.close()
        self._hosts.close()
        self.tree.tally.close()
        self._gauge.close()


class _FileAddresses:
    """The addresses of one file; keeps what looks up its hosts from one change to the next."""

    def __init__(self, hosts: HostTable, file: Activity[Shape]) -> None:
        self._hosts = hosts
        self._file = file
        self._listing: Listing | None = None
        self._addresses: Var[Addr] = Constant(ADDR_PENDING)

    def of(self, read: Read) -> Addr:
        """Give the addresses in the file as it is now."""
        state = read(self._file)
        if isinstance(state, Pending):
            return ADDR_PENDING
        if isinstance(state, Failed):
            return AddrFailed(state.why)
        listing = state.value
        if not isinstance(listing, Listing):
            return ADDR_NEG
        if listing is not self._listing:
            self._listing = listing
            none = AddrBound(frozenset())
            self._addresses = endpoints(self._hosts, listing.named, none, listing.literal)
        return read(self._addresses)


def _shown(segments: Segments) -> str:
    return b"/".join(segments).decode("utf-8", "replace")


def _value(shape: Shape | None) -> Any:
    if isinstance(shape, Listing):
        found = [*shape.named, *sorted(shape.literal, key=itemgetter(0, 1, 2))]
        return [{"host": each[0], "port": each[1], "weight": each[2]} for each in found]
    return "directory" if isinstance(shape, Directory) else None


@attrs.frozen(kw_only=True)
class FsConfig(NamerConfig):
    """The section of `io.l5d.fs`."""

    kind: ClassVar[str] = "io.l5d.fs"
    summary: ClassVar[str] = "Reads addresses from files, one file a name, and follows changes."

    root_dir: ExistingDir = option("The directory to read.", example="/etc/linkerd/disco")

    @override
    def mk(self, runtime: Runtime) -> FsNamer:
        """Make the namer, with a thread and an inotify descriptor of its own."""
        return mk_fs(self, runtime, ThreadWorker(runtime.reactor, "linkerd-fs"))


def mk_fs(
    config: FsConfig,
    runtime: Runtime,
    worker: Worker,
    watcher: Watcher | None = None,
    lookup: Lookup | None = None,
) -> FsNamer:
    """Make the namer of a section with the given worker and watcher (None: inotify if there is)."""
    scope = config.scope(runtime)
    tally = Tally(runtime.clock, runtime.wall, scope)
    tree = FsTree(runtime, tally, os.fsencode(config.root_dir), worker)
    if watcher is None:
        watcher = open_inotify(runtime.reactor, tree.event)
    if watcher is not None:
        tree.watch_with(watcher)
    hosts = HostTable(runtime, tally, lookup)
    return FsNamer(scope, config.full_prefix(), tree, hosts)


__all__ = ["FsConfig", "FsNamer", "can_be_entry", "mk_fs"]
