"""The children of one node, for as long as somebody wants to know them.

In come a session and a path; out goes every change: the names, None if there is no such node, and
trouble. A watch of ZooKeeper is good for one change, and none is lost here: each look sets the next
one, a node that is not there is waited for, and after a lost connection or session all is looked at
again. Trouble changes nothing of what was found before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkerd.zookeeper.session import NoNode

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

    from linkerd.runtime import Runtime
    from linkerd.zookeeper.session import Session

AGAIN_S = 1.0
"""After trouble that came with the connection in order."""

PACE_S = 50e-6
"""Seconds between two looks, for each child: thousands that change one after the other are looked
at together, and not as often as ZooKeeper would tell."""


class NodeWatch:
    """Watches a node's children; `start` begins and `stop` ends it for good."""

    def __init__(
        self,
        runtime: Runtime,
        session: Session,
        path: str,
        found: Callable[[list[str] | None], None],
        trouble: Callable[[str], None],
    ) -> None:
        self._runtime = runtime
        self._session = session
        self._path = path
        self._found = found
        self._trouble = trouble
        self._asking = False
        self._again = False
        self._stopped = False
        self._later: Any = None
        self._next = 0.0

    def start(self) -> None:
        """Look, now or when there is a connection."""
        self._session.follow(self._told)
        if self._session.why == "":
            self.look()

    def stop(self) -> None:
        """See nothing any more."""
        self._stopped = True
        self._session.unfollow(self._told)
        self._cancel()

    def look(self) -> None:
        """Ask, once more if that is going on."""
        if self._stopped:
            return
        self._cancel()
        if self._asking:
            self._again = True
            return
        self._asking = True
        self._again = False
        asked = self._session.children(self._path, self._changed)
        asked.addCallbacks(self._here, self._not_here)

    def _changed(self) -> None:
        """The children have changed: look, but not too often."""
        wait = self._next - self._runtime.clock()
        if wait <= 0.0 or self._stopped or self._session.why:
            self.look()
        elif self._later is None:
            self._later = self._runtime.reactor.callLater(wait, self._look_again)

    def look_later(self) -> None:
        """Something went wrong that will not be told again: look in a while."""
        if not self._stopped and self._later is None and self._session.why == "":
            self._later = self._runtime.reactor.callLater(AGAIN_S, self._look_again)

    def _look_again(self) -> None:
        self._later = None
        self.look()

    def _told(self, why: str) -> None:
        """The connection is there again, or is lost."""
        if why:
            self._trouble(why)
        else:
            self.look()

    def _here(self, names: list[str]) -> None:
        if self._done():
            self._next = self._runtime.clock() + PACE_S * len(names)
            self._found(names)
            self._look_if_asked_to()

    def _not_here(self, failure: Failure) -> None:
        if failure.check(NoNode) and not self._stopped:
            asked = self._session.exists(self._path, self.look)
            asked.addCallbacks(self._exists, self._failed)
        else:
            self._failed(failure)

    def _exists(self, there: bool) -> None:
        if not self._done():
            return
        if there:
            self.look()
        else:
            self._found(None)
            self._look_if_asked_to()

    def _failed(self, failure: Failure) -> None:
        if self._done():
            self._trouble(failure.getErrorMessage())
            if self._again:
                self.look()
            else:
                self.look_later()

    def _done(self) -> bool:
        """The answer is there; False if nobody wants it any more."""
        self._asking = False
        return not self._stopped

    def _look_if_asked_to(self) -> None:
        if self._again:
            self.look()

    def _cancel(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None


__all__ = ["NodeWatch"]
