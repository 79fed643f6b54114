"""A ZooKeeper in memory, with sessions that keep what `linkerd.zookeeper.session` promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, succeed

from linkerd.zookeeper.session import NodeExists, NoNode, Trouble
from linkerd.zookeeper.shared import SharedSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.runtime import Runtime


class FakeZooKeeper:
    """Nodes by path. `why` is the trouble with the connection; `reads` counts data that was read.

    Answers come in a later turn of the clock, with what is true then.
    """

    def __init__(self, runtime: Runtime, why: str = "") -> None:
        self.runtime = runtime
        self.nodes: dict[str, bytes] = {"/": b""}
        self.why = why
        self.reads = 0
        self.sessions: list[FakeSession] = []
        self.broken: set[str] = set()
        self.owners: dict[str, FakeSession] = {}
        self.read_only = False
        self.epoch = 1
        self._numbers: dict[str, int] = {}

    def shared(self) -> SharedSession:
        """What namers are given."""
        return SharedSession(self.runtime, self.session)

    def session(self) -> FakeSession:
        """A session that has just begun."""
        made = FakeSession(self)
        self.sessions.append(made)
        return made

    def children(self, path: str) -> list[str]:
        """The names below a node."""
        above = path.rstrip("/") + "/"
        rest = [node[len(above) :] for node in self.nodes if node.startswith(above)]
        return sorted(name for name in rest if name and "/" not in name)

    def create(self, path: str, data: bytes = b"") -> None:
        """Make a node, and those above it."""
        above = path.rpartition("/")[0]
        if above and above not in self.nodes:
            self.create(above)
        self.nodes[path] = data
        self.fire("exists", path)
        self.fire("children", above or "/")

    def number(self, path: str) -> str:
        """The digits of the next numbered node below that one."""
        above = path.rpartition("/")[0]
        self._numbers[above] = self._numbers.get(above, -1) + 1
        return f"{self._numbers[above]:010d}"

    def write(self, path: str, data: bytes) -> None:
        """Have a node hold something else."""
        self.nodes[path] = data
        self.fire("exists", path)

    def expire(self) -> None:
        """All sessions end, with what they own; the next connection brings new ones."""
        self.epoch += 1
        for path in list(self.owners):
            self.delete(path)

    def delete(self, path: str) -> None:
        """Take a node away, and those below it."""
        for name in self.children(path):
            self.delete(f"{path}/{name}")
        del self.nodes[path]
        self.owners.pop(path, None)
        self.fire("exists", path)
        self.fire("children", path)
        self.fire("children", path.rpartition("/")[0] or "/")

    def fire(self, kind: str, path: str) -> None:
        """Tell whoever watches, once."""
        for session in list(self.sessions):
            for changed in session.watches.pop((kind, path), {}):
                self.runtime.reactor.callLater(0, changed)

    def suspend(self, why: str = "the connection is suspended") -> None:
        """The connection is lost, and with it all watches, as kazoo tells them."""
        self.why = why
        for session in list(self.sessions):
            watches, session.watches = session.watches, {}
            for several in watches.values():
                for changed in several:
                    self.runtime.reactor.callLater(0, changed)
            for told in list(session.followers):
                told(why)

    def resume(self) -> None:
        """The connection is there again, perhaps with a new session."""
        self.why = ""
        for session in list(self.sessions):
            for told in list(session.followers):
                told("")


class FakeSession:
    """One session."""

    def __init__(self, server: FakeZooKeeper) -> None:
        self.server = server
        self.watches: dict[tuple[str, str], dict[Callable[[], None], None]] = {}
        self.followers: dict[Callable[[str], None], None] = {}
        self.closed = False

    @property
    def why(self) -> str:
        return self.server.why

    @property
    def epoch(self) -> int:
        return self.server.epoch

    @property
    def read_only(self) -> bool:
        return self.server.read_only

    def answer(self, ask: Callable[[], Any]) -> Deferred[Any]:
        deferred: Deferred[Any] = Deferred()

        def tell() -> None:
            if self.server.why:
                deferred.errback(Trouble(self.server.why))
                return
            try:
                value = ask()
            except (NoNode, NodeExists, Trouble) as error:
                deferred.errback(error)
            else:
                deferred.callback(value)

        self.server.runtime.reactor.callLater(0, tell)
        return deferred

    def watch(self, kind: str, path: str, changed: Callable[[], None]) -> None:
        self.watches.setdefault((kind, path), {})[changed] = None

    def children(self, path: str, changed: Callable[[], None]) -> Deferred[list[str]]:
        def ask() -> list[str]:
            if path not in self.server.nodes:
                raise NoNode
            self.watch("children", path, changed)
            return self.server.children(path)

        return self.answer(ask)

    def exists(self, path: str, changed: Callable[[], None]) -> Deferred[bool]:
        def ask() -> bool:
            self.watch("exists", path, changed)
            return path in self.server.nodes

        return self.answer(ask)

    def data(self, path: str, changed: Callable[[], None] | None = None) -> Deferred[bytes]:
        def ask() -> bytes:
            if path not in self.server.nodes:
                raise NoNode
            if path in self.server.broken:
                raise Trouble("no answer")
            self.server.reads += 1
            if changed is not None:
                self.watch("exists", path, changed)
            return self.server.nodes[path]

        return self.answer(ask)

    def create(
        self, path: str, raw: bytes, *, owned: bool = False, numbered: bool = False
    ) -> Deferred[str]:
        def ask() -> str:
            if self.server.read_only:
                raise Trouble("read-only")
            whole = path + self.server.number(path) if numbered else path
            if whole in self.server.nodes:
                raise NodeExists
            self.server.create(whole, raw)
            if owned:
                self.server.owners[whole] = self
            return whole

        return self.answer(ask)

    def write(self, path: str, raw: bytes) -> Deferred[None]:
        def ask() -> None:
            if path not in self.server.nodes:
                raise NoNode
            self.server.write(path, raw)

        return self.answer(ask)

    def delete(self, path: str) -> Deferred[None]:
        def ask() -> None:
            if path not in self.server.nodes:
                raise NoNode
            if self.server.children(path):
                raise Trouble("there are nodes below")
            self.server.delete(path)

        return self.answer(ask)

    def is_own(self, path: str) -> Deferred[bool]:
        return self.answer(lambda: self.server.owners.get(path) is self)

    def follow(self, told: Callable[[str], None]) -> None:
        self.followers[told] = None

    def unfollow(self, told: Callable[[str], None]) -> None:
        self.followers.pop(told, None)

    def close(self) -> Deferred[None]:
        if not self.closed:
            self.closed = True
            self.server.sessions.remove(self)
            for path in [path for path, owner in self.server.owners.items() if owner is self]:
                self.server.delete(path)
        return succeed(None)


__all__ = ["FakeSession", "FakeZooKeeper"]
