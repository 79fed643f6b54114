"""One connection of a client, whatever protocol is spoken on it. HOT.

In come the end of the stream and the times that are configured; out goes word of both to the
exchange in progress and to the listener, which owns the connection. What the bytes mean is the
business of the subclasses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.connection import Connection
from linkerd.server.base import STALL_S, Patience

if TYPE_CHECKING:
    from linkerd.net.connection import Transport
    from linkerd.net.exchange import Exchange
    from linkerd.server.listener import Listener

# What the client's next bytes are; subclasses have more.
IDLE = 0  # the next request
WAIT = 4  # a request that must wait until the one before is answered
ENDING = 5  # nothing that matters: we have said our last word
TUNNEL = 6  # whatever it likes to tell the endpoint


class ServerConnection(Connection):
    """A client's connection. `keep`: it stays open after the answer that is being given; `last`: it
    is too old to stay open after the next.

    `requests` counts them; `rested` and `quiet` are notes of those who look at it now and then.
    `held`: there are bytes behind the request in progress.
    """

    __slots__ = (
        "exchange",
        "held",
        "keep",
        "last",
        "listener",
        "mark",
        "opened",
        "patience",
        "quiet",
        "requests",
        "rested",
        "state",
    )

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self.listener = listener
        self.exchange: Exchange | None = None
        self.state = IDLE
        self.held = b""
        self.mark = 0
        self.keep = True
        self.last = False
        self.requests = 0
        self.rested = -1
        self.quiet = 0.0
        self.opened = 0.0
        self.patience: Patience | None = None

    def connected(self, transport: Transport) -> None:
        self.transport = transport
        self.opened = self.listener.clock()
        self.listener.opened(self)

    def hold(self) -> None:
        """The endpoint is slow: take no more of the request."""
        raise NotImplementedError

    def flow(self) -> None:
        """Take the request again."""
        raise NotImplementedError

    def answered(self) -> None:
        """The answer is complete: go on with the next request, or end."""
        raise NotImplementedError

    def cut(self, framed: bool) -> None:
        """The answer cannot be completed: the client must see that.

        `framed`: it says by itself where it ends.
        """
        raise NotImplementedError

    def end(self) -> None:
        """Say that no more comes, and let the client read our last words."""
        raise NotImplementedError

    def is_resting(self) -> bool:
        """Whether nothing is under way on the connection."""
        return self.state == IDLE and self.exchange is None

    def expire(self) -> bool:
        """Let the answer that is due, or the next, be the last, as it will say; False if it is."""
        exchange = self.exchange
        ends = self.last or (exchange is not None and not self.keep)
        if exchange is not None and not self.held and not exchange.is_answering():
            self.keep = False
        self.last = True
        return not ends

    # -- time and the end

    def be_patient(self, limit_s: float) -> None:
        """Give the client this long for its next step; 0 is as long as it likes."""
        patience = self.patience
        if not limit_s:
            if patience is not None:
                patience.deadline = 0.0
            return
        if patience is None:
            patience = self.patience = Patience(self)
        self.listener.wheel.arm(patience, self.listener.clock() + limit_s)

    def too_slow(self, now: float) -> None:
        """The client used its time up."""
        raise NotImplementedError

    def wait_for_progress(self, limit_s: float) -> None:
        """Give the client time to take what waits for it, as long as it takes anything."""
        self.mark = self.transport.sent()
        self.be_patient(STALL_S if self.transport.blocked else limit_s)

    def give_up_without_progress(self, limit_s: float) -> None:
        """The time for progress is over."""
        if self.transport.sent() == self.mark:
            self.transport.abort()
        else:
            self.wait_for_progress(limit_s)

    def connection_lost(self, why: str) -> None:
        if self.patience is not None:
            self.patience.end()
            self.patience = None
        self.held = b""
        self.state = ENDING
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.client_gone(why or "the client closed the connection")
        self.listener.closed(self)


__all__ = ["ENDING", "IDLE", "TUNNEL", "WAIT", "ServerConnection"]
