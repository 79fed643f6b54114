"""One session for each ensemble in the whole process.

In come the addresses of an ensemble from whoever needs it; out goes the session, which ends a while
after the last of them needs it no more. Kept among what the parts of a `Runtime` have in common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.runtime import Runtime
    from linkerd.zookeeper.ensemble import Ensemble
    from linkerd.zookeeper.session import Session

LINGER_S = 10.0
KEY = "zookeeper"


class SharedSession:
    """The session with one ensemble; `make` begins it."""

    def __init__(self, runtime: Runtime, make: Callable[[], Session]) -> None:
        self._runtime = runtime
        self._make = make
        self._session: Session | None = None
        self._uses = 0
        self._end: Any = None

    def acquire(self) -> Session:
        """Use the session; `release` has to follow."""
        self._uses += 1
        if self._end is not None:
            self._end.cancel()
            self._end = None
        if self._session is None:
            self._session = self._make()
        return self._session

    def release(self) -> None:
        """Use it no more."""
        self._uses -= 1
        if self._uses == 0:
            self._end = self._runtime.reactor.callLater(LINGER_S, self.close)

    def close(self) -> None:
        """End the session if nobody uses it."""
        if self._uses:
            return
        if self._end is not None and self._end.active():
            self._end.cancel()
        self._end = None
        session, self._session = self._session, None
        if session is not None:
            session.close()


def shared_session(runtime: Runtime, ensemble: Ensemble) -> SharedSession:
    """Give the session with an ensemble."""

    def make() -> Session:
        # Imported late: it takes a while, and most have no ZooKeeper.
        from linkerd.zookeeper.kazoo_session import KazooSession

        return KazooSession(runtime, ensemble)

    sessions = runtime.common.setdefault(KEY, {})
    if ensemble not in sessions:
        sessions[ensemble] = SharedSession(runtime, make)
    found: SharedSession = sessions[ensemble]
    return found


__all__ = ["SharedSession", "shared_session"]
