"""TLS for the admin server: Twisted's own, with contexts that follow their files.

In come the site and a `Security`; out goes the factory that the port is opened with. Each
connection has the context of the moment it came. A handshake that fails, or takes too long, is
counted and logged as those of routers' servers are. The process owns the factory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from OpenSSL import SSL
from twisted.internet.interfaces import IHandshakeListener, IOpenSSLServerConnectionCreator
from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import implementer

from linkerd._typing import override
from linkerd.net.connection import NO_TRANSPORT
from linkerd.net.security import HandshakeError
from linkerd.net.stock_tls_errors import Verdict, handshake_error
from linkerd.net.tls_errors import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

    from linkerd.net.security import Security

ALPN = ("http/1.1",)


@implementer(IOpenSSLServerConnectionCreator)
class CurrentContext:
    """Gives each connection the context of the moment."""

    def __init__(self, security: Security) -> None:
        self._security = security

    def serverConnectionForTLS(self, _: object) -> SSL.Connection:  # noqa: N802 - Twisted's
        """Begin with a connection in memory."""
        return SSL.Connection(self._security.stock_context(), None)


@implementer(IHandshakeListener)
class WatchedHandshake(ProtocolWrapper):
    """Tells the security how the handshake ends, and ends one that takes too long."""

    factory: WatchedSite

    def __init__(self, factory: WatchedSite, under: Any) -> None:
        super().__init__(factory, under)
        self._began = factory.clock()
        self._done = False
        self._limit: Any = None

    @override
    def connectionMade(self) -> None:
        self._limit = self.factory.reactor.callLater(self.factory.security.handshake_s, self.late)
        super().connectionMade()  # type: ignore[no-untyped-call]

    def late(self) -> None:
        """There is no time left."""
        self.failed(HandshakeError("timed_out", "no time left"))
        self.transport.abortConnection()  # type: ignore[union-attr]

    def handshakeCompleted(self) -> None:  # noqa: N802 - IHandshakeListener
        """Hands are shaken."""
        self._limit.cancel()
        self._done = True
        self.factory.security.secured(NO_TRANSPORT, self.factory.clock() - self._began)

    def failed(self, error: HandshakeError) -> None:
        """Say so once."""
        if self._limit.active():
            self._limit.cancel()
        peer = self.getPeer()  # type: ignore[no-untyped-call]
        elapsed_s = self.factory.clock() - self._began
        self.factory.security.failed((peer.host, peer.port), error, elapsed_s)
        self._began = -1.0

    @override
    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._done:
            self.factory.security.closed(NO_TRANSPORT)
        elif self._began >= 0:
            error = reason.value
            if isinstance(error, SSL.Error):
                self.failed(handshake_error(error, "", Verdict()))
            else:
                self.failed(HandshakeError("closed", WORDS["closed"]))
        super().connectionLost(reason)  # type: ignore[no-untyped-call]


class WatchedSite(WrappingFactory[WatchedHandshake]):
    """Makes the connections of a site, each with a watch over its handshake."""

    protocol = WatchedHandshake
    noisy = False

    def __init__(
        self, site: Any, security: Security, reactor: Any, clock: Callable[[], float]
    ) -> None:
        super().__init__(site)  # type: ignore[no-untyped-call]
        self.security = security
        self.reactor = reactor
        self.clock = clock


def secured_site(
    site: Any, security: Security, reactor: Any, clock: Callable[[], float]
) -> TLSMemoryBIOFactory:
    """Put TLS around the site. The context is made here if it is not yet; that takes a while."""
    security.stock_context()
    watched = WatchedSite(site, security, reactor, clock)
    return TLSMemoryBIOFactory(CurrentContext(security), False, watched, reactor)


__all__ = ["ALPN", "secured_site"]
