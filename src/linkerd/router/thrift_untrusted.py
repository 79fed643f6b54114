"""`clearContext` of a server of Thrift: what its clients say beyond the call is not believed.

In come calls, out go the same without trace, deadline, contexts and delegations; which service they
are for, and who calls, they may say. Owned by the listener that it was made for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.wire.ttwitter import RequestHeader

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.net.exchange import Exchange
    from linkerd.server.thrift import ThriftServerConnection
    from linkerd.server.thrift_listener import ThriftDispatch
    from linkerd.wire.thrift_message import ThriftMessage


class UntrustedCalls:
    """What takes the calls next, as such servers see it; `bits` gives random ids."""

    __slots__ = ("bits", "dispatch")

    def __init__(self, dispatch: ThriftDispatch, bits: Callable[[int], int]) -> None:
        self.dispatch = dispatch
        self.bits = bits

    def exchange(
        self,
        connection: ThriftServerConnection,
        call: ThriftMessage,
        header: RequestHeader | None,
        streamed: bool,
    ) -> Exchange:
        """An exchange for a call of whose context nothing is left."""
        known: RequestHeader | None = None
        if header is not None and (header.destination or header.client):
            known = RequestHeader()
            known.trace_id = known.span_id = self.bits(64) or 1
            known.destination = header.destination
            known.client = header.client
        return self.dispatch.exchange(connection, call, known, streamed)


__all__ = ["UntrustedCalls"]
