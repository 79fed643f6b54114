"""A session by kazoo, which has threads of its own.

In come calls on the reactor's thread, which kazoo answers on one of its own; out go the answers,
on the reactor's thread again. Reconnecting and new sessions are kazoo's business. Owned by
`linkerd.zookeeper.shared`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from kazoo.client import KazooClient
from kazoo.exceptions import NoNodeError
from twisted.internet.defer import Deferred

from linkerd.logger import make_logger
from linkerd.zookeeper.session import NoNode, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.runtime import Runtime

CONNECTED = "CONNECTED"
RETRY = {"max_tries": -1, "delay": 0.05, "backoff": 1.5, "max_delay": 5, "max_jitter": 0.2}
"""Left out, kazoo would wait up to an hour."""

log = make_logger()
quiet = logging.getLogger("linkerd.kazoo")
quiet.addHandler(logging.NullHandler())
quiet.propagate = False


class _Watcher:
    """A call for kazoo's thread to have made; equal to any other of the same call."""

    __slots__ = ("changed", "session")

    def __init__(self, session: KazooSession, changed: Callable[[], None]) -> None:
        self.session = session
        self.changed = changed

    def __call__(self, event: Any) -> None:
        self.session.reactor.callFromThread(self.changed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Watcher) and other.changed == self.changed

    def __hash__(self) -> int:
        return hash(self.changed)


class KazooSession:
    """A session with the ensemble at `hosts` (`host:port,host:port`)."""

    def __init__(self, runtime: Runtime, hosts: str, timeout_s: float) -> None:
        self.reactor = runtime.reactor
        self.hosts = hosts
        self.why = f"not connected to ZooKeeper at {hosts} yet"
        self._followers: dict[Callable[[str], None], None] = {}
        self._closed = False
        self._client = KazooClient(
            hosts=hosts, timeout=timeout_s, connection_retry=dict(RETRY), logger=quiet
        )
        self._client.add_listener(self._state_changed)
        self._patience = self.reactor.callLater(timeout_s, self._never_connected)
        self._client.start_async()

    # -- nodes

    def children(self, path: str, changed: Callable[[], None]) -> Deferred[list[str]]:
        """Give the names of the children."""
        return self._answer(self._client.get_children_async(path, _Watcher(self, changed)))

    def exists(self, path: str, changed: Callable[[], None]) -> Deferred[bool]:
        """Tell whether there is a node."""
        answer = self._answer(self._client.exists_async(path, _Watcher(self, changed)))
        return answer.addCallback(lambda stat: stat is not None)

    def data(self, path: str) -> Deferred[bytes]:
        """Give what a node holds."""
        return self._answer(self._client.get_async(path)).addCallback(lambda found: found[0])

    def _answer(self, result: Any) -> Deferred[Any]:
        """A Deferred of what kazoo will have."""
        answer: Deferred[Any] = Deferred()
        result.rawlink(lambda done: self.reactor.callFromThread(self._tell, answer, done))
        return answer

    def _tell(self, answer: Deferred[Any], done: Any) -> None:
        try:
            value = done.get_nowait()
        except NoNodeError:
            answer.errback(NoNode())
        except Exception as error:
            text = str(error)
            name = type(error).__name__
            answer.errback(Trouble(f"ZooKeeper at {self.hosts}: {name}{text and ': '}{text}"))
        else:
            answer.callback(value)

    # -- the connection

    def follow(self, told: Callable[[str], None]) -> None:
        """Tell of changes of `why`."""
        self._followers[told] = None

    def unfollow(self, told: Callable[[str], None]) -> None:
        """Tell no more."""
        self._followers.pop(told, None)

    def _state_changed(self, state: str) -> None:
        """On kazoo's thread: the connection is there, in doubt, or gone with its session."""
        self.reactor.callFromThread(self._changed, state)

    def _changed(self, state: str) -> None:
        if self._closed:
            return
        if self._patience.active():
            self._patience.cancel()
        if state == CONNECTED:
            if self.why:
                log.info("connected to ZooKeeper at {hosts}", hosts=self.hosts)
            self.why = ""
        else:
            self.why = f"the connection to ZooKeeper at {self.hosts} is {state.lower()}"
        for told in list(self._followers):
            told(self.why)

    def _never_connected(self) -> None:
        """Nobody should wait for ever for the first connection."""
        self.why = f"cannot connect to ZooKeeper at {self.hosts}"
        log.warn("{why}; trying on", why=self.why)
        for told in list(self._followers):
            told(self.why)

    def close(self) -> None:
        """End the session, on a thread of the pool."""
        if self._closed:
            return
        self._closed = True
        if self._patience.active():
            self._patience.cancel()
        self.reactor.callInThread(self._stop)

    def _stop(self) -> None:
        try:
            self._client.stop()
            self._client.close()
        except Exception as error:
            quiet.debug("ending a session: %s", error)


__all__ = ["KazooSession"]
