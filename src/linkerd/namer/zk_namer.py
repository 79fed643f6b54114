"""What the namers of services in ZooKeeper have in common.

In: the section, and paths behind the namer's prefix. Out: paths bound to the members of the service
at that place. Where there is no such node, or nobody below it that serves, shorter paths are tried
and the rest is the residual. What ZooKeeper does not answer leaves the last good members in effect.
How members stand there is the business of `serversets`, `curator` and `zk_leader`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from linkerd._typing import override
from linkerd.config.option import not_negative, option
from linkerd.name.activity import Activity, Computed, Constant, Failed, Ok, Pending, Read, State
from linkerd.name.addr import ADDR_PENDING, Addr, AddrBound, AddrFailed, AddrNeg, BoundName
from linkerd.name.path import Path
from linkerd.name.tree import NEG, Leaf, NameTree
from linkerd.namer.base import Namer, NamerConfig
from linkerd.namer.discovery import Tally
from linkerd.namer.endpoints import merge
from linkerd.namer.hosts import HostTable
from linkerd.namer.zk_members import ZkMembers
from linkerd.zookeeper import ensemble
from linkerd.zookeeper.shared import shared_session

if TYPE_CHECKING:
    from linkerd.name.addr import Standing
    from linkerd.namer.roster import Roster
    from linkerd.namer.zk_members import Reading
    from linkerd.runtime import Runtime
    from linkerd.zookeeper.shared import SharedSession

NOBODY = AddrNeg("there are no members that serve")


class ZkNamer(Namer):
    """Names of services in ZooKeeper."""

    def __init__(
        self, runtime: Runtime, config: ZkNamerConfig, shared: SharedSession, reading: Reading
    ) -> None:
        self.prefix = config.full_prefix()
        self._runtime = runtime
        self._shared = shared
        self._reading = reading
        self._keep_s = config.keep_members_ms / 1000.0
        self._chroot = node_at(config.chroot, len(config.chroot)).rstrip("/")
        self._tally = Tally(runtime.clock, runtime.wall, config.scope(runtime))
        self._hosts = HostTable(runtime, self._tally)
        self._sets: dict[str, ZkMembers] = {}

    @override
    def lookup(self, path: Path) -> Activity[NameTree[Path | BoundName]]:
        """Bind the longest beginning that is a set with members."""
        places = self.places(path)
        if not places:
            return Constant(Ok(NEG))
        leaves = {
            count: Leaf(
                BoundName(
                    self.prefix + path.take(count),
                    Computed(_Addresses(self, zk_path, endpoint).of),
                    path.drop(count),
                )
            )
            for count, zk_path, endpoint in places
        }

        def tree(read: Read) -> State[NameTree[Path | BoundName]]:
            for count, zk_path, _ in places:
                state = read(self.members(zk_path).discovery.state)
                if not isinstance(state, Ok):
                    return state
                if not isinstance(read(leaves[count].value.addr), AddrNeg):
                    return Ok(leaves[count])
            return Ok(NEG)

        return Computed(tree)

    def places(self, path: Path) -> list[tuple[int, str, str]]:
        """Where to look for a path, the best place first.

        How many segments that takes, the path in ZooKeeper, the name of the endpoint or "".
        """
        counts = range(len(path), 0, -1)
        return [(count, zk_path, "") for count in counts if (zk_path := node_at(path, count))]

    def members(self, zk_path: str) -> ZkMembers:
        """The set at a path, shared by all who look at it."""
        found = self._sets.get(zk_path)
        if found is None:

            def gone() -> None:
                if self._sets.get(zk_path) is found:
                    del self._sets[zk_path]

            found = ZkMembers(
                self._runtime,
                self._shared,
                self._tally,
                self._chroot + zk_path,
                self._reading,
                gone,
                self._keep_s,
            )
            self._sets[zk_path] = found
        return found

    @property
    def hosts(self) -> HostTable:
        """Where the hosts of members are looked up."""
        return self._hosts

    @override
    def standing(self, path: Path) -> Standing | None:
        """Tell how the set fares that answers, or the one that would."""
        for _, zk_path, _ in self.places(path):
            known = self._sets.get(zk_path)
            if known is not None and known.discovery.running:
                return known.discovery.standing()
        return None

    @override
    def state(self) -> dict[str, Any]:
        """Describe the observed sets, and the hosts of their members that are looked up."""
        state: dict[str, Any] = {}
        for _, found in sorted(self._sets.items()):
            edition = found.discovery.value
            value = [] if edition is None else described(edition.roster)
            state[found.path] = found.discovery.record(value)
        state["hosts"] = self._hosts.state()
        return state

    @override
    def close(self) -> None:
        """Take the gauges away, and end the session if nobody else uses it."""
        self._hosts.close()
        self._tally.close()
        self._shared.close()


class _Addresses:
    """The addresses of one endpoint of a set."""

    def __init__(self, namer: ZkNamer, zk_path: str, endpoint: str) -> None:
        self._namer = namer
        self._zk_path = zk_path
        self._endpoint = endpoint

    def of(self, read: Read) -> Addr:
        """Give the addresses as they are now."""
        namer = self._namer
        state = read(namer.members(self._zk_path).discovery.state)
        if isinstance(state, Pending):
            return ADDR_PENDING
        if isinstance(state, Failed):
            return AddrFailed(state.why)
        if state.value is None:
            return NOBODY
        literal, named = state.value.served(self._endpoint)
        if not named:
            return AddrBound(literal) if literal else NOBODY
        found = tuple(read(namer.hosts.addresses(target.host)) for target in named)
        return merge(named, found, AddrNeg("none of the members' hosts exists"), literal)


def described(roster: Roster) -> list[dict[str, Any]]:
    """Describe the members for the admin page."""
    return [
        {
            "node": node,
            "host": member.host,
            "port": member.port,
            "status": member.status,
            "shard": member.shard,
            "weight": roster.weight(node, member),
            "additional": {name: f"{host}:{port}" for name, host, port in member.more},
        }
        for node, member in sorted(roster.members())
    ]


def node_at(path: Path, count: int) -> str:
    """The path in ZooKeeper that the first `count` segments are; "" if they cannot be one."""
    try:
        names = [each.decode("utf-8") for each in path.elements[:count]]
    except UnicodeDecodeError:
        return ""
    return "/" + "/".join(names) if all(may_be_node(name) for name in names) else ""


def may_be_node(name: str) -> bool:
    """Whether a node can be called so."""
    return name not in ("", ".", "..") and "/" not in name and name.isprintable()


@attrs.frozen(kw_only=True)
class ZkNamerConfig(NamerConfig):
    """What the sections of these namers have."""

    zk_addrs: tuple[ensemble.ZkAddress, ...] = ensemble.option_zk_addrs()
    session_timeout_ms: int = ensemble.option_session_timeout_ms()
    auth_info: ensemble.AuthInfo | None = ensemble.option_auth_info()
    tls: ensemble.ZkTls | None = ensemble.option_tls()
    chroot: Path = option(
        "What stands before every path of this namer in ZooKeeper.",
        default=Path.of(),
        example="/prod",
        differs="Linkerd 1 has no such key.",
    )

    keep_members_ms: int = option(
        "For how long a set that has lost all its members keeps the last ones in use, as stale:"
        " most likely somebody has wiped the path. With 0 such a name is negative at once, and the"
        " next alternative of the dtab has its turn.",
        default=40000,
        unit="ms",
        check=not_negative,
        differs="Linkerd 1 has no such key; Finagle lets members that leave go after 40 seconds.",
    )

    def faults(self) -> list[tuple[str, str]]:
        """An ensemble has servers, and a chroot is a node."""
        chroot = self.chroot
        bad = len(chroot) and not node_at(chroot, len(chroot))
        return ensemble.no_server(self) + ([("chroot", "no node can be called so")] if bad else [])

    def shared(self, runtime: Runtime) -> SharedSession:
        """Give the session with the ensemble, which connects when it is used."""
        return shared_session(runtime, ensemble.Ensemble.of(self))


__all__ = ["ZkNamer", "ZkNamerConfig", "may_be_node", "node_at"]
