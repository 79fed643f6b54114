"""Names of hosts of the network: `/$/inet/<host>/<port>` and what differs from it in one thing.

In: paths behind the prefix. Out: a bound name for every host and port, known or not: that a host is
unknown shows in its addresses (`AddrNeg`), so the dtab does not fall through. The built-in namer
makes one of each kind and owns the table of hosts behind them. Finagle's rules.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from linkerd._typing import override
from linkerd.name.activity import Activity, Constant, Failed, Ok
from linkerd.name.addr import Addr, AddrFailed, AddrNeg, BoundName
from linkerd.name.delegate import unknown_namer
from linkerd.name.path import Path
from linkerd.name.tree import NEG, Leaf, NameTree
from linkerd.namer.base import Namer
from linkerd.namer.discovery import LOOKUP_FAILED
from linkerd.namer.endpoints import Target, merge

if TYPE_CHECKING:
    from linkerd.name.activity import Var
    from linkerd.name.addr import Standing
    from linkerd.namer.hosts import Addresses

INET = Path.of("$", "inet")
FIXED = Path.of("$", "fixedinet")
REVERSED = Path.of("$", "io.buoyant.rinet")

_NUMBER = re.compile(rb"[+-]?[0-9]{1,10}\Z")
_MAX_PORT = 65535


class Hosts(Protocol):
    """What knows the addresses of hosts; see `linkerd.namer.hosts.HostTable`."""

    def addresses(self, host: str) -> Activity[Addresses]:
        """Give the changing addresses of a host; none if it cannot exist."""

    def standing(self, host: str) -> Standing | None:
        """Tell how the lookup of a host fares; None if nobody observes it or it needs none."""

    def state(self) -> dict[str, Any]:
        """Describe the hosts for the admin page."""


class Named(NamedTuple):
    """What a path names: `size` segments of it are host and port. Without a number: None."""

    host: str
    port: int | None
    size: int


def port_of(segment: bytes) -> int | None:
    """Read a port as Finagle does: any 32-bit number is one, if perhaps not a good one."""
    if not _NUMBER.match(segment):
        return None
    number = int(segment)
    return number if -(2**31) <= number < 2**31 else None


def host_then_port(path: Path) -> Named | None:
    """Read `/<host>/<port>`, or else `/<port>` of the loopback address; None if it is neither."""
    segments = path.elements
    for size in (2, 1):
        port = port_of(segments[size - 1]) if len(segments) >= size else None
        if port is not None:
            return Named(_text(segments[0]) if size == 2 else "", port, size)
    return None


def port_then_host(path: Path) -> Named | None:
    """Read `/<port>/<host>`; None if there are not two segments."""
    if path.size < 2:
        return None
    return Named(_text(path.elements[1]), port_of(path.elements[0]), 2)


def _text(segment: bytes) -> str:
    return segment.decode("utf-8", "replace")


class InetNamer(Namer):
    """Names of hosts and ports, the host before the port."""

    def __init__(self, prefix: Path, hosts: Hosts) -> None:
        self.prefix = prefix
        self._hosts = hosts

    def named(self, path: Path) -> Named | None:
        """Read host and port."""
        return host_then_port(path)

    def unnamed(self, path: Path) -> Activity[NameTree[Path | BoundName]]:
        """Answer for a path without host and port.

        Finagle takes it for the name of a Java class then, which there is none of.
        """
        return unknown_namer(self.prefix.drop(1) + path)

    @override
    def lookup(self, path: Path) -> Activity[NameTree[Path | BoundName]]:
        """Bind host and port; what follows them is the residual."""
        named = self.named(path)
        if named is None:
            return self.unnamed(path)
        host, port, size = named
        if port is not None and not 0 < port <= _MAX_PORT:
            return Constant(Failed(f"port out of range:{port}", LOOKUP_FAILED))
        addr: Var[Addr] = Constant(AddrFailed("the port is not a number"))
        if port is not None:
            targets = (Target(host, port),)
            none = AddrNeg(f"there is no host {host}")
            addr = self._hosts.addresses(host).map(lambda state: merge(targets, (state,), none))
        name = BoundName(self.prefix + path.take(size), addr, path.drop(size))
        return Constant(Ok(Leaf(name)))

    @override
    def standing(self, path: Path) -> Standing | None:
        """Tell how the lookup of the host fares."""
        named = self.named(path)
        return None if named is None else self._hosts.standing(named.host)

    @override
    def state(self) -> dict[str, Any]:
        """Describe the hosts."""
        return {"hosts": self._hosts.state()}

    @override
    def close(self) -> None:
        """Nothing is held: lookups end with their observers."""


class ReversedInetNamer(InetNamer):
    """Names of hosts and ports, the port before the host: Linkerd's `rinet`."""

    @override
    def named(self, path: Path) -> Named | None:
        """Read port and host."""
        return port_then_host(path)

    @override
    def unnamed(self, path: Path) -> Activity[NameTree[Path | BoundName]]:
        """Answer for a path that is too short: there is no such name."""
        return Constant(Ok(NEG))


__all__ = [
    "FIXED",
    "INET",
    "REVERSED",
    "Hosts",
    "InetNamer",
    "ReversedInetNamer",
    "port_of",
]
