"""A TLS handshake on the engine: a socket that is open, until it is a transport or nothing.

In comes a socket that was accepted or connected; out goes an `SSLSocket` on which hands are shaken
and whose peer is verified, or the reason why not. Its steps are made by the engine's `Handshakes`.
Owned by the port or the dial that began it.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from linkerd.net.connection import Source
from linkerd.net.endpoints import begin
from linkerd.net.engine import READ, WRITE
from linkerd.net.handshakes import Handshakes
from linkerd.net.security import HandshakeError
from linkerd.net.tls_errors import handshake_error
from linkerd.net.wheel import Timed

if TYPE_CHECKING:
    import socket

    from linkerd.net.engine import Engine
    from linkerd.net.security import Security
    from linkerd.net.tls_stream import TlsStream
    from linkerd.net.transport import SocketTransport
    from linkerd.net.wheel import Wheel

ANY_SIZE = 65536


class Handshake(Source):
    """One handshake.

    `stream` is there from the first step on. `waiting` tells that a step is due; the descriptor
    stays ready meanwhile, so that the engine does not rest.
    """

    __slots__ = (
        "began",
        "engine",
        "interest",
        "limit",
        "security",
        "sock",
        "stream",
        "turns",
        "waiting",
    )

    def __init__(
        self, engine: Engine, wheel: Wheel, sock: socket.socket, security: Security
    ) -> None:
        super().__init__(sock.fileno())
        self.engine = engine
        self.sock = sock
        self.security = security
        self.stream: TlsStream | None = None
        self.interest = 0
        self.waiting = False
        if engine.handshakes is None:
            engine.handshakes = Handshakes(engine.clock)
        self.turns = engine.handshakes
        self.began = engine.clock()
        self.limit = HandshakeLimit(self)
        wheel.arm(self.limit, self.began + security.handshake_s)

    # -- for subclasses

    def wrap(self, context: ssl.SSLContext) -> TlsStream:
        """Give the socket to OpenSSL."""
        raise NotImplementedError

    def secured(self, stream: TlsStream, elapsed_s: float) -> None:
        """It is done."""
        raise NotImplementedError

    def refused(self, error: HandshakeError, elapsed_s: float) -> None:
        """There will be no stream; the socket is closed already."""
        raise NotImplementedError

    def dropped(self, why: str) -> None:
        """There will be no stream, and the peer has nothing to do with it."""
        raise NotImplementedError

    def is_begun(self) -> bool:
        """Whether it goes before those that have only just come."""
        return self.stream is not None

    def is_plain(self) -> bool:
        """Whether the peer speaks no TLS and need not: then this object has nothing more to do."""
        return False

    # -- the engine

    def readable(self) -> None:
        """A step can be made, in its turn."""
        if not self.waiting:
            self.waiting = True
            turns = self.turns
            (turns.begun if self.is_begun() else turns.newcomers).append(self)

    def ready(self, events: int) -> None:
        self.readable()

    def want(self, events: int) -> None:
        """Watch for exactly these events."""
        if events != self.interest:
            self.engine.change(self, events)
            self.interest = events

    def step(self) -> None:
        """Go on as far as that is possible now."""
        self.waiting = False
        if self.fd < 0:
            return
        try:
            if self.stream is None:
                if self.is_plain():
                    return
                self.stream = self.wrap(self.security.context())
            self.stream.do_handshake()
        except ssl.SSLWantReadError:
            self.want(READ)
        except ssl.SSLWantWriteError:
            self.want(WRITE)
        except (OSError, ValueError) as error:
            self.give_up(handshake_error(error, self.security.server_name, shown(self.stream)))
        else:
            self.secured(self.stream, self.engine.clock() - self.began)

    # -- ending

    def become(self, transport: SocketTransport) -> None:
        """Have a transport with its connection take this one's place."""
        interest = self.interest
        self.stop()
        transport.take_over(interest)
        begin(self.engine, transport)

    def stop(self) -> None:
        """Go on no more."""
        self.fd = -1
        self.limit.deadline = 0.0
        self.limit.handshake = None

    def close(self) -> None:
        """Close the socket; there is nobody to be told."""
        self.engine.forget(self)
        self.stop()
        try:
            # Bytes that nobody has read would make the system reset the connection, and the peer
            # would not see the alert that tells it what was wrong.
            self.sock.recv(ANY_SIZE)
        except OSError:
            pass
        self.engine.discard(self.sock)

    def give_up(self, error: HandshakeError) -> None:
        """No stream, by what the peer does or leaves undone."""
        if self.fd >= 0:
            self.close()
            self.refused(error, self.engine.clock() - self.began)

    def fail(self, why: str) -> None:
        if self.fd >= 0:
            self.close()
            self.dropped(why)


class HandshakeLimit(Timed):
    """The time a handshake may take."""

    __slots__ = ("handshake",)

    def __init__(self, handshake: Handshake) -> None:
        super().__init__()
        # Cleared at the end: the wheel lets go of a deadline only in its time.
        self.handshake: Handshake | None = handshake

    def expired(self, now: float) -> None:
        if self.handshake is not None:
            self.handshake.give_up(HandshakeError("timed_out", "the handshake timed out"))


def shown(stream: TlsStream | None) -> tuple[bytes, ...]:
    """The certificates that a peer has shown, as far as Python tells before they are verified."""
    try:
        return tuple(ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in chain_of(stream))
    except (AttributeError, ValueError, TypeError, ssl.SSLError):
        return ()


def chain_of(stream: Any) -> Any:
    """OpenSSL's own chain of certificates."""
    return (stream.get_unverified_chain() if stream is not None else None) or ()
