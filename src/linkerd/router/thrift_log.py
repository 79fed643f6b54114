"""The access log of a Thrift router: one object in JSON a line, with stable names, in this order.

In comes an exchange, of which `capture` copies what a line needs, on the data path; out go lines,
made of that by `line` on a thread. What is not known is null. `arguments` is there only if the
configuration asks for some, by an IDL.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from linkerd.classifier.thrift import APPLICATION_EXCEPTION
from linkerd.router.access_log_json import JsonFormat, outcome, place, quoted, size, subject, text
from linkerd.router.attempt import DONE
from linkerd.wire.thrift_message import ONEWAY, split_name
from linkerd.wire.thrift_result import SUCCESS, VOID
from linkerd.wire.thrift_values import BINARY, COMPACT, OLD

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from linkerd.balancer.base import Endpoint
    from linkerd.net.security import TlsFacts
    from linkerd.router.access_log_format import Facts
    from linkerd.router.thrift_exchange import ThriftExchange
    from linkerd.router.thrift_shown import Shown

FORMS = {BINARY: '"binary"', OLD: '"binary"', COMPACT: '"compact"'}
MAX_KEPT = 65536
"""Bytes of a call's arguments that are kept for the log."""


class ThriftFormat(JsonFormat):
    """Everything that is known of a call. `shown` knows exceptions, and which arguments to show."""

    def __init__(self, label: str, shown: Shown) -> None:
        super().__init__(label)
        self.shown = shown

    def capture(  # type: ignore[override]
        self,
        exchange: ThriftExchange,
        endpoint: Endpoint | None,
        when: float,
        now: float,
        code: str,
    ) -> Facts:
        call = exchange.call
        header = exchange.header
        route = exchange.route
        leg = exchange.leg
        transport = exchange.server.transport
        tls = transport.tls
        return (
            when,
            transport.peer[0],
            call.name,
            call.kind,
            call.sequence,
            call.form,
            call.end - call.begin,
            exchange.length,
            exchange.result,
            exchange.exception,
            now - exchange.began,
            exchange.answered_s - exchange.began,
            route.service.name if route is not None else "",
            leg.client.id if leg is not None else "",
            endpoint.address if endpoint is not None else None,
            exchange.retries,
            exchange.dials,
            code,
            exchange.state,
            header.trace_id if header is not None else 0,
            header.client if header is not None else b"",
            tls,
            transport.certificate if tls is not None else None,
            # A copy: the call's bytes may be a large read with other calls.
            call.raw[call.body : min(call.stop, call.body + MAX_KEPT)]
            if call.name in self.shown.wanted
            else b"",
        )

    def line(self, facts: Facts) -> str:
        when, peer, name, kind, sequence, form, sent, length, result, exception = facts[:10]
        total_s, head_s, service, client, address, retries, requeues, code, state = facts[10:19]
        tls: TlsFacts | None = facts[21]
        certificate: Certificate | None = facts[22]
        if head_s < 0.0:
            head_s = total_s
        told = self.result(name, result, exception) if length >= 0 else ""
        multiplexed, method = split_name(name)
        return (
            f'{{"time":"{self.stamp_of(when)}.{int(when % 1.0 * 1000.0):03d}Z",'
            f'"client":{quoted(peer)},"method":{text(method)},"multiplexed":{text(multiplexed)},'
            f'"type":"{"oneway" if kind == ONEWAY else "call"}","sequence":{sequence},'
            f'"form":{FORMS[form]},"request_bytes":{sent},"response_bytes":{size(length)},'
            f'"result":{quoted(told)},"duration_ms":{head_s * 1000.0:.3f},'
            f'"total_ms":{total_s * 1000.0:.3f},'
            f'"service":{quoted(service)},"client_id":{quoted(client)},'
            f'"endpoint":{place(address)},"retries":{retries},"requeues":{requeues},'
            f'"outcome":{ended(state, code, kind)},"error":{quoted(code)},"router":{self.router},'
            f'"trace_id":{quoted(f"{facts[19]:016x}" if facts[19] else "")},'
            f'"caller":{text(facts[20])},'
            f'"tls_version":{quoted(tls.version if tls is not None else "")},'
            f'"tls_cipher":{quoted(tls.cipher if tls is not None else "")},'
            f'"client_subject":{subject(certificate)}{self.arguments(name, facts[23], form)}}}\n'
        )

    def result(self, name: bytes, result: int, exception: int) -> str:
        """What an answer is, in a word."""
        if result in (SUCCESS, VOID):
            return "success"
        if result == APPLICATION_EXCEPTION:
            return f"TApplicationException {exception}"
        if result < 0:
            return "unreadable"
        return self.shown.exception(name, result) or f"exception {result}"

    def arguments(self, name: bytes, raw: bytes, form: int) -> str:
        """The last member of the object, if the configuration asks for one."""
        if not raw:
            return ""
        return f',"arguments":{json.dumps(self.shown.arguments(name, raw, form))}'


def ended(state: int, code: str, kind: int) -> str:
    """How it ended; a one-way call that is over was sent, and nobody knows more."""
    return '"sent"' if kind == ONEWAY and state == DONE and not code else outcome(state, code)


__all__ = ["ThriftFormat"]
