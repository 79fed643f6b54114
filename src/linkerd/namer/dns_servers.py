"""Name servers that a configuration names: addresses or host names, with or without a port.

In: texts such as `10.0.0.53`, `ns0.example.org:5353`, `[::1]:53`. Out: the servers to ask. Host
names are looked up with the system's own servers, when they are needed and as their TTLs say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from twisted.internet import defer

from linkerd.namer.dns_conf import DNS_PORT, Server, server_of
from linkerd.namer.dns_enough import enough
from linkerd.namer.dns_message import NoAnswer
from linkerd.namer.literal import address_of, may_be_dns_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from linkerd.namer.dns_lookup import Addresses
    from linkerd.namer.poll import Answer
    from linkerd.runtime import Runtime

    Lookup: TypeAlias = Callable[[str], Deferred[Answer[Addresses]]]

AGAIN_S = 5.0
"""Seconds before a name is looked up again for which there was no answer."""


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

    def __init__(self, runtime: Runtime, hosts: Sequence[DnsHost], lookup: Lookup) -> None:
        self._reactor = runtime.reactor
        self._hosts = hosts
        self._named = {
            host: _Named(runtime.clock, host, lookup)
            for host, _ in hosts
            if address_of(host) is None
        }

    async def servers(self) -> Sequence[Server]:
        """Give all addresses of all hosts, in order. Raises NoAnswer if there is none.

        All names are looked up at a time, and those that nobody tells are not waited for as long as
        there is another server.
        """
        asked = [self._addresses(host) for host, _ in self._hosts]
        said = await enough(self._reactor, asked, bool)
        found = [
            Server(address, port)
            for (_, port), addresses in zip(self._hosts, said, strict=True)
            for address in sorted(addresses or ())
        ]
        if not found:
            why = ", ".join(each.why for each in self._named.values())
            raise NoAnswer(f"no name server is known: {why}", True)
        return found

    def _addresses(self, host: str) -> Deferred[Addresses]:
        named = self._named.get(host)
        return defer.succeed(frozenset([host])) if named is None else named.addresses()


class _Named:
    """A host name, looked up once for all who ask, and not again before that makes sense."""

    def __init__(self, clock: Callable[[], float], host: str, lookup: Lookup) -> None:
        self._clock = clock
        self._host = host
        self._lookup = lookup
        self._known = frozenset[str]()
        self._until = 0.0
        self._asked: Deferred[Any] | None = None
        self.why = ""

    def addresses(self) -> Deferred[Addresses]:
        """Give what is known, even if that is old, and wait for nothing but the first answer."""
        first = not (self._known or self.why)
        if self._asked is None and self._clock() >= self._until:
            self._asked = asked = self._lookup(self._host)
            asked.addCallbacks(self._found, self._failed)
        if first and self._asked is not None:
            return self._asked
        return defer.succeed(self._known)

    def _found(self, answer: Answer[Addresses]) -> Addresses:
        why = "" if answer.value else f"{self._host} is unknown"
        return self._settle(answer.value, answer.hold_s, why)

    def _failed(self, failure: Failure) -> Addresses:
        return self._settle(self._known, AGAIN_S, failure.getErrorMessage())

    def _settle(self, known: Addresses, hold_s: float, why: str) -> Addresses:
        self._asked = None
        self._known, self._until, self.why = known, self._clock() + hold_s, why
        return known


__all__ = ["DnsHost", "NamedServers", "dns_host"]
