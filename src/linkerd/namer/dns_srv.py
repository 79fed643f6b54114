"""Looks a service name up: its SRV records (RFC 2782), and the addresses that come with them.

In: a service name, relative or full. Out: `SrvTarget`s, none if the service does not exist or is
decidedly not available; `NoAnswer` if that cannot be found out. Priority and weight are left aside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from linkerd.namer.dns_conf import candidates
from linkerd.namer.dns_lookup import CEILING_S, hold_s, search
from linkerd.namer.dns_message import AAAA, SRV, A, Records, address_of_row
from linkerd.namer.literal import address_of
from linkerd.namer.poll import Answer

if TYPE_CHECKING:
    from linkerd.namer.dns_lookup import Files
    from linkerd.namer.dns_resolver import Resolver


class SrvTarget(NamedTuple):
    """An instance of a service: a full host name with its last dot, or an address, and a port.

    `addresses` are those that came with the answer; none if the host must be looked up.
    """

    host: str
    port: int
    addresses: frozenset[str] = frozenset()


Targets: TypeAlias = "frozenset[SrvTarget]"


def targets_of(records: Records) -> Targets:
    """Find the instances in an answer; the target `.` stands for none, as does port 0."""
    beside: dict[bytes, set[str]] = {}
    for row in records.beside:
        if row.type in (A, AAAA):
            beside.setdefault(row.name.name.lower(), set()).add(address_of_row(row.payload))
    return frozenset(
        SrvTarget(_host(row), row.port, frozenset(beside.get(row.target.name.lower(), ())))
        for row in records.found
        if row.target.name.strip(b".") and row.port
    )


def _host(row: Any) -> str:
    host = row.target.name.decode("ascii", "replace").rstrip(".")
    return host if address_of(host) is not None else f"{host}."


class SrvLookup:
    """Gives the instances of a service once."""

    def __init__(self, files: Files, resolver: Resolver) -> None:
        self._files = files
        self._resolver = resolver

    async def __call__(self, name: str) -> Targets:
        """Ask for a name, along the search list if it is relative. Raises NoAnswer."""

        async def look(full: str) -> Answer[Records | None]:
            records = await self._resolver.records(full, SRV)
            return Answer(records if records.found else None, hold_s([records], CEILING_S))

        answer = await search(candidates(name, self._files.conf()), look, None)
        return frozenset() if answer.value is None else targets_of(answer.value)


__all__ = ["SrvLookup", "SrvTarget", "Targets", "targets_of"]
