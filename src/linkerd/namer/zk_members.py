"""The members of a service below a path of ZooKeeper.

In come the names of a node's children and what those hold that count; out goes, in a `Discovery`, a
new edition of the `Roster` whenever it has changed, None if there is no such node. A change is
applied when all of it has been read, so that a set in the middle of one is never seen. What counts,
and what it means, is a `Reading`, of which each kind of namer has its own.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from linkerd.logger import make_logger
from linkerd.namer.discovery import Discovery
from linkerd.namer.roster import Edition, Roster
from linkerd.zookeeper.node_watch import NodeWatch
from linkerd.zookeeper.session import NoNode

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

    from linkerd.namer.discovery import Tally
    from linkerd.namer.roster import Found
    from linkerd.runtime import Runtime
    from linkerd.zookeeper.session import Session
    from linkerd.zookeeper.shared import SharedSession

AT_ONCE = 16
"""Nodes that are being read at the same time."""

NO_MAJORITY = "ZooKeeper answers read-only: the server that is reached has no majority behind it"

log = make_logger()


class Reading(Protocol):
    """What a kind of namer makes of nodes. `what` is what a node is called in the log."""

    what: str

    def chosen(self, names: list[str]) -> list[str]:
        """Give those of a node's children that count."""

    def changes(self, name: str) -> bool:
        """Tell whether what a node holds may change as long as the node is there."""

    def read(self, name: str, raw: bytes) -> Found | None:
        """Read what one of them holds; None if it makes no sense."""


class ZkMembers:
    """The set at `path`, watched while somebody observes its discovery; then `gone` is called.

    One that has lost all its members keeps the last ones for `keep_s` seconds: it is more likely
    that somebody has wiped the path than that nobody serves any more.
    """

    def __init__(
        self,
        runtime: Runtime,
        shared: SharedSession,
        tally: Tally,
        path: str,
        reading: Reading,
        gone: Callable[[], None],
        keep_s: float = 0.0,
    ) -> None:
        self.path = path
        self.reading = reading
        self._keep_s = keep_s
        self._kept: Any = None
        self.discovery: Discovery[Edition | None] = Discovery(tally, self._begin, self._end)
        self._runtime = runtime
        self._shared = shared
        self._gone = gone
        self._session: Session | None = None
        self._watch: NodeWatch | None = None
        self._forget()

    def _forget(self) -> None:
        """Know nothing yet. What is `old` has to be read again."""
        self._roster = Roster()
        self._there = False
        self._wanted: set[str] = set()
        self._missing: list[str] = []
        self._asked: set[str] = set()
        self._old: set[str] = set()
        self._changed = False

    def _begin(self) -> None:
        self.discovery.begin()
        self._session = self._shared.acquire()
        self._watch = NodeWatch(
            self._runtime, self._session, self.path, self._found, self.discovery.failed
        )
        self._watch.start()

    def _end(self) -> None:
        if self._watch is not None:
            self._watch.stop()
        self._watch = self._session = None
        self._keep_no_more()
        self._forget()
        self._shared.release()
        self.discovery.end()
        self._gone()

    def _found(self, names: list[str] | None) -> None:
        """The node has these children, or is not there."""
        self._there = names is not None
        self._wanted = wanted = set(self.reading.chosen(names or []))
        known = self._roster.nodes.keys() - self._old
        self._missing = sorted(wanted - known - self._asked, reverse=True)
        if wanted:
            self._go_on()
        else:
            self._apply()

    def _go_on(self) -> None:
        """Read what is missing; when nothing is, that is the set."""
        session = self._session
        if session is None:
            return
        while self._missing and len(self._asked) < AT_ONCE:
            name = self._missing.pop()
            self._asked.add(name)
            self._old.discard(name)
            changed = partial(self._told, name) if self.reading.changes(name) else None
            asked = session.data(f"{self.path.rstrip('/')}/{name}", changed)
            asked.addCallbacks(
                self._read,
                self._not_read,
                callbackArgs=(name, session),
                errbackArgs=(name, session),
            )
        if not self._missing and not self._asked:
            self._apply()

    def _apply(self) -> None:
        """Everything has been read: that is the set from now on."""
        if not self._wanted and self._roster.nodes and self._keep_s:
            self._keep()
            return
        self._keep_no_more()
        self._old &= self._wanted
        roster = self._roster
        gone = roster.nodes.keys() - self._wanted
        for name in gone:
            roster.drop(name)
        edition = self.discovery.value
        if not self._there:
            edition = None
        elif gone or self._changed or edition is None or edition.roster is not roster:
            edition = roster.edition()
        self._changed = False
        self.discovery.ok(edition, self._doubt())

    def _keep(self) -> None:
        """All members have left: go on with them for a while."""
        # A node that comes again under the same name may hold something else.
        self._old |= self._roster.nodes.keys()
        if self._kept is None:
            self._kept = self._runtime.reactor.callLater(self._keep_s, self._kept_enough)
        self.discovery.ok(
            self.discovery.value, f"all members have left; kept for {self._keep_s:g} s"
        )

    def _kept_enough(self) -> None:
        self._kept = None
        self._roster = Roster()
        if not self._asked:
            self._apply()

    def _keep_no_more(self) -> None:
        if self._kept is not None:
            self._kept.cancel()
            self._kept = None

    def _doubt(self) -> str:
        """Why what is read may be old."""
        alone = self._session is not None and self._session.read_only
        return NO_MAJORITY if alone else ""

    def _told(self, name: str) -> None:
        """A node holds something else, is gone, or the connection is lost: read it again."""
        session = self._session
        if session is None:
            return
        self._old.add(name)
        if session.why == "" and name in self._wanted and name not in self._asked:
            self._missing.append(name)
            self._go_on()

    def _read(self, raw: bytes, name: str, session: Session) -> None:
        if session is not self._session:
            return
        self._asked.discard(name)
        if name in self._wanted:
            found = self.reading.read(name, raw)
            if found is None:
                log.warn(
                    "{path}/{name} is no {what}", path=self.path, name=name, what=self.reading.what
                )
            self._roster.put(name, found or ())
            self._changed = True
            if name in self._old:
                self._missing.append(name)
        self._go_on()

    def _not_read(self, failure: Failure, name: str, session: Session) -> None:
        if session is not self._session or self._watch is None:
            return
        self._asked.discard(name)
        if failure.check(NoNode):
            # It has left meanwhile: whoever counts now may be another.
            self._old.add(name)
            self._watch.look()
        else:
            self._old.add(name)
            self.discovery.failed(failure.getErrorMessage())
            self._watch.look_later()


__all__ = ["Edition", "Reading", "ZkMembers"]
