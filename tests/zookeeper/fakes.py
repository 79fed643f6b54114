"""A ZooKeeper in memory, with sessions that keep what `linkerd.zookeeper.session` promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from linkerd.zookeeper.session import NoNode, Trouble
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

    def delete(self, path: str) -> None:
        """Take a node away, and those below it."""
        for name in self.children(path):
            self.delete(f"{path}/{name}")
        del self.nodes[path]
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

    def answer(self, ask: Callable[[], Any]) -> Deferred[Any]:
        deferred: Deferred[Any] = Deferred()

        def tell() -> None:
            if self.server.why:
                deferred.errback(Trouble(self.server.why))
                return
            try:
                value = ask()
            except (NoNode, Trouble) as error:
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

    def data(self, path: str) -> Deferred[bytes]:
        def ask() -> bytes:
            if path not in self.server.nodes:
                raise NoNode
            if path in self.server.broken:
                raise Trouble("no answer")
            self.server.reads += 1
            return self.server.nodes[path]

        return self.answer(ask)

    def follow(self, told: Callable[[str], None]) -> None:
        self.followers[told] = None

    def unfollow(self, told: Callable[[str], None]) -> None:
        self.followers.pop(told, None)

    def close(self) -> None:
        self.closed = True
        self.server.sessions.remove(self)


__all__ = ["FakeSession", "FakeZooKeeper"]
