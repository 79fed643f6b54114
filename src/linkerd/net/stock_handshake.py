"""A TLS handshake on one of Twisted's transports.

In come the bytes of a stream that was accepted or connected; out goes a `StockTlsTransport` with
its connection, or the reason why not. It stays Twisted's protocol of the stream and hands on to
whoever carries it. Its steps are made in turn with others, as on the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL
from OpenSSL._util import lib
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import (
    verify_certificate_hostname,
    verify_certificate_ip_address,
)
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, connectionDone
from zope.interface import implementer

from linkerd._typing import override
from linkerd.net.endpoints import new_connection
from linkerd.net.security import HandshakeError, TlsFacts
from linkerd.net.stock import StockProtocol, pair
from linkerd.net.stock_tls_errors import Verdict, handshake_error
from linkerd.net.stock_tls_transport import StockTlsTransport, push
from linkerd.net.tls_errors import WORDS, WRONG_ADDRESS, WRONG_HOST
from linkerd.net.wheel import Timed

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from twisted.python.failure import Failure

    from linkerd.net.connection import Connection
    from linkerd.net.endpoints import ConnectionFactory
    from linkerd.net.security import Security
    from linkerd.net.stock_endpoints import ServedFactory
    from linkerd.net.stock_tls import StockTls, TlsDial

TLS_RECORD = b"\x16"
DER = Encoding.DER


@implementer(IHalfCloseableProtocol)
class StockHandshake(Protocol):
    """One handshake; a client's has a `dial`.

    `inbox` has bytes that no step has taken yet. `carrier` is who carries the stream afterwards.
    """

    def __init__(
        self,
        shared: StockTls,
        factory: ConnectionFactory,
        security: Security,
        address: tuple[str, int] | None = None,
        dial: TlsDial | None = None,
    ) -> None:
        self.shared = shared
        self.factory = factory
        self.security = security
        self.address = address
        self.dial = dial
        self.hot: Connection | None = None
        self.served: ServedFactory | None = None
        self.carrier: StockTlsTransport | StockProtocol | None = None
        self.stream: SSL.Connection | None = None
        self.verdict = Verdict()
        self.inbox = b""
        self.waiting = False
        self.over = False
        self.began = 0.0
        self.limit = StockHandshakeLimit(self)

    # -- Twisted

    @override
    def connectionMade(self) -> None:
        under: Any = self.transport
        options = self.factory.options
        under.setTcpNoDelay(options.no_delay)
        if options.keep_alive:
            under.setTcpKeepAlive(True)
        if self.served is not None:
            self.served.accepted(under.fileno())
        if self.over:
            under.abortConnection()
            return
        self.began = self.shared.clock()
        self.shared.wheel.arm(self.limit, self.began + self.security.handshake_s)
        if self.dial is not None:
            self.wait()

    @override
    def dataReceived(self, data: bytes) -> None:
        if self.carrier is not None:
            self.carrier.dataReceived(data)
        elif not self.over:
            self.inbox += data
            self.wait()

    def readConnectionLost(self) -> None:  # noqa: N802 - IHalfCloseableProtocol
        """The peer will send no more."""
        if self.carrier is not None:
            self.carrier.readConnectionLost()
        else:
            self.give_up(HandshakeError("closed", WORDS["closed"]))

    def writeConnectionLost(self) -> None:  # noqa: N802 - IHalfCloseableProtocol
        """Our own half-close has been carried out."""
        if self.carrier is not None:
            self.carrier.writeConnectionLost()

    @override
    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.carrier is not None:
            self.carrier.connectionLost(reason)
        elif not self.over:
            kind = "closed" if reason.check(ConnectionDone) else "reset"
            self.give_up(HandshakeError(kind, WORDS[kind]))

    # -- steps

    def wait(self) -> None:
        """A step can be made, in its turn; nothing more is read before."""
        if not self.waiting:
            self.waiting = True
            under: Any = self.transport
            under.pauseProducing()
            begun = self.stream is not None or self.dial is not None
            queues = self.shared.handshakes
            (queues.begun if begun else queues.newcomers).append(self)
            self.shared.wake()

    def step(self) -> None:
        """Go on as far as that is possible now."""
        self.waiting = False
        if self.over:
            return
        under: Any = self.transport
        if self.stream is None:
            if self.is_plain():
                return
            self.stream = self.wrap()
        inbox, self.inbox = self.inbox, b""
        if inbox:
            self.stream.bio_write(inbox)
        try:
            self.stream.do_handshake()
        except SSL.WantReadError:
            push(self.stream, under)
            under.resumeProducing()
        except SSL.Error as error:
            push(self.stream, under)
            self.give_up(handshake_error(error, self.security.server_name, self.verdict))
        else:
            push(self.stream, under)
            self.secured(self.stream)

    def wrap(self) -> SSL.Connection:
        """A TLS connection in memory, from the current context."""
        context = self.security.stock_context()
        stream = SSL.Connection(context, None)
        mode = context.get_verify_mode()
        if mode != SSL.VERIFY_NONE:
            stream.set_verify(mode, self.verified)
        if self.address is None:
            stream.set_accept_state()
            return stream
        stream.set_connect_state()
        name = self.security.server_name
        if name and not is_address(name):
            stream.set_tlsext_host_name(name.encode("idna" if not name.isascii() else "ascii"))
        session = self.security.session(self.address, context)
        if session is not None:
            stream.set_session(session)
        return stream

    def verified(self, _: SSL.Connection, shown: Any, code: int, depth: int, good: int) -> bool:
        """OpenSSL has looked at one certificate; the peer's own must have the name, too."""
        certificate = shown.to_cryptography()
        verdict = self.verdict
        verdict.shown[depth] = certificate.public_bytes(DER)
        if not good:
            verdict.code = verdict.code or code
        elif depth == 0 and self.security.verifies_name:
            verdict.code = verdict.code or wrong_name(certificate, self.security.server_name)
        return not verdict.code

    def is_plain(self) -> bool:
        """Whether the peer speaks no TLS and need not; then its stream is carried as it is."""
        if not self.security.permissive or self.inbox[:1] == TLS_RECORD or self.dial is not None:
            return False
        self.stop()
        self.security.plain(pair(self.under().getPeer()))
        connection = new_connection(self.factory)
        if connection is None:
            self.under().loseConnection()
            return True
        carrier = StockProtocol(connection, self.factory.options)
        self.carrier = carrier
        self.under().resumeProducing()
        carrier.makeConnection(self.under())  # type: ignore[no-untyped-call]
        inbox, self.inbox = self.inbox, b""
        carrier.dataReceived(inbox)
        return True

    def under(self) -> Any:
        """Twisted's transport."""
        return self.transport

    # -- the end

    def secured(self, stream: SSL.Connection) -> None:
        """Hands are shaken, and the peer is who it should be."""
        self.stop()
        connection = new_connection(self.factory)
        if connection is None:
            self.under().loseConnection()
            self.tell("refused by the factory")
            return
        facts = facts_of(stream, self.security.server_name)
        carrier = StockTlsTransport(
            connection,
            self.transport,
            stream,
            self.security,
            facts,
            self.later,
            self.dial is not None and not facts.resumed,
        )
        if self.address is not None:
            carrier.peer = self.address
        self.carrier = carrier
        self.hot = connection
        self.security.secured(carrier, self.shared.clock() - self.began)
        self.under().resumeProducing()
        carrier.start()
        if self.dial is not None:
            self.dial.opened(connection)

    def later(self, what: Any) -> object:
        """Have something done in the reactor's next turn."""
        return self.shared.reactor.callLater(0, what)

    def stop(self) -> None:
        """Go on no more."""
        self.over = True
        self.limit.deadline = 0.0
        self.limit.handshake = None

    def give_up(self, error: HandshakeError) -> None:
        """No stream, by what the peer does or leaves undone."""
        if self.over:
            return
        self.stop()
        self.under().loseConnection()
        if self.address is not None:
            self.security.forget_session(self.address)
        peer = self.address or pair(self.under().getPeer())
        self.tell(self.security.failed(peer, error, self.shared.clock() - self.began))

    def fail(self, why: str) -> None:
        """No stream, for a fault of ours."""
        if not self.over:
            self.stop()
            self.under().abortConnection()
            self.tell(why)

    def abandon(self) -> None:
        """Nobody wants the stream any more."""
        self.stop()
        if self.transport is not None:
            self.under().abortConnection()

    def tell(self, why: str) -> None:
        """Tell whoever dialled that there will be no stream."""
        if self.dial is not None:
            self.dial.refused(why)


class StockHandshakeLimit(Timed):
    """The time a handshake may take."""

    __slots__ = ("handshake",)

    def __init__(self, handshake: StockHandshake) -> None:
        super().__init__()
        self.handshake: StockHandshake | None = handshake

    def expired(self, now: float) -> None:
        if self.handshake is not None:
            self.handshake.give_up(HandshakeError("timed_out", "the handshake timed out"))


def is_address(name: str) -> bool:
    """Whether a name is an IP address."""
    return isIPAddress(name) or isIPv6Address(name)


def wrong_name(certificate: Certificate, name: str) -> int:
    """The X509_V_ERR number for a certificate that is not for `name`; 0 if it is."""
    address = is_address(name)
    check = verify_certificate_ip_address if address else verify_certificate_hostname
    try:
        check(certificate, name)
    except (VerificationError, CertificateError, ValueError):
        return WRONG_ADDRESS if address else WRONG_HOST
    return 0


def facts_of(stream: SSL.Connection, server_name: str) -> TlsFacts:
    """What was agreed on."""
    sent = stream.get_servername()
    return TlsFacts(
        stream.get_protocol_version_name(),
        stream.get_cipher_name() or "",
        stream.get_alpn_proto_negotiated().decode("ascii", "replace"),
        bool(lib.SSL_session_reused(stream._ssl)),
        server_name or (sent.decode("ascii", "replace") if sent else ""),
    )
