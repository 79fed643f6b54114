"""Host names and their addresses, looked up in DNS and kept fresh.

In: host texts of `inet` names and of files. Out: for each an `Activity` of its addresses. A namer
owns one table; a name is looked up at once when first observed and again whenever the answer's TTL
has run out, or the system's files say something else.

An unknown host is an answer: no addresses. That nobody answered is none: the last addresses stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from twisted.internet import defer

from linkerd.backoff.equal_jittered import EqualJittered
from linkerd.name.activity import Activity, Constant, Ok
from linkerd.namer.dns_lookup import UNTOLD_S, Addresses, DnsLookup, Files
from linkerd.namer.dns_plugged import plugged
from linkerd.namer.dns_resolver import Resolver
from linkerd.namer.dns_turns import Turns
from linkerd.namer.literal import address_of, may_be_dns_name
from linkerd.namer.poll import Answer, Poller, Pollers

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from linkerd.name.addr import Standing
    from linkerd.namer.discovery import Tally
    from linkerd.runtime import Runtime
    from linkerd.telemetry.metrics import Scope

BACKOFF = EqualJittered(0.5, 4.0)
"""Waits while no server answers."""

LIMIT_S = 20.0
"""Seconds a lookup may take, waiting for its turn included."""

LOOK_S = 5.0
"""Seconds between two looks at the system's files while names are observed."""

SPREAD_S = 1.0
"""Seconds over which all names are looked up again when a file has changed."""

Lookup: TypeAlias = "Callable[[str], Deferred[Answer[Addresses]] | Deferred[Addresses]]"
"""Gives the addresses of a DNS name, none if the name is unknown; fails if there is no answer.

Without an `Answer` that says for how long they hold, they do for five seconds.
"""


def lookup_of(runtime: Runtime) -> Lookup:
    """Choose how names are looked up: in DNS, unless a resolver is installed in the reactor."""
    return plugged(runtime.reactor) or system_lookup(runtime, Files(runtime))


def system_lookup(runtime: Runtime, files: Files) -> DnsLookup:
    """Give a lookup that does as the files say."""
    return DnsLookup(files, Resolver(runtime, files.conf))


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
        turns: Turns | None = None,
    ) -> None:
        self._runtime = runtime
        self._tally = tally
        self._lookup = lookup if lookup is not None else lookup_of(runtime)
        self._turns = turns if turns is not None else Turns(runtime.reactor)
        self._metrics = _DnsMetrics(runtime.metrics.scope("inet", "dns"), self._turns)
        self._pollers = Pollers(self._poller)
        self._look: Any = None

    def addresses(self, host: str) -> Activity[Addresses]:
        """Give the changing addresses of a host; none if it cannot exist."""
        literal = address_of(host)
        if literal is not None:
            return Constant(Ok(frozenset([literal])))
        if not may_be_dns_name(host):
            return Constant(Ok(frozenset()))
        return self._pollers.at(host)

    def standing(self, host: str) -> Standing | None:
        """Tell how the lookups of an observed name fare; None for what is not looked up."""
        poller = self._pollers.find(host)
        return None if poller is None else poller.discovery.standing()

    def state(self) -> dict[str, Any]:
        """Describe the observed hosts for the admin page."""
        return {
            host: poller.discovery.record(sorted(poller.discovery.value or ()))
            for host, poller in self._pollers.all()
        }

    def close(self) -> None:
        """Take the gauge off the metrics tree."""
        self._metrics.close()

    def _poller(self, host: str) -> Poller[Addresses]:
        if self._look is None and isinstance(self._lookup, DnsLookup):
            self._look_at(self._lookup.files)
        return Poller(
            self._runtime,
            self._tally,
            lambda: self._ask(host),
            limit=LIMIT_S,
            backoff=BACKOFF,
            gone=lambda: self._gone(host),
        )

    def _gone(self, host: str) -> None:
        self._pollers.forget(host)
        self._turns.forget(host)
        if self._look is not None and not self._pollers:
            self._look.cancel()
            self._look = None

    def _look_at(self, files: Files) -> None:
        """Have all names looked up again if the system's files have changed."""
        self._look = self._runtime.reactor.callLater(LOOK_S, self._look_at, files)
        if files.changed():
            for _, poller in self._pollers.all():
                poller.soon(SPREAD_S)

    def _ask(self, host: str) -> Deferred[Answer[Addresses]]:
        begun = self._runtime.clock()
        self._metrics.asked()
        answer: Deferred[Any] = self._turns.run(host, self._look_up)
        return answer.addCallbacks(self._answered, self._refused, callbackArgs=(begun,))

    def _look_up(self, host: str) -> Deferred[Any]:
        return self._lookup(host)

    def _answered(self, found: Answer[Addresses] | Addresses, begun: float) -> Answer[Addresses]:
        answer = found if isinstance(found, Answer) else Answer(found, UNTOLD_S)
        self._metrics.answered(bool(answer.value), int(1000 * (self._runtime.clock() - begun)))
        return answer

    def _refused(self, failure: Failure) -> Failure:
        if not failure.check(defer.CancelledError):
            self._metrics.refused()
        return failure


class _DnsMetrics:
    """Finagle's numbers of DNS; `queue_size` is of lookups that wait for their turn."""

    def __init__(self, scope: Scope, turns: Turns) -> None:
        self._lookups = scope.counter("dns_lookups")
        self._lookup_failures = scope.counter("dns_lookup_failures")
        self._successes = scope.counter("successes")
        self._failures = scope.counter("failures")
        self._ms = scope.stat("lookup_ms")
        self._gauge = scope.gauge("queue_size", read=turns.waiting)

    def asked(self) -> None:
        self._lookups.value += 1

    def answered(self, found: bool, ms: int) -> None:
        self._ms.add(ms)
        if found:
            self._successes.value += 1
        else:
            self._failures.value += 1

    def refused(self) -> None:
        self._failures.value += 1
        self._lookup_failures.value += 1

    def close(self) -> None:
        self._gauge.close()


__all__ = [
    "BACKOFF",
    "LIMIT_S",
    "Addresses",
    "HostTable",
    "Lookup",
    "lookup_of",
    "system_lookup",
]
