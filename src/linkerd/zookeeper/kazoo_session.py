"""A session by kazoo, which has threads of its own.

In come calls on the reactor's thread, which kazoo answers on one of its own; out go the answers,
on the reactor's thread again. Reconnecting and new sessions are kazoo's business. Owned by
`linkerd.zookeeper.shared`.
"""

from __future__ import annotations

import logging
import sys
import threading
from typing import TYPE_CHECKING, Any

from kazoo.client import KazooClient
from kazoo.exceptions import NodeExistsError, NoNodeError
from kazoo.protocol.states import KeeperState
from twisted.internet.defer import Deferred

from linkerd.logger import make_logger
from linkerd.zookeeper.crossing import Crossing
from linkerd.zookeeper.session import NodeExists, NoNode, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.runtime import Runtime
    from linkerd.zookeeper.ensemble import Ensemble

CONNECTED = "CONNECTED"
RETRY = {"max_tries": -1, "delay": 0.05, "backoff": 1.5, "max_delay": 0.4, "max_jitter": 0.2}
"""Left out, kazoo would wait up to an hour. Who comes back is found within half a second."""

SWITCH_S = 0.0005
"""Python's threads take turns of this length. With its own 5 ms the reactor would wait that long
for each of its system calls while kazoo reads a large answer."""

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
        self.session.crossing.call(self.changed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Watcher) and other.changed == self.changed

    def __hash__(self) -> int:
        return hash(self.changed)


class KazooSession:
    """A session with an ensemble."""

    def __init__(self, runtime: Runtime, ensemble: Ensemble) -> None:
        self.reactor = runtime.reactor
        self.crossing = Crossing(runtime.reactor, runtime.clock)
        self.hosts = ensemble.hosts
        self.why = f"not connected to ZooKeeper at {self.hosts} yet"
        self.epoch = 0
        self.read_only = False
        self._id: object = None
        self._followers: dict[Callable[[str], None], None] = {}
        self._closed = False
        self._ended = False
        self._waiting: list[Deferred[None]] = []
        self._client = KazooClient(
            hosts=ensemble.hosts,
            timeout=ensemble.timeout_s,
            connection_retry=dict(RETRY),
            read_only=True,
            logger=quiet,
            **_identity(ensemble),
        )
        self._client.add_listener(self._state_changed)
        self._patience = self.reactor.callLater(ensemble.timeout_s, self._never_connected)
        sys.setswitchinterval(min(SWITCH_S, sys.getswitchinterval()))
        self._client.start_async()

    # -- nodes

    def children(self, path: str, changed: Callable[[], None]) -> Deferred[list[str]]:
        """Give the names of the children."""
        return self._answer(self._client.get_children_async(path, _Watcher(self, changed)))

    def exists(self, path: str, changed: Callable[[], None]) -> Deferred[bool]:
        """Tell whether there is a node."""
        answer = self._answer(self._client.exists_async(path, _Watcher(self, changed)))
        return answer.addCallback(lambda stat: stat is not None)

    def data(self, path: str, changed: Callable[[], None] | None = None) -> Deferred[bytes]:
        """Give what a node holds."""
        watcher = None if changed is None else _Watcher(self, changed)
        return self._answer(self._client.get_async(path, watcher)).addCallback(_first)

    def create(
        self, path: str, raw: bytes, *, owned: bool = False, numbered: bool = False
    ) -> Deferred[str]:
        """Make a node."""
        return self._answer(
            self._client.create_async(path, raw, ephemeral=owned, sequence=numbered, makepath=True)
        )

    def write(self, path: str, raw: bytes) -> Deferred[None]:
        """Have a node hold something else."""
        return self._answer(self._client.set_async(path, raw)).addCallback(_nothing)

    def delete(self, path: str) -> Deferred[None]:
        """Take a node away."""
        return self._answer(self._client.delete_async(path)).addCallback(_nothing)

    def is_own(self, path: str) -> Deferred[bool]:
        """Tell whether a node is this session's."""
        answer = self._answer(self._client.exists_async(path))
        return answer.addCallback(
            lambda stat: stat is not None and stat.owner_session_id == self._id
        )

    def _answer(self, result: Any) -> Deferred[Any]:
        """A Deferred of what kazoo will have."""
        answer: Deferred[Any] = Deferred()
        result.rawlink(lambda done: self.crossing.call(self._tell, answer, done))
        return answer

    def _tell(self, answer: Deferred[Any], done: Any) -> None:
        try:
            value = done.get_nowait()
        except NoNodeError:
            answer.errback(NoNode())
        except NodeExistsError:
            answer.errback(NodeExists())
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
        client = self._client
        self.crossing.call(self._changed, state, client.client_state, client.client_id)

    def _changed(self, state: str, exactly: str, identity: Any) -> None:
        if self._closed:
            return
        if self._patience.active():
            self._patience.cancel()
        if state == CONNECTED:
            if self._id != identity[0]:
                self._id = identity[0]
                self.epoch += 1
            if self.why:
                log.info("connected to ZooKeeper at {hosts}", hosts=self.hosts)
            self.why = ""
            self.read_only = exactly == KeeperState.CONNECTED_RO
        elif exactly == KeeperState.AUTH_FAILED:
            self.why = f"ZooKeeper at {self.hosts} refuses the credentials of authInfo"
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

    def close(self) -> Deferred[None]:
        """End the session, on a thread of its own.

        Not on one of the pool: kazoo may wait ten seconds for a server that stands still, and a
        process that ends would wait for the pool.
        """
        if not self._closed:
            self._closed = True
            if self._patience.active():
                self._patience.cancel()
            threading.Thread(target=self._stop, daemon=True).start()
        closed: Deferred[None] = Deferred()
        if self._ended:
            closed.callback(None)
        else:
            self._waiting.append(closed)
        return closed

    def _stop(self) -> None:
        try:
            self._client.stop()
            self._client.close()
        except Exception as error:
            quiet.debug("ending a session: %s", error)
        self.crossing.call(self._stopped)

    def _stopped(self) -> None:
        self._ended = True
        waiting, self._waiting = self._waiting, []
        for closed in waiting:
            closed.callback(None)


def _identity(ensemble: Ensemble) -> dict[str, Any]:
    """What kazoo is told of credentials and TLS."""
    said: dict[str, Any] = {}
    auth, tls = ensemble.auth, ensemble.tls
    if auth is not None:
        said["auth_data"] = [(auth.scheme, auth.auth)]
    if tls is not None:
        checked = not tls.disable_validation
        said.update(use_ssl=True, verify_certs=checked, check_hostname=checked)
        said["ca"] = tls.trust_certs_bundle
        if tls.client_auth is not None:
            said["certfile"] = tls.client_auth.cert_path
            said["keyfile"] = tls.client_auth.key_path
    return said


def _first(found: Any) -> bytes:
    raw: bytes = found[0]
    return raw


def _nothing(_: object) -> None:
    return None


__all__ = ["KazooSession"]
