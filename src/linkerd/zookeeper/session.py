"""What a session with a ZooKeeper ensemble is to those who watch its nodes.

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


class Trouble(Exception):
    """ZooKeeper gave no answer; the message says why."""


class Session(Protocol):
    """A session. `why` says why there is no connection now, "" while there is one."""

    why: str

    def children(self, path: str, changed: Callable[[], None]) -> Deferred[list[str]]:
        """Give the names of the children, and call `changed` once when they have changed.

        Fails with `NoNode` or `Trouble`. `changed` is also called when the connection is lost, and
        the same one asked for twice is called once.
        """

    def exists(self, path: str, changed: Callable[[], None]) -> Deferred[bool]:
        """Tell whether there is a node, and call `changed` once when that is not so any more."""

    def data(self, path: str) -> Deferred[bytes]:
        """Give what a node holds. Fails with `NoNode` or `Trouble`."""

    def follow(self, told: Callable[[str], None]) -> None:
        """From now on call `told` with `why` whenever that changes, with "" after each connect."""

    def unfollow(self, told: Callable[[str], None]) -> None:
        """Tell it no more."""

    def close(self) -> None:
        """End the session, without waiting for that."""


__all__ = ["NoNode", "Session", "Trouble"]
