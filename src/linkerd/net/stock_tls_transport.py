"""An open stream with TLS on one of Twisted's transports, with the engine transport's face.

In come Twisted's callbacks, which the handshake hands on; out go the calls of a hot `Connection`.
pyOpenSSL works on memory, so nothing here depends on what Twisted's socket is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from OpenSSL import SSL
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IPushProducer
from zope.interface import classImplements

from linkerd.net.connection import NO_TRANSPORT, Connection, Transport
from linkerd.net.descriptors import unacknowledged
from linkerd.net.stock import pair
from linkerd.net.stock_tls_errors import lost

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.x509 import Certificate
    from twisted.python.failure import Failure

    from linkerd.net.security import Security, TlsFacts

RECORD = 16384
ANY_SIZE = 65536


class StockTlsTransport(Transport):
    """A stream on which hands have been shaken.

    `ended` tells that the peer's close_notify has come, `eof` that the connection knows of it;
    `finishing` that ours is to go, `shut` that it is gone. `later` has something done in the
    reactor's next turn.
    """

    __slots__ = (
        "closing",
        "ended",
        "eof",
        "finishing",
        "keeps",
        "later",
        "paused",
        "security",
        "shut_down",
        "stream",
        "tls",
        "under",
        "why",
    )

    def __init__(
        self,
        connection: Connection,
        under: Any,
        stream: SSL.Connection,
        security: Security,
        facts: TlsFacts,
        later: Callable[[Callable[[], None]], object],
        keeps: bool,
    ) -> None:
        super().__init__(connection)
        self.under = under
        self.stream = stream
        self.security = security
        self.tls: TlsFacts = facts
        self.later = later
        self.keeps = keeps
        self.closing = False
        self.ended = False
        self.eof = False
        self.finishing = False
        self.shut_down = False
        self.paused = False
        self.why = ""
        self.peer = pair(under.getPeer())
        self.host = pair(under.getHost())

    @property
    def certificate(self) -> Certificate | None:  # type: ignore[override]
        """What the peer has shown."""
        return self.stream.get_peer_certificate(as_cryptography=True)

    def start(self) -> None:
        """Tell the connection, and give it what came with the end of the handshake."""
        self.under.registerProducer(self, True)
        self.connection.connected(self)
        if not self.closing:
            self.dataReceived(b"")

    # -- reading

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - as Twisted calls its protocols
        """Records, or parts of them."""
        if self.closing or self.ended:
            return
        if data:
            self.stream.bio_write(data)
        plain = self.read()
        self.push()
        self.pass_on(plain)

    def pass_on(self, plain: bytes) -> None:
        """Tell the connection what was read, and whether it was the last."""
        if plain:
            self.bytes_in += len(plain)
            if self.keeps:
                self.keep_session()
            self.connection.data_received(plain)
        if self.why and not self.closing:
            self.close()
        elif self.ended:
            self.tell_end()

    def read(self) -> bytes:
        """All that can be decrypted; sets `ended` or `why` where that was the last."""
        pieces: list[bytes] = []
        try:
            while True:
                pieces.append(self.stream.recv(ANY_SIZE))
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.ended = True
        except SSL.Error as error:
            self.why = lost(error)
        return b"".join(pieces)

    def keep_session(self) -> None:
        """Remember how to come to this peer again at less cost."""
        self.keeps = False
        session = self.stream.get_session()
        if session is not None:
            self.security.keep_session(self.peer, self.stream.get_context(), session)

    def tell_end(self) -> None:
        """Tell of the peer's close_notify, unless nothing is to be told now."""
        if self.paused or self.closing or self.eof:
            return
        self.eof = True
        if self.shut_down:
            self.close()
        else:
            self.connection.eof_received()

    def readConnectionLost(self) -> None:  # noqa: N802 - as Twisted calls its protocols
        """The peer will send no more; without close_notify this may not be all it said."""
        if self.ended:
            return
        self.stream.bio_shutdown()
        self.dataReceived(b"")

    def has_ended(self) -> bool:
        return self.eof

    def pause(self) -> None:
        self.paused = True
        self.under.pauseProducing()

    def resume(self) -> None:
        self.paused = False
        if self.ended:
            self.later(self.tell_end)
        else:
            self.under.resumeProducing()

    # -- writing

    def write(self, data: bytes) -> bool:
        if self.closing:
            return True
        rest = memoryview(data)
        self.bytes_out += len(data)
        try:
            while rest:
                rest = rest[self.stream.send(rest[:RECORD]) :]
        except SSL.Error as error:
            self.why = lost(error)
            self.close()
            return True
        self.push()
        return not self.blocked

    def write_pair(self, first: bytes, second: bytes) -> bool:
        return self.write(first + second)

    def push(self) -> None:
        """Hand what OpenSSL has made to Twisted."""
        push(self.stream, self.under)

    def kept(self) -> int:
        """How many bytes Twisted holds, and the records around them."""
        under = self.under
        held = len(getattr(under, "dataBuffer", b"")) - getattr(under, "offset", 0)
        return int(held + getattr(under, "_tempDataLen", 0))

    def sent(self) -> int:
        return max(self.bytes_out - self.kept(), 0)

    def acknowledged(self) -> int:
        if not self.blocked:
            return -1
        return max(self.bytes_out - self.kept() - unacknowledged(self.under.fileno()), 0)

    def pauseProducing(self) -> None:  # noqa: N802 - IPushProducer
        """Twisted holds more unsent bytes than it likes."""
        self.blocked = True

    def resumeProducing(self) -> None:  # noqa: N802 - IPushProducer
        """All unsent bytes are gone."""
        if self.blocked:
            self.blocked = False
            if self.finishing:
                self.shut()
            else:
                self.connection.drained()

    def stopProducing(self) -> None:  # noqa: N802 - IPushProducer
        """The connection ends; `connectionLost` follows."""

    # -- ending

    def finish(self) -> None:
        if not (self.finishing or self.closing):
            self.finishing = True
            if not self.blocked:
                self.shut()

    def shut(self) -> None:
        """Say that no more will be written, in TLS and then in TCP."""
        self.say_goodbye()
        self.under.unregisterProducer()
        self.under.loseWriteConnection()

    def say_goodbye(self) -> None:
        """Send close_notify."""
        try:
            self.stream.shutdown()
        except SSL.Error:
            pass  # the stream is broken: there is nothing to be said
        self.push()

    def writeConnectionLost(self) -> None:  # noqa: N802 - as Twisted calls its protocols
        """Our own half-close has been carried out."""
        self.shut_down = True
        if self.eof:
            self.close()

    def close(self) -> None:
        if self.closing:
            return
        self.closing = True
        if not (self.finishing and not self.blocked):
            self.say_goodbye()
        self.under.unregisterProducer()
        self.under.loseConnection()

    def abort(self) -> None:
        self.closing = True
        self.under.abortConnection()

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - as Twisted calls it
        """The stream is gone."""
        self.closing = True
        ours = reason.check(ConnectionDone, ConnectionAborted) is not None
        try:
            self.connection.connection_lost(self.why if ours else "connection reset by peer")
        finally:
            self.connection.transport = NO_TRANSPORT
            self.security.closed(self)


def push(stream: SSL.Connection, under: Any) -> None:
    """Hand what OpenSSL has made to Twisted."""
    try:
        while True:
            under.write(stream.bio_read(ANY_SIZE))
    except SSL.WantReadError:
        pass


classImplements(StockTlsTransport, IPushProducer)
