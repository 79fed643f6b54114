"""Host names and their addresses, looked up off the reactor's thread and kept fresh.

In: host texts of `inet` names and of files. Out: for each an `Activity` of its addresses. A namer
owns one table; a name is looked up at once when first observed and every five seconds from then on.

An unknown host is an answer: no addresses. That nobody answered is none: the last addresses stay.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from twisted.internet import defer, threads
from twisted.internet._resolver import GAIResolver
from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer

from linkerd._typing import override
from linkerd.backoff.equal_jittered import EqualJittered
from linkerd.name.activity import Activity, Constant, Observation, Ok, Pending, State, Var
from linkerd.namer.literal import address_of, may_be_dns_name
from linkerd.namer.poll import Poller

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress, IHostResolution

    from linkerd.namer.discovery import Tally
    from linkerd.runtime import Runtime
    from linkerd.telemetry.metrics import Scope

REFRESH = 5.0
"""Seconds between two lookups of an observed name (Finagle's)."""

BACKOFF = EqualJittered(0.5, REFRESH)
"""Waits while the resolver fails: sooner than the usual time at first."""

LIMIT = 20.0
"""Seconds a lookup may take; the resolver's own limit is usually 10 or 20."""

Addresses: TypeAlias = "frozenset[str]"
Lookup: TypeAlias = "Callable[[str], Deferred[Addresses]]"
"""Gives the addresses of a DNS name, none if the name is unknown; fails if there is no answer."""

_UNKNOWN = {getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)}


class GaiLookup:
    """Asks the system's resolver on the reactor's threads.

    Twisted's own resolver does the same but cannot tell an unknown host from a broken DNS.
    """

    def __init__(
        self, reactor: Any, getaddrinfo: Callable[..., Sequence[Any]] = socket.getaddrinfo
    ) -> None:
        self._reactor = reactor
        self._getaddrinfo = getaddrinfo

    def __call__(self, host: str) -> Deferred[Addresses]:
        """Look up one name."""
        pool = self._reactor.getThreadPool()
        return threads.deferToThreadPool(self._reactor, pool, self._ask, host)

    def _ask(self, host: str) -> Addresses:
        try:
            found = self._getaddrinfo(host, None, socket.AF_UNSPEC, socket.SOCK_STREAM)
        except socket.gaierror as error:
            if error.errno in _UNKNOWN:
                return frozenset()
            raise
        return frozenset(str(sockaddr[0]) for _, _, _, _, sockaddr in found)


@implementer(IResolutionReceiver)
class _Receiver:
    """Collects what a resolver of Twisted's finds. An empty result is an unknown host."""

    def __init__(self) -> None:
        self.done: Deferred[Addresses] = defer.Deferred()
        self._found: set[str] = set()

    def resolutionBegan(  # noqa: N802 - IResolutionReceiver
        self,
        resolutionInProgress: IHostResolution,  # noqa: N803
    ) -> None:
        """Twisted tells that it has begun."""

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802 - IResolutionReceiver
        """Twisted gives one address."""
        self._found.add(cast("Any", address).host)

    def resolutionComplete(self) -> None:  # noqa: N802 - IResolutionReceiver
        """Twisted has given all addresses."""
        if not self.done.called:
            self.done.callback(frozenset(self._found))


class PluggedLookup:
    """Asks the resolver that has been installed into the reactor."""

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver

    def __call__(self, host: str) -> Deferred[Addresses]:
        """Look up one name."""
        receiver = _Receiver()
        self._resolver.resolveHostName(receiver, host)
        return receiver.done


def lookup_of(reactor: Any) -> Lookup:
    """Choose how names are looked up: as the reactor does, if it is not with its stock resolver."""
    resolver = getattr(reactor, "nameResolver", None)
    if resolver is None or isinstance(resolver, GAIResolver):
        return GaiLookup(reactor)
    return PluggedLookup(resolver)


class HostTable:
    """The hosts that one namer's names and files mention, each looked up once for all of them.

    Metrics are Finagle's, below `inet/dns`: `lookup_ms`, `successes`, `failures`, `dns_lookups`,
    `dns_lookup_failures`, `queue_size`.
    """

    def __init__(
        self,
        runtime: Runtime,
        tally: Tally,
        lookup: Lookup | None = None,
    ) -> None:
        self._runtime = runtime
        self._tally = tally
        self._lookup = lookup if lookup is not None else lookup_of(runtime.reactor)
        self._metrics = _DnsMetrics(runtime.metrics.scope("inet", "dns"))
        self._pollers: dict[str, Poller[Addresses]] = {}

    def addresses(self, host: str) -> Activity[Addresses]:
        """Give the changing addresses of a host; none if it cannot exist."""
        literal = address_of(host)
        if literal is not None:
            return Constant(Ok(frozenset([literal])))
        if not may_be_dns_name(host):
            return Constant(Ok(frozenset()))
        return _Host(self, host)

    def poller(self, host: str) -> Poller[Addresses]:
        """Give what keeps a name fresh, for the time that it is observed."""
        poller = self._pollers.get(host)
        if poller is None:
            poller = self._pollers[host] = Poller(
                self._runtime,
                self._tally,
                lambda: self._ask(host),
                interval=REFRESH,
                limit=LIMIT,
                backoff=BACKOFF,
                gone=lambda: self._forget(host),
            )
        return poller

    def _forget(self, host: str) -> None:
        self._pollers.pop(host, None)

    def _ask(self, host: str) -> Deferred[Addresses]:
        begun = self._runtime.clock()
        self._metrics.asked()
        answer = self._lookup(host)
        answer.addCallbacks(self._answered, self._refused, callbackArgs=(begun,))
        return answer

    def _answered(self, addresses: Addresses, begun: float) -> Addresses:
        self._metrics.answered(bool(addresses), int(1000 * (self._runtime.clock() - begun)))
        return addresses

    def _refused(self, failure: Any) -> Any:
        self._metrics.refused()
        return failure

    def state(self) -> dict[str, Any]:
        """Describe the observed hosts for the admin page."""
        return {
            host: poller.discovery.record(sorted(poller.discovery.value or ()))
            for host, poller in sorted(self._pollers.items())
        }

    def close(self) -> None:
        """Take the gauge off the metrics tree."""
        self._metrics.close()


class _Host(Var[State[Addresses]]):
    """The addresses of one DNS name, looked up while somebody observes."""

    def __init__(self, table: HostTable, host: str) -> None:
        self._table = table
        self._host = host

    @override
    def observe(self, see: Callable[[State[Addresses]], None]) -> Observation:
        """Begin looking up, if nobody has."""
        return self._table.poller(self._host).discovery.state.observe(see)

    @override
    def sample(self) -> State[Addresses]:
        """Give what is known now."""
        poller = self._table._pollers.get(self._host)
        return Pending() if poller is None else poller.discovery.state.sample()


class _DnsMetrics:
    """Finagle's numbers of DNS."""

    def __init__(self, scope: Scope) -> None:
        self._lookups = scope.counter("dns_lookups")
        self._lookup_failures = scope.counter("dns_lookup_failures")
        self._successes = scope.counter("successes")
        self._failures = scope.counter("failures")
        self._ms = scope.stat("lookup_ms")
        self._out = 0
        self._gauge = scope.gauge("queue_size", read=lambda: self._out)

    def asked(self) -> None:
        self._lookups.value += 1
        self._out += 1

    def answered(self, found: bool, ms: int) -> None:
        self._out -= 1
        self._ms.add(ms)
        if found:
            self._successes.value += 1
        else:
            self._failures.value += 1

    def refused(self) -> None:
        self._out -= 1
        self._failures.value += 1
        self._lookup_failures.value += 1

    def close(self) -> None:
        self._gauge.close()


__all__ = ["REFRESH", "Addresses", "GaiLookup", "HostTable", "Lookup", "PluggedLookup", "lookup_of"]
