"""Twisted's own endpoints, made to carry hot connections and to run out of descriptors quietly.

In come stock endpoints; out come ports that pause while descriptors are short, as the engine's do,
and Deferreds of hot `Connection`s. Owned by the `StockNetwork`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet import defer, interfaces, tcp
from twisted.internet.error import ConnectBindError
from twisted.internet.protocol import Factory
from zope.interface import classImplements

from linkerd._typing import override
from linkerd.net.descriptors import EXHAUSTED, Descriptors, is_free
from linkerd.net.endpoints import NoDescriptor
from linkerd.net.shedding import Shedding

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

    from linkerd.net.connection import Connection
    from linkerd.net.endpoints import ConnectionFactory
    from linkerd.net.stock import StockProtocol
    from linkerd.net.wheel import Wheel


ACCEPTS = 8
"""How many clients Twisted accepts at once; it takes up to 20 more where all of them came."""


class StockServerEndpoint:
    """A stock endpoint whose port pauses while there is no descriptor for newcomers."""

    def __init__(
        self, under: Any, descriptors: Descriptors, wheel: Wheel, clock: Callable[[], float]
    ) -> None:
        self._under = under
        self._descriptors = descriptors
        self._wheel = wheel
        self._clock = clock

    def listen(self, factory: Any) -> defer.Deferred[Any]:
        """Fires with Twisted's port; fails with its `CannotListenError`."""
        served = ServedFactory(factory, self._descriptors.accepted)
        result: defer.Deferred[Any] = self._under.listen(served)
        return result.addCallback(self._listening, served)

    def _listening(self, port: Any, served: ServedFactory) -> Any:
        if isinstance(port, tcp.Port):
            served.port = port
            port.numberAccepts = ACCEPTS
        served.shedding = Shedding(StockAcceptor(port, served), self._wheel, self._clock)
        return port


class StockAcceptor:
    """A port of Twisted's as its `Shedding` sees it."""

    def __init__(self, port: Any, served: ServedFactory) -> None:
        self._port = port
        self._served = served
        host = port.getHost()
        self.label = f"{host.host}:{host.port}"

    def hold(self) -> None:
        """Let newcomers wait in the backlog."""
        self._port.stopReading()

    def resume(self) -> None:
        """Accept again."""
        self._port.startReading()

    def is_closed(self) -> bool:
        """Whether the port has stopped to listen, or is about to."""
        return not self._port.connected or self._port.disconnecting

    def make_room(self) -> None:
        """Ask whom the connections belong to."""
        self._served.under.make_room()

    def has_room(self) -> bool:
        """Whether another client may be accepted."""
        return is_free(self._served.bound)


class ServedFactory(Factory):
    """Builds what `under` builds, and looks at the number of each new descriptor."""

    noisy = False

    def __init__(self, under: ConnectionFactory, bound: int) -> None:
        self.under = under
        self.bound = bound
        self.shedding: Shedding | None = None
        self.port: Any = None

    @override
    def buildProtocol(self, addr: interfaces.IAddress | None) -> StockProtocol | None:
        protocol = self.under.buildProtocol(addr)
        if protocol is not None:
            protocol.served = self
        return protocol

    def accepted(self, number: int) -> None:
        """A client has a descriptor with this number."""
        self.limit_batch()
        if number >= self.bound and self.shedding is not None:
            self.shedding.begin(f"{number} file descriptors are in use")

    def limit_batch(self) -> None:
        """Keep Twisted from accepting many more at once, which would go far beyond the bound."""
        if self.port is not None and self.port.numberAccepts > ACCEPTS:
            self.port.numberAccepts = ACCEPTS


class StockClientEndpoint:
    """A stock endpoint whose Deferred fires with the hot connection behind the adapter."""

    def __init__(self, under: Any, bound: int) -> None:
        self._under = under
        self._bound = bound

    def connect(self, factory: Any) -> defer.Deferred[Any]:
        """Dial; fails with `NoDescriptor` if there is none to spare, or as Twisted does."""
        if not is_free(self._bound):
            return defer.fail(NoDescriptor("too many open files"))
        result: defer.Deferred[StockProtocol] = self._under.connect(factory)
        return result.addCallbacks(hot, short)


def hot(protocol: StockProtocol) -> Connection:
    """What is behind the adapter."""
    return protocol.hot


def short(failure: Failure) -> Failure:
    """Tell a want of descriptors from an endpoint that cannot be reached."""
    error: Any = failure.value
    if isinstance(error, ConnectBindError) and error.osError in EXHAUSTED:
        raise NoDescriptor("too many open files")
    return failure


classImplements(StockServerEndpoint, interfaces.IStreamServerEndpoint)
classImplements(StockClientEndpoint, interfaces.IStreamClientEndpoint)
