"""A question of DNS, and what a reply to it says.

In: a name and a type; a reply as Twisted has it. Out: the records that it has for the question, or
that there are none, and for how long that holds (RFC 1035, 2308). Pure.
"""

from __future__ import annotations

import ipaddress
from typing import Any, NamedTuple

import attrs
from twisted.names import dns

A, AAAA, SRV = dns.A, dns.AAAA, dns.SRV

SAYS = {
    dns.EFORMAT: "FORMERR",
    dns.ESERVER: "SERVFAIL",
    dns.ENAME: "NXDOMAIN",
    dns.ENOTIMP: "NOTIMP",
    dns.EREFUSED: "REFUSED",
}
"""Response codes by name."""

NO_EDNS = (dns.EFORMAT, dns.ENOTIMP)
"""Codes by which a server says that it does not understand the query."""

_ALIASES = 16


class NoAnswer(Exception):
    """No server had an answer, for the reason given.

    `silent` if none said anything at all, `code` what the last one said (0 if nothing).
    """

    def __init__(self, why: str, silent: bool = False, code: int = 0) -> None:
        super().__init__(why)
        self.silent = silent
        self.code = code


class Question(NamedTuple):
    """A full name, without the last dot, and a type of records."""

    name: str
    type: int


@attrs.frozen
class Records:
    """What DNS has for a question: `found` are payloads of the type asked for.

    None found means that it said so; `exists` tells whether there are records of other types. The
    answer holds for `ttl_s` seconds (None if it does not say). `name` is where aliases led to, and
    `unfinished` that the server did not follow them to the end. `beside` is the additional section.
    """

    found: tuple[Any, ...]
    ttl_s: int | None
    exists: bool
    name: str
    unfinished: bool
    beside: tuple[Any, ...]


def fault_of(reply: dns.Message) -> str | None:
    """Tell why a reply is no answer; None if it is one.

    Empty, and from a server that neither recurses nor is the authority: it points elsewhere.
    """
    if reply.rCode not in (dns.OK, dns.ENAME):
        return f"says {SAYS.get(reply.rCode, f'error {reply.rCode}')}"
    if reply.rCode == dns.OK and not (reply.answers or reply.auth or reply.recAv):
        return "does not serve this name"
    return None


def records_of(reply: dns.Message, question: Question) -> Records:
    """Find what a reply says to a question, along its aliases (CNAME).

    Raises NoAnswer if they lead in a circle or go on and on.
    """
    rows: dict[tuple[bytes, int], list[Any]] = {}
    for row in reply.answers:
        rows.setdefault((row.name.name.lower(), row.type), []).append(row)
    name, ttls = _key(question.name), []
    for _ in range(_ALIASES):
        found = rows.get((name, question.type), [])
        alias = rows.get((name, dns.CNAME), [])
        if found or not alias:
            break
        ttls.append(alias[0].ttl)
        name = alias[0].payload.name.name.lower()
    else:
        raise endless(question.name)
    soa: list[Any] = [row for row in reply.authority if row.type == dns.SOA]
    if found:
        ttls += [row.ttl for row in found]
    else:
        ttls += [min(row.ttl, row.payload.minimum) for row in soa]
    exists = reply.rCode == dns.OK
    return Records(
        tuple(row.payload for row in found),
        min(ttls, default=None),
        exists,
        name.decode("ascii", "replace"),
        exists and not found and not soa and name != _key(question.name),
        tuple(reply.additional),
    )


def endless(name: str) -> NoAnswer:
    """Give the fault of a name whose aliases never end."""
    return NoAnswer(f"the aliases of {name} have no end")


def address_of_row(row: Any) -> str:
    """Write the address of an A or AAAA payload."""
    if row.TYPE == AAAA:
        return str(ipaddress.IPv6Address(row.address))
    return str(row.dottedQuad())


def _key(name: str) -> bytes:
    return name.lower().encode("ascii", "replace")


__all__ = [
    "AAAA",
    "NO_EDNS",
    "SRV",
    "A",
    "NoAnswer",
    "Question",
    "Records",
    "address_of_row",
    "endless",
    "fault_of",
    "records_of",
]
