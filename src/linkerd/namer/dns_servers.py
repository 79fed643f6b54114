"""Name servers that a configuration names: addresses or host names, with or without a port.

In: texts such as `10.0.0.53`, `ns0.example.org:5353`, `[::1]:53`. Out: the servers to ask. Host
names are looked up with the system's own servers, when they are needed and as their TTLs say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from linkerd.namer.dns_conf import DNS_PORT, Server, server_of
from linkerd.namer.dns_message import NoAnswer
from linkerd.namer.literal import address_of, may_be_dns_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twisted.internet.defer import Deferred

    from linkerd.namer.dns_lookup import Addresses
    from linkerd.namer.poll import Answer
    from linkerd.runtime import Runtime


class DnsHost(NamedTuple):
    """A name server as configured; `host` is an address or a name."""

    host: str
    port: int = DNS_PORT


def dns_host(text: str) -> DnsHost | None:
    """Read `host`, `host:port` or `[address]:port`; None if the text is none of them."""
    server = server_of(text)
    if server is not None:
        return DnsHost(*server)
    host, _, port = text.partition(":")
    port = port or str(DNS_PORT)
    if not (port.isascii() and port.isdigit() and 0 < int(port[:9]) < 65536):
        return None
    literal = address_of(host) if host else None
    if literal is None and not may_be_dns_name(host):
        return None
    return DnsHost(literal or host, int(port))


class NamedServers:
    """The servers of a configuration."""

    def __init__(
        self,
        runtime: Runtime,
        hosts: Sequence[DnsHost],
        lookup: Callable[[str], Deferred[Answer[Addresses]]],
    ) -> None:
        self._clock = runtime.clock
        self._hosts = hosts
        self._lookup = lookup
        self._known: dict[str, tuple[Addresses, float]] = {}

    async def servers(self) -> Sequence[Server]:
        """Give all addresses of all hosts, in order. Raises NoAnswer if there is none."""
        found = []
        faults = []
        for host, port in self._hosts:
            literal = address_of(host)
            try:
                addresses = await self._addresses(host) if literal is None else [literal]
            except NoAnswer as fault:
                faults.append(str(fault))
            else:
                found += [Server(address, port) for address in sorted(addresses)]
        if not found:
            raise NoAnswer(f"no name server is known: {', '.join(faults) or 'unknown hosts'}", True)
        return found

    async def _addresses(self, host: str) -> Addresses:
        """Look a host up unless what is known still holds; keep that while nobody answers."""
        addresses, until = self._known.get(host, (frozenset[str](), 0.0))
        if addresses and self._clock() < until:
            return addresses
        try:
            answer = await self._lookup(host)
        except NoAnswer:
            if not addresses:
                raise
            return addresses
        self._known[host] = (answer.value, self._clock() + answer.hold_s)
        return answer.value


__all__ = ["DnsHost", "NamedServers", "dns_host"]
