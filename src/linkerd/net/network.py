"""Where endpoints come from: the engine's, Twisted's stock ones, or (in tests) a network in memory.

One `Network` per process, chosen by capability and by the switch `LINKERD_ENGINE`
(`auto`, `pure`, `twisted`); everything that listens or dials asks it and nothing else.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet import endpoints

from linkerd.net.descriptors import Descriptors, limit_in_force
from linkerd.net.endpoints import EngineClientEndpoint, EngineServerEndpoint
from linkerd.net.nesting import WheelTimer, nest
from linkerd.net.stock_endpoints import StockClientEndpoint, StockServerEndpoint
from linkerd.net.wheel import Wheel

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from linkerd.net.engine import Engine
    from linkerd.net.security import Security
    from linkerd.net.stock_tls import StockTls

BACKLOG = 1024


class Network(Protocol):
    """Makes endpoints; `wheel` holds the deadlines of what they carry."""

    wheel: Wheel

    def server(
        self,
        ip: str,
        port: int,
        inherited: socket.socket | None = None,
        security: Security | None = None,
    ) -> Any:
        """An `IStreamServerEndpoint`, with TLS where `security` is given."""

    def client(
        self, address: tuple[str, int], timeout_s: float, security: Security | None = None
    ) -> Any:
        """An `IStreamClientEndpoint` whose Deferred fires with a hot `Connection`.

        `timeout_s` is for the connect; with TLS the handshake has a limit of its own.
        """

    def close(self) -> None:
        """Give everything up."""


class EngineNetwork:
    """Endpoints carried by the engine."""

    name = "pure"

    def __init__(self, reactor: Any, clock: Callable[[], float], outer: bool | None = None) -> None:
        from linkerd.net.engine import Engine

        self.engine: Engine = Engine(clock)
        self.wheel = Wheel()
        self._timer = WheelTimer(self.wheel, reactor, clock)
        self._undo = nest(self.engine, reactor, outer)

    def server(
        self,
        ip: str,
        port: int,
        inherited: socket.socket | None = None,
        security: Security | None = None,
    ) -> EngineServerEndpoint:
        """Listen on `ip`:`port`, or on a socket that was inherited."""
        how = self.engine, self.wheel, ip, port, BACKLOG, inherited
        if security is None:
            return EngineServerEndpoint(*how)
        # Without TLS anywhere OpenSSL is not in memory.
        from linkerd.net.tls_serving import TlsServerEndpoint

        return TlsServerEndpoint(security, *how)

    def client(
        self, address: tuple[str, int], timeout_s: float, security: Security | None = None
    ) -> EngineClientEndpoint:
        """Dial `address`."""
        if security is None:
            return EngineClientEndpoint(self.engine, self.wheel, address, timeout_s)
        from linkerd.net.tls_dialing import TlsClientEndpoint

        return TlsClientEndpoint(security, self.engine, self.wheel, address, timeout_s)

    def close(self) -> None:
        """Leave the reactor and close all sockets."""
        self._undo()
        self._timer.stop()
        self.engine.close()


class StockNetwork:
    """Endpoints of Twisted itself."""

    name = "twisted"

    def __init__(self, reactor: Any, clock: Callable[[], float]) -> None:
        self._reactor = reactor
        self._clock = clock
        self._descriptors = Descriptors(limit_in_force())
        self.wheel = Wheel()
        self._timer = WheelTimer(self.wheel, reactor, clock)
        self._shared: StockTls | None = None

    def server(
        self,
        ip: str,
        port: int,
        inherited: socket.socket | None = None,
        security: Security | None = None,
    ) -> Any:
        """Listen on `ip`:`port`, or on a socket that was inherited."""
        if inherited is not None:
            family = inherited.family
            under: Any = endpoints.AdoptedStreamServerEndpoint(
                self._reactor, inherited.detach(), family
            )
        else:
            kind = endpoints.TCP6ServerEndpoint if ":" in ip else endpoints.TCP4ServerEndpoint
            under = kind(self._reactor, port, BACKLOG, ip)
        endpoint = StockServerEndpoint(under, self._descriptors, self.wheel, self._clock)
        return endpoint if security is None else self._tls().server(endpoint, security)

    def client(
        self, address: tuple[str, int], timeout_s: float, security: Security | None = None
    ) -> Any:
        """Dial `address`."""
        kind = endpoints.TCP6ClientEndpoint if ":" in address[0] else endpoints.TCP4ClientEndpoint
        under = kind(self._reactor, *address, timeout=timeout_s)
        endpoint = StockClientEndpoint(under, self._descriptors.dialled)
        return endpoint if security is None else self._tls().client(endpoint, security, address)

    def _tls(self) -> StockTls:
        """What all TLS of this network shares; pyOpenSSL is not in memory before."""
        if self._shared is None:
            from linkerd.net.stock_tls import StockTls

            self._shared = StockTls(self._reactor, self.wheel, self._clock)
        return self._shared

    def close(self) -> None:
        """Stop the wheel; Twisted closes its own sockets."""
        self._timer.stop()


def make_network(reactor: Any, clock: Callable[[], float], switch: str = "auto") -> Network:
    """The network for this process. `switch` is the value of `LINKERD_ENGINE`."""
    if switch not in ("", "auto", "pure", "twisted"):
        raise ValueError(f"LINKERD_ENGINE is {switch!r}; it can be auto, pure or twisted")
    if switch == "twisted" or not hasattr(select, "epoll"):
        return StockNetwork(reactor, clock)
    return EngineNetwork(reactor, clock)
