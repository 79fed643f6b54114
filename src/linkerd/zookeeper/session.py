"""What a session with a ZooKeeper ensemble is to those who watch or make nodes.

In come paths of nodes, and calls to be made once when something about them changes; out go
Deferreds of what is there. A session lasts as long as somebody needs it: when ZooKeeper ends it,
another takes its place and those who follow are told. All calls are made and answered on the
reactor's thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred


class NoNode(Exception):
    """There is no node at this path."""


class NodeExists(Exception):
    """There is a node at this path already."""


class Trouble(Exception):
    """ZooKeeper gave no answer, or refused; the message says why."""


class Session(Protocol):
    """A session.

    `why` says why there is no connection now, "" while there is one. `epoch` grows with each new
    session at ZooKeeper: what an older one owned is gone, or soon will be. `read_only` tells that
    who answers has no majority behind it: what it says may be old, and it takes nothing in.
    """

    why: str
    epoch: int
    read_only: bool

    def children(self, path: str, changed: Callable[[], None]) -> Deferred[list[str]]:
        """Give the names of the children, and call `changed` once when they have changed.

        Fails with `NoNode` or `Trouble`. `changed` is also called when the connection is lost, and
        the same one asked for twice is called once.
        """

    def exists(self, path: str, changed: Callable[[], None]) -> Deferred[bool]:
        """Tell whether there is a node, and call `changed` once when that is not so any more."""

    def data(self, path: str, changed: Callable[[], None] | None = None) -> Deferred[bytes]:
        """Give what a node holds, and call `changed` once when it holds something else or goes.

        Fails with `NoNode` or `Trouble`.
        """

    def create(
        self, path: str, raw: bytes, *, owned: bool = False, numbered: bool = False
    ) -> Deferred[str]:
        """Make a node, and those above it that are missing; gives its path.

        An owned one goes with the session, a numbered one gets ten digits of its own after the
        name. Fails with `NodeExists` or `Trouble`; after `Trouble` it may have been made.
        """

    def write(self, path: str, raw: bytes) -> Deferred[None]:
        """Have a node hold this. Fails with `NoNode` or `Trouble`."""

    def delete(self, path: str) -> Deferred[None]:
        """Take a node away. Fails with `NoNode`, or `Trouble`, also if there are nodes below it."""

    def is_own(self, path: str) -> Deferred[bool]:
        """Tell whether there is such a node, owned by the session as it is now."""

    def follow(self, told: Callable[[str], None]) -> None:
        """From now on call `told` with `why` whenever that changes, with "" after each connect."""

    def unfollow(self, told: Callable[[str], None]) -> None:
        """Tell it no more."""

    def close(self) -> Deferred[None]:
        """End the session, and with it what it owns; the Deferred fires when that is done."""


__all__ = ["NoNode", "NodeExists", "Session", "Trouble"]
