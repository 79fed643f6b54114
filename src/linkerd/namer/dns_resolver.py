"""Asks name servers until one answers, and follows aliases to their end.

In: full names and types, and which servers there are. Out: `Records`, or `NoAnswer` when no server
had any. The server that answered last is asked first; one that is silent, out of reach or answers
with an error makes way for the next (RFC 1035 §7.2, resolv.conf(5)).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import attrs
from twisted.names import dns

from linkerd.namer.dns_exchange import ask
from linkerd.namer.dns_message import (
    NoAnswer,
    Question,
    Records,
    fault_of,
    records_of,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from linkerd.namer.dns_conf import ResolvConf, Server
    from linkerd.runtime import Runtime

ALIASES = 8
"""How many times a name is asked for whose alias the server itself did not follow."""

NO_EDNS = (dns.EFORMAT, dns.ENOTIMP)


class Servers(Protocol):
    """Whom to ask."""

    async def servers(self) -> Sequence[Server]:
        """Give the servers in order. Raises NoAnswer if there are none."""


class Ask(Protocol):
    """One question to one server."""

    def __call__(
        self, reactor: Any, server: Server, question: Question, edns: bool, limit_s: float
    ) -> Awaitable[dns.Message]:
        """Give the reply. Raises NoAnswer."""


class Resolver:
    """Asks the servers of `servers` in the way that `conf` gives."""

    def __init__(
        self,
        runtime: Runtime,
        conf: Callable[[], ResolvConf],
        servers: Servers | None = None,
        ask: Ask = ask,
    ) -> None:
        self._runtime = runtime
        self._conf = conf
        self._servers = servers
        self._ask = ask
        self._last: Server | None = None

    async def records(self, name: str, type: int) -> Records:
        """Give what DNS has for a full name. Raises NoAnswer."""
        ttls: list[int] = []
        asked = name
        for _ in range(ALIASES):
            question = Question(asked, type)
            records = records_of(await self._reply(question), question)
            ttls += [] if records.ttl_s is None else [records.ttl_s]
            if not records.unfinished:
                return attrs.evolve(records, ttl_s=min(ttls, default=None))
            asked = records.name
        raise NoAnswer(f"the aliases of {name} have no end")

    async def _reply(self, question: Question) -> dns.Message:
        conf = self._conf()
        servers = conf.servers if self._servers is None else await self._servers.servers()
        order = self._order(servers, conf.rotate)
        faults: dict[Server, NoAnswer] = {}
        for attempt in range(conf.attempts):
            for server in tuple(order):
                try:
                    reply = await self._ask_one(server, question, not attempt, conf.timeout_s)
                except NoAnswer as fault:
                    faults[server] = fault
                    if not fault.silent:
                        order.remove(server)
                else:
                    self._last = server
                    return reply
        why = ", ".join(f"{server} {fault}" for server, fault in faults.items())
        why = f"{why} (asked for {question.name})"
        raise NoAnswer(why, all(fault.silent for fault in faults.values()))

    def _order(self, servers: Sequence[Server], rotate: bool) -> list[Server]:
        order = list(servers)
        if rotate:
            first = self._runtime.rng.randrange(len(order))
            return order[first:] + order[:first]
        if self._last in order:
            order.remove(self._last)
            order.insert(0, self._last)
        return order

    async def _ask_one(
        self, server: Server, question: Question, edns: bool, limit_s: float
    ) -> dns.Message:
        """Ask a server; one that does not know EDNS, or seems to drop it, is asked without."""
        reply = await self._ask(self._runtime.reactor, server, question, edns, limit_s)
        if edns and reply.rCode in NO_EDNS:
            reply = await self._ask(self._runtime.reactor, server, question, False, limit_s)
        fault = fault_of(reply)
        if fault is not None:
            raise NoAnswer(fault, code=reply.rCode)
        return reply


__all__ = ["Ask", "Resolver", "Servers"]
