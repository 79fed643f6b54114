"""`/$/inet/<host>/<port>`: a host of the network, its addresses from DNS. Always there, no section.

In: paths behind `/$/inet`. Out: a bound name for every host and port, known or not: that a host is
unknown shows in its addresses (`AddrNeg`), so the dtab does not fall through. The interpreter makes
this namer and asks it for names that nothing else matches. Finagle's rules.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from linkerd._typing import override
from linkerd.name.activity import Activity, Constant, Failed, Ok
from linkerd.name.addr import ADDR_NEG, BoundName
from linkerd.name.path import Path
from linkerd.name.tree import Leaf, NameTree
from linkerd.namer.base import Namer
from linkerd.namer.discovery import LOOKUP_FAILED, Tally
from linkerd.namer.endpoints import Target, endpoints
from linkerd.namer.hosts import HostTable, Lookup

if TYPE_CHECKING:
    from linkerd.runtime import Runtime

PREFIX = Path.of("$", "inet")

_NUMBER = re.compile(rb"[+-]?[0-9]{1,10}\Z")


def port_of(segment: bytes) -> int | None:
    """Read a port as Finagle does: any 32-bit number is one, if perhaps not a good one."""
    if not _NUMBER.match(segment):
        return None
    number = int(segment)
    return number if -(2**31) <= number < 2**31 else None


class InetNamer(Namer):
    """Names of hosts and ports."""

    def __init__(self, runtime: Runtime, lookup: Lookup | None = None) -> None:
        self.prefix = PREFIX
        scope = runtime.metrics.scope("namer", "$/inet")
        self._tally = Tally(runtime.clock, runtime.wall, scope)
        self._hosts = HostTable(runtime, self._tally, lookup)

    @override
    def lookup(self, path: Path) -> Activity[NameTree[Path | BoundName]]:
        """Bind `/<host>/<port>/<residual>`, or `/<port>/<residual>` for the loopback address.

        Fails as in Finagle, with `Unknown namer: inet ...`, if no port is where one belongs.
        """
        segments = path.elements
        for size in (2, 1):
            port = port_of(segments[size - 1]) if len(segments) >= size else None
            if port is not None:
                host = segments[0].decode("utf-8", "replace") if size == 2 else ""
                return self._bind(host, port, path, size)
        whole = (self.prefix + path).show()
        return Constant(Failed(f"Unknown namer: inet for path: {whole}", LOOKUP_FAILED))

    def _bind(
        self, host: str, port: int, path: Path, size: int
    ) -> Activity[NameTree[Path | BoundName]]:
        if not 0 < port < 65536:
            return Constant(Failed(f"port out of range:{port}", LOOKUP_FAILED))
        addresses = endpoints(self._hosts, (Target(host, port),), ADDR_NEG)
        name = BoundName(self.prefix + path.take(size), addresses, path.drop(size))
        return Constant(Ok(Leaf(name)))

    @override
    def state(self) -> dict[str, Any]:
        """Describe the hosts that are looked up."""
        return {"hosts": self._hosts.state()}

    @override
    def close(self) -> None:
        """Take the metrics' gauges away; lookups end with their observers."""
        self._hosts.close()
        self._tally.close()


__all__ = ["PREFIX", "InetNamer", "port_of"]
