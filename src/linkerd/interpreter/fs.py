"""The interpreter of kind `io.l5d.fs`: the default one, with a dtab from a file below all others.

In: the section with `dtabFile`, and what `linkerd.interpreter.base` says. Out: names bound by the
file's rules, those of the router and those of the request, the later winning; they follow the file.
The file is watched and read as the fs namer does it, in a thread, from the interpreter's making to
its end.

A file that is gone or is no dtab changes nothing but the state, which says so: the last good rules
stay in effect. Without any names fail, until the file is good.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import attrs

from linkerd._typing import override
from linkerd.config.option import option
from linkerd.config.scalars import ExistingFile  # noqa: TC001 - the binder reads it
from linkerd.interpreter.base import Interpreter, InterpreterConfig
from linkerd.interpreter.default import DefaultInterpreter
from linkerd.interpreter.dtab_file import LIMIT, Rules, read_rules
from linkerd.interpreter.gradual import Gradual
from linkerd.interpreter.uncollected import UNCOLLECTED
from linkerd.name.activity import PENDING, Computed, Failed, Ok, Pending
from linkerd.name.dtab import EMPTY_DTAB
from linkerd.name.trace import Node
from linkerd.namer.discovery import Tally
from linkerd.namer.fs_look import Reader, rest
from linkerd.namer.fs_tree import FsTree
from linkerd.watch.inotify import open_inotify
from linkerd.watch.worker import ThreadWorker

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.name.activity import Activity, Read, State, Var
    from linkerd.name.addr import BoundName
    from linkerd.name.delegate import Lookups
    from linkerd.name.dtab import Dtab
    from linkerd.name.path import Path
    from linkerd.name.tree import NameTree
    from linkerd.runtime import Runtime
    from linkerd.watch.watches import Watcher
    from linkerd.watch.worker import Worker

T = TypeVar("T")

NO_DTAB = "L5D-1110"


class FsInterpreter(Interpreter):
    """Delegates with the rules of a file below the others: entry `name` of the tree's directory."""

    kind = "io.l5d.fs"

    def __init__(
        self, runtime: Runtime, namers: Lookups, tree: FsTree, name: bytes, file: str
    ) -> None:
        self.tree = tree
        self._inner = DefaultInterpreter(namers)
        self._file = file
        self._rules = Gradual(runtime, tree.at((name,)))
        self._discovery = tree.nodes[(name,)].discovery

    @override
    def bind(self, dtab: Dtab, path: Path) -> Activity[NameTree[BoundName]]:
        """Return the bound tree of `path`."""
        below = _Below(lambda own: self._inner.bind(own + dtab, path))

        def compute(read: Read) -> State[NameTree[BoundName]]:
            state = self._own(read)
            return read(below.those_of(state.value)) if isinstance(state, Ok) else state

        return Computed(compute)

    @override
    def explanation(self, dtab: Dtab, path: Path) -> Var[Node]:
        """Return the trace of `path`; it ends at once as long as there are no rules."""
        below = _Below(lambda own: self._inner.explanation(own + dtab, path))

        def compute(read: Read) -> Node:
            state = self._own(read)
            if isinstance(state, Ok):
                return read(below.those_of(state.value))
            if isinstance(state, Pending):
                why = f"{self._file} has not been read yet"
                return Node("pending", path, None, state, message=why)
            return Node("exception", path, None, state, message=state.why, code=state.code)

        return Computed(compute)

    def _own(self, read: Read) -> State[Dtab]:
        state = read(self._rules)
        if isinstance(state, Failed):
            return Failed(f"{self._file}: {state.why}", NO_DTAB)
        if isinstance(state, Ok) and isinstance(state.value, Rules):
            return Ok(state.value.dtab)
        return PENDING

    @override
    def dtab(self) -> Dtab:
        """Return the rules of the file that are in effect."""
        value = self._discovery.value
        return value.dtab if isinstance(value, Rules) else EMPTY_DTAB

    @override
    def state(self) -> dict[str, Any]:
        """Describe the file; `value` is the text of the rules in effect."""
        value = self._discovery.value
        return {
            "file": self._file,
            **self.tree.state(),
            **self._discovery.record(value.text if isinstance(value, Rules) else None),
        }

    @override
    def close(self) -> None:
        """Give back descriptor, thread and timers."""
        self._rules.close()
        self.tree.close()
        self.tree.tally.close()


class _Below(Generic[T]):
    """What `make` makes of the rules of the file; made anew when those are others."""

    def __init__(self, make: Callable[[Dtab], Var[T]]) -> None:
        self._make = make
        self._own: Dtab | None = None
        self._made: Var[T]

    def those_of(self, own: Dtab) -> Var[T]:
        if own is not self._own:
            self._own = own
            self._made = self._make(own)
        return self._made


def _read(content: bytes, source: str) -> Rules | str:
    """Read a file, and leave the garbage collector out of it.

    Ten thousand rules are a hundred thousand objects. To look through them several times while they
    are made would stop the reactor each time, for no garbage is among them.
    """
    with UNCOLLECTED:
        return read_rules(content, source, rest)


@attrs.frozen(kw_only=True)
class FsInterpreterConfig(InterpreterConfig):
    """The section of `io.l5d.fs`."""

    kind: ClassVar[str] = "io.l5d.fs"
    summary: ClassVar[str] = (
        "Resolves names as `default` does, with the rules of a watched file below the router's."
    )

    dtab_file: ExistingFile = option(
        "The file with the dtab; at most 4 MB.",
        example="/etc/linkerd/routes.dtab",
        differs="In Linkerd 1 names wait while the file is missing, and new ones fail while it is"
        " no dtab. Here the last good rules stay in effect.",
    )

    @override
    def mk(self, runtime: Runtime, namers: Lookups) -> FsInterpreter:
        """Make the interpreter, with a thread and an inotify descriptor of its own."""
        return mk_fs(self, runtime, namers, ThreadWorker(runtime.reactor, "linkerd-dtab"))


def mk_fs(
    config: FsInterpreterConfig,
    runtime: Runtime,
    namers: Lookups,
    worker: Worker,
    watcher: Watcher | None = None,
) -> FsInterpreter:
    """Make the interpreter with the given worker and watcher (None: inotify if there is).

    `runtime.metrics` is the router's part of the tree; the numbers are below `interpreter/<kind>`.
    """
    tally = Tally(runtime.clock, runtime.wall, runtime.metrics.scope("interpreter", config.kind))
    root, name = os.path.split(os.path.abspath(os.fsencode(config.dtab_file)))
    reader = Reader(LIMIT, partial(_read, source=config.dtab_file), demanded=True)
    tree = FsTree(runtime, tally, root, worker, reader)
    if watcher is None:
        watcher = open_inotify(runtime.reactor, tree.event)
    if watcher is not None:
        tree.watch_with(watcher)
    return FsInterpreter(runtime, namers, tree, name, config.dtab_file)


__all__ = ["FsInterpreter", "FsInterpreterConfig", "mk_fs"]
