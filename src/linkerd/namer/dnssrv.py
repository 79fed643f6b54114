"""`io.l5d.dnssrv`: services found by their SRV records.

In: the section, and paths behind the namer's prefix. Out: `/<service name>/<residual>` bound to the
addresses of all targets. The name is asked for at each interval; hosts that come without addresses
are looked up as those of `/$/inet` are. A service that does not exist, has no records or only
unknown hosts is negative at once; that nobody answered leaves the last good addresses in effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import attrs
from twisted.internet import defer

from linkerd._typing import override
from linkerd.config.option import at_least_one, option
from linkerd.name.activity import Activity, Computed, Constant, Failed, Ok, Pending, Read, State
from linkerd.name.addr import ADDR_PENDING, Addr, AddrFailed, AddrNeg, BoundName
from linkerd.name.tree import NEG, Leaf, NameTree
from linkerd.namer.base import Namer, NamerConfig
from linkerd.namer.discovery import OK, Tally
from linkerd.namer.dns_lookup import DnsLookup, Files
from linkerd.namer.dns_resolver import Resolver
from linkerd.namer.dns_servers import DnsHost, NamedServers, dns_host
from linkerd.namer.dns_service import Service, Services, SrvStats
from linkerd.namer.dns_srv import SrvLookup, SrvTarget, Targets
from linkerd.namer.dns_turns import Turns
from linkerd.namer.endpoints import Target, merge
from linkerd.namer.hosts import BACKOFF, LIMIT_S, HostTable, Lookup, system_lookup
from linkerd.namer.literal import may_be_dns_name
from linkerd.namer.poll import Poller, Pollers

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

    from linkerd.name.addr import Standing
    from linkerd.name.path import Path
    from linkerd.namer.hosts import Addresses
    from linkerd.runtime import Runtime


class DnsSrvNamer(Namer):
    """Names of services."""

    def __init__(
        self, runtime: Runtime, config: DnsSrvConfig, services: Services, lookup: Lookup
    ) -> None:
        self.prefix = config.full_prefix()
        self._runtime = runtime
        self._services = services
        self._interval_s = float(config.refresh_interval_seconds)
        scope = config.scope(runtime)
        self._tally = Tally(runtime.clock, runtime.wall, scope)
        self._turns = Turns(runtime.reactor)
        self._hosts = HostTable(runtime, self._tally, lookup, self._turns)
        self._stats = SrvStats(scope.scope(self.prefix.show().lstrip("/")))
        self._pollers = Pollers(self._poller)

    @override
    def lookup(self, path: Path) -> Activity[NameTree[Path | BoundName]]:
        """Bind the first segment; the rest is the residual."""
        name = _name_in(path)
        if name is None:
            return Constant(Ok(NEG))
        targets = self._pollers.at(name)
        addresses = Computed(_Addresses(self._hosts, targets).of)
        leaf = Leaf(BoundName(self.prefix + path.take(1), addresses, path.drop(1)))

        def tree(read: Read) -> State[NameTree[Path | BoundName]]:
            state = read(targets)
            if not isinstance(state, Ok):
                return state
            return Ok(NEG if isinstance(read(addresses), AddrNeg) else leaf)

        return Computed(tree)

    def _poller(self, name: str) -> Poller[Targets]:
        service = Service(
            name,
            self._find,
            self._hosts,
            self._stats,
            self._interval_s,
            self._runtime,
        )

        def gone() -> None:
            self._pollers.forget(name)
            self._turns.forget(_turn(name))
            service.close()

        return Poller(
            self._runtime, self._tally, service.ask, limit=LIMIT_S, backoff=BACKOFF, gone=gone
        )

    def _find(self, name: str) -> Deferred[Targets]:
        """Ask for a service when it has its turn; hosts and services have them from one source."""

        def look(_: str) -> Deferred[Targets]:
            return defer.Deferred.fromCoroutine(self._services(name))

        return self._turns.run(_turn(name), look)

    @override
    def standing(self, path: Path) -> Standing | None:
        """Tell how the lookups of an observed service fare, or else those of its hosts."""
        poller = self._pollers.find(_name_in(path) or "")
        if poller is None:
            return None
        own = poller.discovery.standing()
        if own.phase == OK:
            for target in sorted(poller.discovery.value or ()):
                host = self._hosts.standing(target.host)
                if host is not None and host.phase != OK:
                    return host
        return own

    @override
    def state(self) -> dict[str, Any]:
        """Describe the observed services and hosts; a service called `hosts` gives way to those."""
        state: dict[str, Any] = {}
        for name, poller in self._pollers.all():
            value = [_shown(target) for target in sorted(poller.discovery.value or ())]
            state[name] = poller.discovery.record(value)
        state["hosts"] = self._hosts.state()
        return state

    @override
    def close(self) -> None:
        """Take the metrics' gauges away; lookups end with their observers."""
        self._hosts.close()
        self._tally.close()


class _Addresses:
    """The addresses of one service; keeps what looks up its hosts from one answer to the next."""

    def __init__(self, hosts: HostTable, targets: Activity[Targets]) -> None:
        self._hosts = hosts
        self._targets = targets
        self._sources: dict[SrvTarget, Activity[Addresses]] = {}

    def of(self, read: Read) -> Addr:
        """Give the addresses as they are now."""
        state = read(self._targets)
        if isinstance(state, Pending):
            return ADDR_PENDING
        if isinstance(state, Failed):
            return AddrFailed(state.why)
        self._sources = {
            target: self._sources.get(target) or self._source(target) for target in state.value
        }
        targets = tuple(Target(target.host, target.port) for target in self._sources)
        found = tuple(read(source) for source in self._sources.values())
        return merge(targets, found, AddrNeg("none of the hosts exists"))

    def _source(self, target: SrvTarget) -> Activity[Addresses]:
        if target.addresses:
            return Constant(Ok(target.addresses))
        return self._hosts.addresses(target.host)


def _name_in(path: Path) -> str | None:
    """Give the service name that a path begins with, if it can be one."""
    name = path.elements[0].decode("utf-8", "replace") if path.elements else ""
    return name if may_be_dns_name(name) else None


def _turn(name: str) -> str:
    """Tell a service from a host of the same name."""
    return f"SRV {name}"


def _shown(target: SrvTarget) -> dict[str, Any]:
    return {
        "host": target.host,
        "port": target.port,
        "addresses": sorted(target.addresses) or None,
    }


def _are_dns_hosts(texts: tuple[str, ...]) -> str | None:
    wrong = [text for text in texts if dns_host(text) is None]
    return f"{wrong[0]!r} is not a host, perhaps with a port" if wrong else None


@attrs.frozen(kw_only=True)
class DnsSrvConfig(NamerConfig):
    """The section of `io.l5d.dnssrv`."""

    kind: ClassVar[str] = "io.l5d.dnssrv"
    summary: ClassVar[str] = "Finds services by the SRV records of their names in DNS."

    refresh_interval_seconds: int = option(
        "How long after an answer a name is asked for again, whatever the answer's TTL is.",
        default=5,
        unit="s",
        check=at_least_one,
    )
    dns_hosts: tuple[str, ...] = option(
        "The name servers to ask, addresses or host names; by default those of `resolv.conf`.",
        default=(),
        example="[ns0.example.org, 10.0.0.53]",
        check=_are_dns_hosts,
        differs="A port may follow the host: `10.0.0.53:8600`, `[::1]:8600`.",
    )

    @override
    def mk(self, runtime: Runtime) -> DnsSrvNamer:
        """Make the namer, which asks nobody yet."""
        files = Files(runtime)
        hosts = [dns_host(text) or DnsHost(text) for text in self.dns_hosts]
        servers = NamedServers(runtime, hosts, system_lookup(runtime, files)) if hosts else None
        resolver = Resolver(runtime, files.conf, servers)
        return DnsSrvNamer(runtime, self, SrvLookup(files, resolver), DnsLookup(files, resolver))


__all__ = ["DnsSrvConfig", "DnsSrvNamer"]
