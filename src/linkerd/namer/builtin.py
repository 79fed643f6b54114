"""The names below `/$`, which are always there and need no section: hosts and utility namers.

In: paths behind `/$`. Out: by their first segment, the bound names of `inet`, `fixedinet` and
`io.buoyant.rinet`, other paths from the rewriting namers, an HTTP status, or nothing (`nil`,
`fail`). The assembly makes one and puts it before the namers of the configuration, so that it is
asked last. It owns the table of hosts and its metrics, `namer/$/inet`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from linkerd._typing import override
from linkerd.name.activity import Activity, Constant, Ok
from linkerd.name.addr import AddrBound, BoundName
from linkerd.name.delegate import BUILTIN_PREFIX, unknown_namer
from linkerd.name.near import nearest
from linkerd.name.path import Path
from linkerd.name.tree import EMPTY, FAIL, NEG, Leaf, NameTree
from linkerd.namer.base import Namer
from linkerd.namer.discovery import Tally
from linkerd.namer.fixedinet import FixedHosts
from linkerd.namer.hosts import HostTable, Lookup
from linkerd.namer.inet import (
    FIXED,
    INET,
    REVERSED,
    InetNamer,
    ReversedInetNamer,
)
from linkerd.namer.rewriting import REWRITES, Rewrite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from linkerd.name.addr import Standing
    from linkerd.runtime import Runtime

Answer: TypeAlias = Activity[NameTree[Path | BoundName]]

STATUS_META = "http_status"
"""The key in the metadata of an address set that is an HTTP status and no set of addresses."""

STATUS = Path.of("$", "io.buoyant.http.status")

_STATUS_CODE = re.compile(rb"[1-5][0-9][0-9]")
_NEGATIVE: Answer = Constant(Ok(NEG))


class BuiltinNamer(Namer):
    """All names below `/$`. `inets` are the namers of hosts in it, which are shown as namers."""

    def __init__(self, runtime: Runtime, lookup: Lookup | None = None) -> None:
        self.prefix = BUILTIN_PREFIX
        scope = runtime.metrics.scope("namer", "$/inet")
        self._tally = Tally(runtime.clock, runtime.wall, scope)
        self._hosts = HostTable(runtime, self._tally, lookup)
        fixed = FixedHosts(self._hosts, runtime.clock)
        self.inets: tuple[InetNamer, ...] = (
            InetNamer(INET, self._hosts),
            InetNamer(FIXED, fixed),
            ReversedInetNamer(REVERSED, self._hosts),
        )
        self._inets = {namer.prefix.elements[1]: namer for namer in self.inets}
        self._lookups: dict[bytes, Callable[[Path], Answer]] = {
            b"nil": _nil,
            b"fail": _fail,
            STATUS.elements[1]: _status,
            **{name: namer.lookup for name, namer in self._inets.items()},
            **{name.encode(): _rewriting(rewrite) for name, rewrite in REWRITES.items()},
        }

    @override
    def lookup(self, path: Path) -> Answer:
        """Ask the one whose name is the first segment; fails as in Linkerd if there is none."""
        if not path.elements:
            return _NEGATIVE
        lookup = self._lookups.get(path.elements[0])
        return unknown_namer(path) if lookup is None else lookup(path.drop(1))

    @override
    def standing(self, path: Path) -> Standing | None:
        """Tell how the lookup of a host fares."""
        inet = self._inets.get(path.elements[0]) if path.elements else None
        return None if inet is None else inet.standing(path.drop(1))

    @override
    def near(self, path: Path) -> Sequence[Path]:
        """Give the names of namers like the one that is unknown."""
        if not path.elements or path.elements[0] in self._lookups:
            return ()
        return tuple(Path((name,)) for name in nearest(path.elements[0], self._lookups))

    @override
    def state(self) -> dict[str, Any]:
        """Describe the hosts that are looked up, and those that have been once and for all."""
        return {namer.prefix.texts()[1]: namer.state() for namer in self.inets[:2]}

    @override
    def close(self) -> None:
        """Take the metrics' gauges away; lookups end with their observers."""
        self._hosts.close()
        self._tally.close()


def _nil(_: Path) -> Answer:
    return Constant(Ok(EMPTY))


def _fail(_: Path) -> Answer:
    return Constant(Ok(FAIL))


def _rewriting(rewrite: Rewrite) -> Callable[[Path], Answer]:
    def lookup(path: Path) -> Answer:
        segments = rewrite(path.elements)
        return _NEGATIVE if segments is None else Constant(Ok(Leaf(Path(segments))))

    return lookup


def _status(path: Path) -> Answer:
    """Bind `/<code>/<residual>` to what an HTTP router answers itself, with that status."""
    if not path.elements or not _STATUS_CODE.fullmatch(path.elements[0]):
        return _NEGATIVE
    code = int(path.elements[0])
    addr = Constant(AddrBound(frozenset(), ((STATUS_META, code),)))
    return Constant(Ok(Leaf(BoundName(STATUS + path.take(1), addr, path.drop(1)))))


__all__ = ["STATUS", "STATUS_META", "BuiltinNamer"]
