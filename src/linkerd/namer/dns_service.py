"""One service of `io.l5d.dnssrv` while it is observed: its instances, and their hosts looked up.

In: the service's name. Out: its instances, handed on when the first lookup of every host is done,
or soon after the first host has addresses, so that a set of new hosts does not replace a good one
before it can be used, and one host that nobody knows does not hold up the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet import defer

from linkerd.name.activity import Activity, Failed, Ok, Pending, State
from linkerd.namer.dns_enough import enough
from linkerd.namer.dns_message import NoAnswer
from linkerd.namer.poll import Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from twisted.internet.defer import Deferred

    from linkerd.namer.dns_lookup import Addresses
    from linkerd.namer.dns_srv import Targets
    from linkerd.namer.hosts import HostTable
    from linkerd.runtime import Runtime
    from linkerd.telemetry.metrics import Scope


class Services(Protocol):
    """Knows the instances of services."""

    def __call__(self, name: str) -> Coroutine[Any, Any, Targets]:
        """Give the instances of a service. Raises NoAnswer."""


class Service:
    """What asks for one service; `close` when nobody observes it any more."""

    def __init__(
        self,
        name: str,
        services: Callable[[str], Awaitable[Targets]],
        hosts: HostTable,
        stats: SrvStats,
        interval_s: float,
        runtime: Runtime,
    ) -> None:
        self._name = name
        self._services = services
        self._hosts = hosts
        self._stats = stats
        self._interval_s = interval_s
        self._runtime = runtime
        self._held: dict[str, _Held] = {}
        self._used = frozenset[str]()

    def ask(self) -> Deferred[Answer[Targets]]:
        """Ask once."""
        return defer.Deferred.fromCoroutine(self._ask())

    def close(self) -> None:
        """Stop looking up the hosts."""
        self._keep(frozenset())

    async def _ask(self) -> Answer[Targets]:
        begun = self._runtime.clock()
        try:
            targets = await self._services(self._name)
        except NoAnswer as fault:
            self._stats.failed(fault)
            raise
        self._stats.answered(int(1000 * (self._runtime.clock() - begun)), bool(targets))
        await self._settle(targets)
        return Answer(targets, self._interval_s)

    async def _settle(self, targets: Targets) -> None:
        """Wait until enough hosts have been looked up. Raises NoAnswer if that gave nothing.

        Those of the answer in effect are held until then, and the new ones from now on: who asks
        again finds what has been found out meanwhile.
        """
        hosts = frozenset(target.host for target in targets if not target.addresses)
        self._keep(hosts | self._used)
        given: list[State[Addresses]] = [Ok(each.addresses) for each in targets if each.addresses]
        settled = [self._held[host].settled for host in hosts]
        settled += map(defer.succeed, given[:1])
        await enough(self._runtime.reactor, settled, _is_usable)
        if targets and not given:
            self._judge([self._held[host].state for host in hosts])
        self._used = hosts
        self._keep(hosts)

    def _judge(self, states: list[State[Addresses]]) -> None:
        """Tell whether hosts without addresses are unknown, or could not be looked up."""
        if any(_is_usable(state) for state in states):
            return
        for state in states:
            if isinstance(state, Failed):
                raise NoAnswer(f"no address of any target: {state.why}")
        self._stats.unknown_hosts.value += 1

    def _keep(self, hosts: frozenset[str]) -> None:
        """Hold these hosts, and no others."""
        for host in self._held.keys() - hosts:
            self._held.pop(host).close()
        for host in hosts - self._held.keys():
            self._held[host] = _Held(self._hosts.addresses(host))


def _is_usable(state: State[Addresses]) -> bool:
    return isinstance(state, Ok) and bool(state.value)


class _Held:
    """A host that is looked up. `settled` has its state when its first lookup is done."""

    def __init__(self, addresses: Activity[Addresses]) -> None:
        self.settled: Deferred[State[Addresses]] = defer.Deferred()
        self.state: State[Addresses] = Pending()
        self._observation = addresses.observe(self._see)

    def _see(self, state: State[Addresses]) -> None:
        self.state = state
        if not isinstance(state, Pending) and not self.settled.called:
            self.settled.callback(state)

    def close(self) -> None:
        self._observation.close()


class SrvStats:
    """Linkerd's numbers of service lookups."""

    def __init__(self, scope: Scope) -> None:
        self.successes = scope.counter("lookup_successes_total")
        self.failures = scope.counter("lookup_failures_total")
        self.zero_results = scope.counter("lookup_zero_results_total")
        self.unknown_hosts = scope.counter("unknown_srv_hosts_results_total")
        self.unexpected_codes = scope.counter("unexpected_code_total")
        self.ms = scope.stat("request_duration_ms")

    def answered(self, ms: int, found: bool) -> None:
        """The answer took so long, and had instances or none."""
        self.successes.value += 1
        self.ms.add(ms)
        if not found:
            self.zero_results.value += 1

    def failed(self, fault: NoAnswer) -> None:
        """There was no answer, or a code that is none."""
        self.failures.value += 1
        if not fault.silent:
            self.unexpected_codes.value += 1


__all__ = ["Service", "Services", "SrvStats"]
