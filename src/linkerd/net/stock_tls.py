"""TLS on Twisted's own transports: pyOpenSSL between two buffers in memory.

In come stock endpoints and a `Security`; out go the same endpoints whose connections have TLS, with
the behaviour of the engine's: nothing is told before the peer is verified, half-closing by
close_notify, an end without it is a break. Twisted's own TLS protocol knows neither half-closing
nor plain text on the same port. Owned by the `StockNetwork`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet import defer, interfaces
from twisted.internet.protocol import Factory
from zope.interface import classImplements

from linkerd._typing import override
from linkerd.net.endpoints import HandshakeFailed
from linkerd.net.handshakes import Handshakes
from linkerd.net.stock_handshake import StockHandshake

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.net.connection import Connection
    from linkerd.net.endpoints import ConnectionFactory
    from linkerd.net.security import Security
    from linkerd.net.stock_endpoints import StockClientEndpoint, StockServerEndpoint
    from linkerd.net.wheel import Wheel


class StockTls:
    """What all TLS of one network shares: the order of handshakes, and time."""

    def __init__(self, reactor: Any, wheel: Wheel, clock: Callable[[], float]) -> None:
        self.reactor = reactor
        self.wheel = wheel
        self.clock = clock
        self.handshakes = Handshakes(clock)
        self._awake = False

    def server(self, under: StockServerEndpoint, security: Security) -> StockTlsServerEndpoint:
        """Listen with TLS."""
        return StockTlsServerEndpoint(self, under, security)

    def client(
        self, under: StockClientEndpoint, security: Security, address: tuple[str, int]
    ) -> StockTlsClientEndpoint:
        """Dial with TLS."""
        return StockTlsClientEndpoint(self, under, security, address)

    def wake(self) -> None:
        """A step is due: in the reactor's next turn, when others have been served."""
        if not self._awake:
            self._awake = True
            self.reactor.callLater(0, self._run)

    def _run(self) -> None:
        self._awake = False
        self.handshakes.run()
        if self.handshakes.begun or self.handshakes.newcomers:
            self.wake()


class StockTlsServerEndpoint:
    """A stock endpoint whose clients speak TLS."""

    def __init__(self, shared: StockTls, under: StockServerEndpoint, security: Security) -> None:
        self._shared = shared
        self._under = under
        self._security = security

    def listen(self, factory: Any) -> defer.Deferred[Any]:
        """Fires with Twisted's port; fails with its `CannotListenError`."""
        return self._under.listen(TlsServing(self._shared, factory, self._security))


class TlsServing(Factory):
    """Makes a handshake for each stream; `under` makes the connections."""

    noisy = False

    def __init__(self, shared: StockTls, under: ConnectionFactory, security: Security) -> None:
        self.shared = shared
        self.under = under
        self.security = security

    def make_room(self) -> None:
        """Newcomers wait because descriptors are short."""
        self.under.make_room()

    @override
    def buildProtocol(self, addr: interfaces.IAddress | None) -> StockHandshake:
        return StockHandshake(self.shared, self.under, self.security)


class StockTlsClientEndpoint:
    """A stock endpoint that shakes hands when it has connected."""

    def __init__(
        self,
        shared: StockTls,
        under: StockClientEndpoint,
        security: Security,
        address: tuple[str, int],
    ) -> None:
        self._shared = shared
        self._under = under
        self._security = security
        self._address = address

    def connect(self, factory: Any) -> defer.Deferred[Any]:
        """Fires with the hot connection; fails with `HandshakeFailed`, or as Twisted does."""
        dial = TlsDial(self, factory)
        return dial.start(self._under)

    def handshake(self, dial: TlsDial, factory: ConnectionFactory) -> StockHandshake:
        """What a new stream begins with."""
        return StockHandshake(self._shared, factory, self._security, self._address, dial)


class TlsDial(Factory):
    """One dial: a connect and a handshake, either of which can be given up."""

    noisy = False

    def __init__(self, endpoint: StockTlsClientEndpoint, factory: ConnectionFactory) -> None:
        self.endpoint = endpoint
        self.under = factory
        self.options = factory.options
        self.connecting: defer.Deferred[Any] | None = None
        self.handshake: StockHandshake | None = None
        self.result: defer.Deferred[Connection] = defer.Deferred(self.cancelled)

    def start(self, under: StockClientEndpoint) -> defer.Deferred[Connection]:
        """Ask the endpoint."""
        self.connecting = under.connect(self)
        self.connecting.addErrback(self.result.errback)
        return self.result

    @override
    def buildProtocol(self, addr: interfaces.IAddress | None) -> StockHandshake:
        self.handshake = self.endpoint.handshake(self, self.under)
        return self.handshake

    def cancelled(self, result: defer.Deferred[Connection]) -> None:
        """Nobody wants the stream any more."""
        if self.handshake is not None:
            self.handshake.abandon()
        elif self.connecting is not None:
            self.connecting.addErrback(lambda _: None)
            self.connecting.cancel()

    def opened(self, connection: Connection) -> None:
        """Hands are shaken."""
        self.result.callback(connection)

    def refused(self, why: str) -> None:
        """There will be no stream."""
        if not self.result.called:
            self.result.errback(HandshakeFailed(why))


classImplements(StockTlsServerEndpoint, interfaces.IStreamServerEndpoint)
classImplements(StockTlsClientEndpoint, interfaces.IStreamClientEndpoint)
