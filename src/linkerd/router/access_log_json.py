"""The JSON format of the access log: one object a line, with stable names, in this order.

In comes an exchange, of which `capture` copies what a line needs, on the data path; out go lines,
made of that by `line` on a thread, in ASCII. What is not known is null.
"""

from __future__ import annotations

import time
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING

from linkerd._typing import override
from linkerd.router.access_log_format import (
    CLIENT_GONE,
    REFERER,
    USER_AGENT,
    Facts,
    Stamps,
    field,
    has_body,
    protocol,
)
from linkerd.router.attempt import ANSWERING, DONE

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from linkerd.balancer.base import Endpoint
    from linkerd.name.addr import Address
    from linkerd.net.security import TlsFacts
    from linkerd.propagator.trace_id import TraceId
    from linkerd.router.beginning import Beginning

ANSWERED = '"answered"'
RETRIED = '"retried"'
BROKEN = '"broken"'
FAILED = '"failed"'
CANCELLED = '"cancelled"'


class JsonFormat(Stamps):
    """Everything that is known of a request."""

    errors = True

    def __init__(self, label: str) -> None:
        super().__init__()
        self.router = quoted(label)

    def capture(
        self, exchange: Beginning, endpoint: Endpoint | None, when: float, now: float, code: str
    ) -> Facts:
        head = exchange.head
        route = exchange.route
        leg = exchange.leg
        transport = exchange.server.transport
        tls = transport.tls
        return (
            when,
            transport.peer[0],
            head.method,
            head.target,
            head.host,
            head.version,
            # A copy: the head's bytes may be a large read with a body.
            head.raw[head.first - 1 : head.end],
            exchange.answered_status,
            -1 if head.chunked else max(0, head.length),
            exchange.length,
            now - exchange.began,
            exchange.answered_s - exchange.began,
            route.service.name if route is not None else "",
            leg.client.id if leg is not None else "",
            endpoint.address if endpoint is not None else None,
            exchange.retries,
            exchange.dials,
            code,
            exchange.state,
            exchange.trace,
            tls,
            transport.certificate if tls is not None else None,
        )

    def line(self, facts: Facts) -> str:
        when, peer, method, target, host, version, fields, status, sent, length = facts[:10]
        total_s, head_s, service, client, address, retries, requeues, code, state = facts[10:19]
        trace: TraceId | None = facts[19]
        tls: TlsFacts | None = facts[20]
        certificate: Certificate | None = facts[21]
        if head_s < 0.0:
            # The head of an answer that nobody got: the try ended with it.
            head_s = total_s
        if not has_body(method, status):
            length = 0
        return (
            f'{{"time":"{self.stamp_of(when)}.{int(when % 1.0 * 1000.0):03d}Z",'
            f'"client":{quoted(peer)},"method":{text(method)},"target":{text(target)},'
            f'"host":{text(host)},"protocol":{quoted(protocol(version))},"status":{status},'
            f'"request_bytes":{size(sent)},"response_bytes":{size(length)},'
            f'"duration_ms":{head_s * 1000.0:.3f},"total_ms":{total_s * 1000.0:.3f},'
            f'"service":{quoted(service)},"client_id":{quoted(client)},'
            f'"endpoint":{place(address)},"retries":{retries},"requeues":{requeues},'
            f'"outcome":{outcome(state, code)},"error":{quoted(code)},'
            f'"user_agent":{text(field(fields, USER_AGENT))},'
            f'"referer":{text(field(fields, REFERER))},"router":{self.router},'
            f'"trace_id":{quoted(trace.trace_text() if trace is not None else "")},'
            f'"sampled":{decision(trace)},'
            f'"tls_version":{quoted(tls.version if tls is not None else "")},'
            f'"tls_cipher":{quoted(tls.cipher if tls is not None else "")},'
            f'"client_subject":{subject(certificate)}}}\n'
        )

    @override
    def made(self, second: int) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def text(value: bytes) -> str:
    """What a client sent, null if it is empty; bytes that are not UTF-8 become `\\xNN`."""
    if not value:
        return "null"
    return encode_basestring_ascii(value.decode("utf-8", "backslashreplace"))


def quoted(value: str) -> str:
    """A string in JSON, null if it is empty."""
    return encode_basestring_ascii(value) if value else "null"


def subject(certificate: Certificate | None) -> str:
    """Whose certificate the client has shown, as RFC 4514 writes it."""
    return quoted(certificate.subject.rfc4514_string() if certificate is not None else "")


def size(number: int) -> int | str:
    """A number of bytes, null if it is not known."""
    return number if number >= 0 else "null"


def place(address: Address | None) -> str:
    """An endpoint as people write it."""
    if address is None:
        return "null"
    host = f"[{address.host}]" if ":" in address.host else address.host
    return quoted(f"{host}:{address.port}")


def decision(trace: TraceId | None) -> str:
    """Whether the trace is recorded, null while nobody has decided."""
    sampled = trace.sampled() if trace is not None else None
    return "null" if sampled is None else str(sampled).lower()


def outcome(state: int, code: str) -> str:
    """How it ended, by the state the exchange was in."""
    if state == DONE:
        return ANSWERED
    if state == ANSWERING:
        return BROKEN
    if code == CLIENT_GONE:
        return CANCELLED
    return FAILED if code else RETRIED


__all__ = ["JsonFormat"]
