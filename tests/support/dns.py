"""A name server in memory, and the words it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet import defer
from twisted.names import dns

from linkerd.namer.dns_message import NoAnswer, Question

if TYPE_CHECKING:
    from linkerd.namer.dns_conf import Server

SILENT = "silent"


def a(name: str, address: str, ttl: int = 60) -> dns.RRHeader:
    """A row with an IPv4 address."""
    return dns.RRHeader(name, dns.A, dns.IN, ttl, dns.Record_A(address, ttl))


def aaaa(name: str, address: str, ttl: int = 60) -> dns.RRHeader:
    """A row with an IPv6 address."""
    return dns.RRHeader(name, dns.AAAA, dns.IN, ttl, dns.Record_AAAA(address, ttl))


def cname(name: str, target: str, ttl: int = 60) -> dns.RRHeader:
    """A row with an alias."""
    return dns.RRHeader(name, dns.CNAME, dns.IN, ttl, dns.Record_CNAME(target, ttl))


def srv(name: str, target: str, port: int, ttl: int = 60) -> dns.RRHeader:
    """A row with an instance of a service."""
    record = dns.Record_SRV(10, 5, port, target.encode("latin-1"), ttl)
    return dns.RRHeader(name, dns.SRV, dns.IN, ttl, record)


def soa(name: str, minimum: int, ttl: int = 3600) -> dns.RRHeader:
    """A row that says for how long it holds that there is nothing."""
    return dns.RRHeader(name, dns.SOA, dns.IN, ttl, dns.Record_SOA(name, minimum=minimum, ttl=ttl))


def reply(
    question: Question,
    *answers: dns.RRHeader,
    code: int = dns.OK,
    authority: tuple[dns.RRHeader, ...] = (),
    beside: tuple[dns.RRHeader, ...] = (),
    recursive: bool = True,
    truncated: bool = False,
) -> dns.Message:
    """A reply as the codec gives it."""
    message = dns.Message(
        7, answer=1, recDes=1, recAv=recursive, rCode=code, trunc=truncated, maxSize=65535
    )
    message.queries = [dns.Query(question.name, question.type)]
    message.answers = list(answers)
    message.authority = list(authority)
    message.additional = list(beside)
    return message


class FakeDns:
    """All name servers at once. What a name and type have is rows, a code, `SILENT` or why not.

    `put` says it for all servers or for one of them; what was not put does not exist.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[Server, Question, bool]] = []
        self.authority: tuple[dns.RRHeader, ...] = ()
        self._rows: dict[object, Any] = {}

    def put(self, name: str, type: int, *rows: Any, server: Server | None = None) -> None:
        """Say what a name has."""
        self._rows[server, name, type] = rows

    def down(self, *servers: Server, how: str = SILENT) -> None:
        """Take servers away."""
        for server in servers:
            self._rows[server] = how

    def up(self, *servers: Server) -> None:
        """Bring servers back."""
        for server in servers:
            del self._rows[server]

    def __call__(
        self, reactor: Any, server: Server, question: Question, edns: bool, limit_s: float
    ) -> defer.Deferred[dns.Message]:
        self.asked.append((server, question, edns))
        rows = self._rows.get((server, *question), self._rows.get((None, *question)))
        how = self._rows.get(server, rows[0] if rows and isinstance(rows[0], str) else None)
        if how == SILENT:
            late: defer.Deferred[dns.Message] = defer.Deferred(lambda _: timer.cancel())
            timer = reactor.callLater(limit_s, late.errback, NoAnswer("is silent", True))
            return late
        if how is not None:
            return defer.fail(NoAnswer(how))
        if rows is None:
            known = {each[1] for each in self._rows if isinstance(each, tuple) and len(each) == 3}
            code = dns.OK if question.name in known else dns.ENAME
            return defer.succeed(reply(question, code=code, authority=self.authority))
        if rows and isinstance(rows[0], int):
            return defer.succeed(reply(question, code=rows[0]))
        answers = [row for row in rows if row.name.name.decode() == question.name]
        beside = tuple(row for row in rows if row not in answers)
        return defer.succeed(reply(question, *answers, beside=beside, authority=self.authority))

    def names(self) -> list[str]:
        """The names asked for, in order."""
        return [question.name for _, question, _ in self.asked]
