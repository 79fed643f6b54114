"""Looks a host name up as the system does: /etc/hosts first, then DNS along the search list.

In: a name. Out: all its addresses, IPv4 and IPv6, and for how long they hold: the least TTL, within
bounds. None if it does not exist, for as long as the zone's SOA says (RFC 2308). Fails with
`NoAnswer` if that cannot be found out. Nsswitch's sources other than `files` and `dns` are not
asked.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from twisted.internet import defer

from linkerd.namer.dns_conf import ResolvConf, candidates, read_resolv_conf
from linkerd.namer.dns_enough import enough
from linkerd.namer.dns_files import Hosts, WatchedFile
from linkerd.namer.dns_message import AAAA, A, NoAnswer, Records, address_of_row
from linkerd.namer.poll import Answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from twisted.internet.defer import Deferred

    from linkerd.namer.dns_resolver import Resolver
    from linkerd.runtime import Runtime

T = TypeVar("T")

Addresses: TypeAlias = "frozenset[str]"

RESOLV_CONF = "/etc/resolv.conf"
HOSTS = "/etc/hosts"

UNTOLD_S = 5.0
"""Seconds that an answer holds that does not say how long."""

FLOOR_S = 1.0
CEILING_S = 300.0
NEGATIVE_CEILING_S = 30.0
"""Seconds that an answer holds at least, and at most; at most if it is that there are none."""


class Files:
    """The two files that say how names are looked up."""

    def __init__(
        self, runtime: Runtime, resolv_conf: str = RESOLV_CONF, hosts: str = HOSTS
    ) -> None:
        self._conf = WatchedFile(
            runtime, resolv_conf, lambda text: read_resolv_conf(text, socket.gethostname())
        )
        self._hosts = WatchedFile(runtime, hosts, lambda text: Hosts(text, runtime.reactor))
        self._seen: object = None

    def conf(self) -> ResolvConf:
        """Give what resolv.conf says."""
        return self._conf.value()

    def hosts(self) -> Hosts:
        """Give what the hosts file says."""
        return self._hosts.value()

    def changed(self) -> bool:
        """Tell whether one of the files says something else than when this was last called."""
        seen, self._seen = self._seen, (self.conf(), self.hosts())
        return seen is not None and seen != self._seen


class DnsLookup:
    """Gives the addresses of a name once."""

    def __init__(self, files: Files, resolver: Resolver) -> None:
        self.files = files
        self._resolver = resolver

    def __call__(self, host: str) -> Deferred[Answer[Addresses]]:
        """Look up one name."""
        return defer.Deferred.fromCoroutine(self._find(host))

    async def _find(self, host: str) -> Answer[Addresses]:
        listed = await self.files.hosts().get(host.rstrip("."))
        if listed is not None:
            return Answer(listed, UNTOLD_S)
        conf = self.files.conf()
        types = (A, AAAA) if conf.ipv6 else (A,)

        async def both(name: str) -> Answer[Addresses]:
            return await self._families(name, types)

        return await search(candidates(host, conf), both, frozenset())

    async def _families(self, name: str, types: Sequence[int]) -> Answer[Addresses]:
        """Ask for the families of addresses at a time. What one says does not wait for another."""
        asked = [defer.Deferred.fromCoroutine(self._records(name, each)) for each in types]
        try:
            said = await enough(self._resolver.runtime.reactor, asked, _is_told)
        finally:
            for each in asked:
                each.cancel()
        return together([NoAnswer("is late", True) if each is None else each for each in said])

    async def _records(self, name: str, type: int) -> Records | NoAnswer:
        try:
            return await self._resolver.records(name, type)
        except NoAnswer as fault:
            return fault


def _is_told(said: Records | NoAnswer) -> bool:
    """Tell whether this is an answer whatever is said of the other family."""
    return isinstance(said, Records) and bool(said.found or not said.exists)


def together(families: Sequence[Records | NoAnswer]) -> Answer[Addresses]:
    """Make one answer of what was said for each family of addresses.

    Addresses count whatever became of the other family. That there are none is believed only if
    both say so, or one says that there is no such name. Raises NoAnswer.
    """
    said = [each for each in families if isinstance(each, Records)]
    found = [each for each in said if each.found]
    if found:
        addresses = frozenset(address_of_row(row) for each in found for row in each.found)
        return Answer(addresses, hold_s(found, CEILING_S))
    unknown = [each for each in said if not each.exists]
    faults = [each for each in families if isinstance(each, NoAnswer)]
    if faults and not unknown:
        raise faults[0]
    return Answer(frozenset(), hold_s(unknown or said, NEGATIVE_CEILING_S))


def hold_s(records: Sequence[Records], most: float) -> float:
    """Give the seconds that all of the records hold, within bounds."""
    told = [each.ttl_s for each in records if each.ttl_s is not None]
    return max(FLOOR_S, min([*told, most] if told else [UNTOLD_S]))


async def search(
    names: Sequence[str], look: Callable[[str], Awaitable[Answer[T]]], none: T
) -> Answer[T]:
    """Give the first answer that is not `none`, as glibc does.

    A name that the servers answer with an error is passed over, but then nothing is not believed,
    unless it is the single label itself, which many resolvers refuse to ask the root for. Silence
    ends the search. Raises NoAnswer.
    """
    fault: NoAnswer | None = None
    least = NEGATIVE_CEILING_S
    for name in names:
        try:
            answer = await look(name)
        except NoAnswer as raised:
            if raised.silent:
                raise
            if "." in name or len(names) == 1:
                fault = fault or raised
        else:
            if answer.value != none:
                return answer
            least = min(least, answer.hold_s)
    if fault is not None:
        raise fault
    return Answer(none, least)


__all__ = [
    "CEILING_S",
    "FLOOR_S",
    "HOSTS",
    "NEGATIVE_CEILING_S",
    "RESOLV_CONF",
    "UNTOLD_S",
    "Addresses",
    "DnsLookup",
    "Files",
    "hold_s",
    "search",
    "together",
]
