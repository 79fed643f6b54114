"""Hosts that are looked up once: behind `/$/fixedinet/<host>/<port>`.

In: a table of hosts that keeps their addresses fresh. Out: for each host the first addresses that
it had, and those for good. What is not found is not kept; then the host is looked up as any other
until it is. The built-in namer owns one memory, which is bounded, for hosts may come from requests:
the host that nobody has asked for longest is forgotten, and looked up anew if it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkerd._typing import override
from linkerd.name.activity import PENDING, Activity, Ok, Source, State, Var
from linkerd.name.addr import Standing
from linkerd.namer.discovery import OK
from linkerd.namer.literal import address_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.name.activity import Observation
    from linkerd.namer.hosts import Addresses
    from linkerd.namer.inet import Hosts

MAX_REMEMBERED = 16_000
"""Hosts whose addresses are remembered (Finagle's number)."""


class FixedHosts:
    """The addresses that hosts had when they were first looked up."""

    def __init__(
        self, hosts: Hosts, clock: Callable[[], float], limit: int = MAX_REMEMBERED
    ) -> None:
        self._hosts = hosts
        self._clock = clock
        self._limit = limit
        # Addresses and since when; the host asked for last is the last one.
        self._known: dict[str, tuple[Addresses, float]] = {}

    def addresses(self, host: str) -> Activity[Addresses]:
        """Give the addresses of a host, which do not change once there are any."""
        live = self._hosts.addresses(host)
        return live if address_of(host) is not None else _FixedHost(self, host, live)

    def remembered(self, host: str) -> Addresses | None:
        """Give what is remembered of a host, and keep it for longer."""
        known = self._known.pop(host, None)
        if known is None:
            return None
        self._known[host] = known
        return known[0]

    def remember(self, host: str, addresses: Addresses) -> Addresses:
        """Keep the addresses, unless some are remembered already; give those in force."""
        before = self.remembered(host)
        if before is not None:
            return before
        if len(self._known) >= self._limit:
            del self._known[next(iter(self._known))]
        self._known[host] = (addresses, self._clock())
        return addresses

    def standing(self, host: str) -> Standing | None:
        """Tell since when the addresses are remembered, or how the lookup fares."""
        known = self._known.get(host)
        if known is None:
            return self._hosts.standing(host)
        return Standing(OK, self._clock() - known[1])

    def state(self) -> dict[str, Any]:
        """List the hosts that are remembered, and their addresses."""
        return {host: sorted(addresses) for host, (addresses, _) in sorted(self._known.items())}


class _FixedHost(Var["State[Addresses]"]):
    """One host for one bound name: follows the live addresses until there are some."""

    def __init__(self, memory: FixedHosts, host: str, live: Activity[Addresses]) -> None:
        self._state: Source[State[Addresses]] = Source(PENDING, self._begin, self._end)
        self._memory = memory
        self._host = host
        self._live = live
        self._observation: Observation | None = None
        self._done = False

    @override
    def observe(self, see: Callable[[State[Addresses]], None]) -> Observation:
        """Begin looking up, unless the addresses are remembered."""
        return self._state.observe(see)

    @override
    def sample(self) -> State[Addresses]:
        """Give what is known now."""
        known = self._memory.remembered(self._host)
        return self._live.sample() if known is None else Ok(known)

    def _begin(self) -> None:
        known = self._memory.remembered(self._host)
        self._done = known is not None
        if known is not None:
            self._state.set(Ok(known))
            return
        observation = self._live.observe(self._see)
        if self._done:
            observation.close()
        else:
            self._observation = observation

    def _see(self, state: State[Addresses]) -> None:
        if isinstance(state, Ok) and state.value:
            state = Ok(self._memory.remember(self._host, state.value))
            self._end()
        self._state.set(state)

    def _end(self) -> None:
        self._done = True
        observation, self._observation = self._observation, None
        if observation is not None:
            observation.close()


__all__ = ["MAX_REMEMBERED", "FixedHosts"]
