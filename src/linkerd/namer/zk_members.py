"""The members of a service below a path of ZooKeeper.

In come the names of a node's children and what those hold that count, read once; out goes, in a
`Discovery`, the set of members whenever it has changed, None if there is no such node. A set is
applied when all of its members are known, so that one in the middle of a change is never seen.
What counts, and what it means, is a `Reading`, of which each kind of namer has its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from linkerd.logger import make_logger
from linkerd.namer.discovery import Discovery
from linkerd.zookeeper.node_watch import NodeWatch
from linkerd.zookeeper.session import NoNode

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from twisted.python.failure import Failure

    from linkerd.namer.discovery import Tally
    from linkerd.namer.serverset_member import Member
    from linkerd.runtime import Runtime
    from linkerd.zookeeper.session import Session
    from linkerd.zookeeper.shared import SharedSession

    Members: TypeAlias = frozenset[Member] | None

AT_ONCE = 100
"""Members that are being read at the same time."""

NO_MAJORITY = "ZooKeeper answers read-only: the server that is reached has no majority behind it"

log = make_logger()


class Reading(Protocol):
    """What a kind of namer makes of nodes. `what` is what a node is called in the log."""

    what: str

    def chosen(self, names: list[str]) -> list[str]:
        """Give those of a node's children that count."""

    def read(self, raw: bytes) -> tuple[Member, ...] | None:
        """Read what one of them holds; None if it makes no sense."""


class ZkMembers:
    """The set at `path`, watched while somebody observes its discovery; then `gone` is called."""

    def __init__(
        self,
        runtime: Runtime,
        shared: SharedSession,
        tally: Tally,
        path: str,
        reading: Reading,
        gone: Callable[[], None],
    ) -> None:
        self.path = path
        self.reading = reading
        self.discovery: Discovery[Members] = Discovery(tally, self._begin, self._end)
        self._runtime = runtime
        self._shared = shared
        self._gone = gone
        self._session: Session | None = None
        self._watch: NodeWatch | None = None
        self._members: dict[str, tuple[Member, ...]] = {}
        self._wanted: set[str] = set()
        self._missing: list[str] = []
        self._asked: set[str] = set()

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
        self._members = {}
        self._wanted = set()
        self._missing = []
        self._asked = set()
        self._shared.release()
        self.discovery.end()
        self._gone()

    def _found(self, names: list[str] | None) -> None:
        """The node has these children, or is not there."""
        if names is None:
            self._wanted = set()
            self._members = {}
            self._missing = []
            self.discovery.ok(None, self._doubt())
            return
        self._wanted = set(self.reading.chosen(names))
        for name in self._members.keys() - self._wanted:
            del self._members[name]
        self._missing = sorted(self._wanted - self._members.keys() - self._asked, reverse=True)
        self._go_on()

    def _go_on(self) -> None:
        """Read what is missing; when nothing is, that is the set."""
        session = self._session
        if session is None:
            return
        while self._missing and len(self._asked) < AT_ONCE:
            name = self._missing.pop()
            self._asked.add(name)
            asked = session.data(f"{self.path.rstrip('/')}/{name}")
            asked.addCallbacks(
                self._read,
                self._not_read,
                callbackArgs=(name, session),
                errbackArgs=(name, session),
            )
        if self._wanted <= self._members.keys():
            members = [self._members[name] for name in self._wanted]
            found = frozenset(member for several in members for member in several)
            self.discovery.ok(found, self._doubt())

    def _doubt(self) -> str:
        """Why what is read may be old."""
        alone = self._session is not None and self._session.read_only
        return NO_MAJORITY if alone else ""

    def _read(self, raw: bytes, name: str, session: Session) -> None:
        if session is not self._session:
            return
        self._asked.discard(name)
        if name in self._wanted:
            members = self.reading.read(raw)
            if members is None:
                log.warn(
                    "{path}/{name} is no {what}", path=self.path, name=name, what=self.reading.what
                )
            self._members[name] = members or ()
        self._go_on()

    def _not_read(self, failure: Failure, name: str, session: Session) -> None:
        if session is not self._session or self._watch is None:
            return
        self._asked.discard(name)
        if failure.check(NoNode):
            # It has left meanwhile: whoever counts now may be another.
            self._wanted.discard(name)
            self._watch.look()
            self._go_on()
        else:
            self.discovery.failed(failure.getErrorMessage())
            self._watch.look_later()


__all__ = ["Reading", "ZkMembers"]
