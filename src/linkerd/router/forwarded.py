"""Servers with `addForwardedHeader`: each request gets a Forwarded header (RFC 7239).

In comes a request, out goes the same with another line, to the next `Dispatch`. The two labelers
name the ends of the client's connection. Owned by the listener.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.wire.fields import TOKEN

if TYPE_CHECKING:
    from linkerd.labeler.base import Labeler
    from linkerd.net.exchange import Exchange
    from linkerd.server.base import Dispatch
    from linkerd.server.http import HttpServerConnection
    from linkerd.wire.http1 import RequestHead


class ForwardedDispatch:
    """Adds the header; those that are there stay. `near` names our end, `far` the client's."""

    __slots__ = ("far", "near", "then")

    def __init__(self, then: Dispatch, near: Labeler, far: Labeler) -> None:
        self.then = then
        self.near = near
        self.far = far

    def exchange(
        self, connection: HttpServerConnection, head: RequestHead, body: bytes, streamed: bool
    ) -> Exchange:
        """An exchange for a request, which says from whom it came."""
        transport = connection.transport
        session = (transport.peer, connection.opened)
        near = self.near.label(transport.host, session)
        far = self.far.label(transport.peer, session)
        head.add_line(b"Forwarded: " + forwarded(near, far, head) + b"\r\n")
        return self.then.exchange(connection, head, body, streamed)


def forwarded(near: bytes, far: bytes, head: RequestHead) -> bytes:
    """The value of the header; `proto` only if the request line says it, as in Linkerd."""
    value = b"by=" + near + b";for=" + far
    host = head.host
    if host:
        # A host with a port is no token, and so it is quoted (RFC 7239 4).
        value += b";host=" + (host if TOKEN.fullmatch(host) else b'"' + host + b'"')
    return value + b";proto=" + head.scheme if head.scheme else value


__all__ = ["ForwardedDispatch", "forwarded"]
