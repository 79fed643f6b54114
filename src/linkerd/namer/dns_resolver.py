"""Asks name servers until one answers, and follows aliases to their end.

In: full names and types, and which servers there are. Out: `Records`, or `NoAnswer` when no server
had any. The server that answered last is asked first; one that is silent, out of reach or answers
with an error makes way for the next (RFC 1035 §7.2, resolv.conf(5)), and silent ones come last
from then on. All of it takes some eight seconds at most, so that a good server is asked in time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import attrs
from twisted.internet.defer import CancelledError
from twisted.names import dns

from linkerd.namer.dns_exchange import ask
from linkerd.namer.dns_known import KnownServers
from linkerd.namer.dns_message import (
    NO_EDNS,
    NoAnswer,
    Question,
    Records,
    endless,
    fault_of,
    records_of,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from linkerd.namer.dns_conf import ResolvConf, Server
    from linkerd.runtime import Runtime

ALIASES = 8
"""How many times a name is asked for whose alias the server itself did not follow."""

PATIENCE_S = 8.0
"""Seconds for all servers and attempts, whatever resolv.conf says: requests wait for ten."""

SHARE_S = 1.0
"""Seconds that each server has even if it cannot be asked as often as resolv.conf says."""

NOTICED_S = 0.4
"""Seconds of silence that are remembered even if nobody waits any longer."""

MAYBE_EDNS = (*NO_EDNS, dns.ESERVER)


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
        self.runtime = runtime
        self._conf = conf
        self._servers = servers
        self._ask = ask
        self._known = KnownServers(runtime.clock)

    async def records(self, name: str, type: int) -> Records:
        """Give what DNS has for a full name. Raises NoAnswer."""
        ttls: list[int] = []
        asked = name
        until = self.runtime.clock() + PATIENCE_S
        for _ in range(ALIASES):
            question = Question(asked, type)
            records = records_of(await self._reply(question, until), question)
            ttls += [] if records.ttl_s is None else [records.ttl_s]
            if not records.unfinished:
                return attrs.evolve(records, ttl_s=min(ttls, default=None))
            asked = records.name
        raise endless(name)

    async def _reply(self, question: Question, until: float) -> dns.Message:
        """Ask all servers once, and again as long as there is time."""
        conf = self._conf()
        servers = conf.servers if self._servers is None else await self._servers.servers()
        first = self.runtime.rng.randrange(len(servers)) if conf.rotate else None
        order = self._known.order(servers, first)
        wait_s = share_s(conf, len(servers))
        faults: dict[Server, NoAnswer] = {}
        for attempt in range(conf.attempts):
            for server in tuple(order):
                if attempt and self.runtime.clock() + wait_s / 2 > until:
                    break
                try:
                    reply = await self._ask_one(server, question, not attempt, wait_s)
                except NoAnswer as fault:
                    faults[server] = fault
                    if not fault.silent:
                        order.remove(server)
                else:
                    if attempt:
                        self._known.plain(server)
                    return reply
        why = ", ".join(f"{server} {fault}" for server, fault in faults.items())
        why = f"{why} (asked for {question.name})"
        raise NoAnswer(why, all(fault.silent for fault in faults.values()))

    async def _ask_one(
        self, server: Server, question: Question, edns: bool, wait_s: float
    ) -> dns.Message:
        """Ask a server; one that does not know EDNS, or seems to drop it, is asked without."""
        edns = edns and not self._known.is_plain(server)
        reply = await self._exchange(server, question, edns, wait_s)
        if edns and reply.rCode in MAYBE_EDNS:
            reply = await self._exchange(server, question, False, wait_s)
            if fault_of(reply) is None:
                self._known.plain(server)
        fault = fault_of(reply)
        if fault is not None:
            raise NoAnswer(fault, code=reply.rCode)
        self._known.answered(server)
        return reply

    async def _exchange(
        self, server: Server, question: Question, edns: bool, wait_s: float
    ) -> dns.Message:
        asked_at = self.runtime.clock()
        try:
            return await self._ask(self.runtime.reactor, server, question, edns, wait_s)
        except NoAnswer as fault:
            if fault.silent:
                self._known.silent(server, asked_at)
            raise
        except CancelledError:
            if self.runtime.clock() >= asked_at + NOTICED_S:
                self._known.silent(server, asked_at)
            raise


def share_s(conf: ResolvConf, servers: int) -> float:
    """Give the seconds to wait for each of so many servers, so that one round fits in any case."""
    share = PATIENCE_S / servers
    return min(conf.timeout_s, max(share / conf.attempts, min(SHARE_S, share)))


__all__ = ["Ask", "Resolver", "Servers", "share_s"]
