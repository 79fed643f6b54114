"""The access log of a router of raw connections: one object in JSON a line, in this order.

In comes an exchange that is over, of which `capture` copies what a line needs; out go lines, made
of that by `line` on a thread. What is not known is null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.name.addr import Address
from linkerd.router.access_log_format import CLIENT_GONE
from linkerd.router.access_log_json import JsonFormat, place, quoted, subject

if TYPE_CHECKING:
    from linkerd.balancer.base import Endpoint
    from linkerd.router.access_log_format import Facts
    from linkerd.router.tcp_exchange import TcpExchange


class TcpFormat(JsonFormat):
    """Everything that is known of a connection."""

    def capture(  # type: ignore[override]
        self,
        exchange: TcpExchange,
        endpoint: Endpoint | None,
        when: float,
        now: float,
        code: str,
    ) -> Facts:
        server = exchange.server
        arrival = server.arrival
        route = exchange.route
        leg = exchange.leg
        transport = server.transport
        tls = transport.tls
        return (
            when,
            transport.peer,
            arrival.source if arrival is not None else transport.peer,
            server.listener.label,
            route.service.name if route is not None else "",
            leg.client.id if leg is not None else "",
            endpoint.address if endpoint is not None else None,
            -1.0 if code else exchange.answered_s - exchange.began,
            now - exchange.began,
            transport.bytes_in,
            exchange.length,
            exchange.dials,
            exchange.cause,
            code,
            tls,
            transport.certificate if tls is not None else None,
        )

    def line(self, facts: Facts) -> str:
        when, peer, source, server, service, client, address, connected_s, total_s = facts[:9]
        received, sent, requeues, cause, code, tls, certificate = facts[9:16]
        if code == CLIENT_GONE:
            cause, code = "client_reset", ""
        connected = f"{connected_s * 1000.0:.3f}" if connected_s >= 0.0 else "null"
        return (
            f'{{"time":"{self.stamp_of(when)}.{int(when % 1.0 * 1000.0):03d}Z",'
            f'"client":{place(Address(*source))},"peer":{place(Address(*peer))},'
            f'"server":{quoted(server)},"service":{quoted(service)},"client_id":{quoted(client)},'
            f'"endpoint":{place(address)},"connect_ms":{connected},'
            f'"total_ms":{total_s * 1000.0:.3f},"received_bytes":{received},'
            f'"sent_bytes":{sent},"requeues":{requeues},"closed":{quoted(cause)},'
            f'"error":{quoted(code)},"router":{self.router},'
            f'"tls_version":{quoted(tls.version if tls is not None else "")},'
            f'"tls_cipher":{quoted(tls.cipher if tls is not None else "")},'
            f'"client_subject":{subject(certificate)}}}\n'
        )


__all__ = ["TcpFormat"]
