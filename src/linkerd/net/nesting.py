"""Joins the engine with Twisted's reactor: who waits for whom.

On the epoll reactor the engine waits and the reactor's own epoll descriptor is one of its sources
("outer"): a request then never passes through the reactor's main loop. On any other reactor the
engine's descriptor is read by the reactor ("inner"). Only this module knows reactor internals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet import interfaces
from zope.interface import implementer

from linkerd.net.connection import Source
from linkerd.net.engine import READ

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.net.engine import Engine
    from linkerd.net.wheel import Wheel


def nest(engine: Engine, reactor: Any, outer: bool | None = None) -> Callable[[], None]:
    """Let the reactor's main loop drive the engine; returns what undoes it.

    `outer=None` takes the faster form where the reactor allows it.
    """
    if outer is None:
        outer = can_nest_outer(reactor)
    engine.later = lambda: reactor.callLater(0, engine.settle)
    return OuterNesting(engine, reactor).undo if outer else InnerNesting(engine, reactor).undo


def can_nest_outer(reactor: Any) -> bool:
    """Whether this is the reactor whose inside we know."""
    return type(reactor).__name__ == "EPollReactor" and all(
        hasattr(reactor, name)
        for name in (
            "_poller",
            "_newTimedCalls",
            "_justStopped",
            "_moveCallLaterSooner",
            "threadCallQueue",
        )
    )


class ReactorSource(Source):
    """The reactor's epoll descriptor: readable when something of Twisted's own is ready."""

    def __init__(self, engine: Engine, fd: int) -> None:
        super().__init__(fd)
        self.engine = engine
        self.is_ready = False

    def readable(self) -> None:
        self.is_ready = True
        self.engine.leave = True

    def ready(self, events: int) -> None:
        self.readable()


class OuterNesting:
    """The engine waits; the reactor is polled when its descriptor says so.

    The loop inside `iterate` goes back to the reactor's main loop whenever something may have
    changed what the reactor must do next: a timer set or moved sooner, a call from a thread, a
    stop.
    """

    def __init__(self, engine: Engine, reactor: Any) -> None:
        self.engine = engine
        self.reactor = reactor
        self.original = reactor.doIteration
        self.sooner = reactor._moveCallLaterSooner
        self.source = ReactorSource(engine, reactor._poller.fileno())
        engine.watch(self.source, READ)
        reactor.doIteration = self.iterate
        reactor._moveCallLaterSooner = self.moved_sooner

    def moved_sooner(self, call: Any) -> None:
        """A timer was moved: the time we may wait is no longer right."""
        self.engine.leave = True
        self.sooner(call)

    def iterate(self, timeout: float | None) -> None:
        """One `doIteration` of the reactor, which may hold many turns of the engine."""
        engine = self.engine
        reactor = self.reactor
        wait = -1.0 if timeout is None else timeout
        end = engine.clock() + wait
        engine.leave = False
        while True:
            served = engine.turn(wait)
            if (
                engine.leave
                or not served
                or reactor._newTimedCalls
                or reactor.threadCallQueue
                or reactor._justStopped
            ):
                break
            if timeout is not None:
                wait = end - engine.clock()
                if wait <= 0.0:
                    break
        if self.source.is_ready:
            self.source.is_ready = False
            self.original(0)

    def undo(self) -> None:
        """Give the reactor its own loop back."""
        self.engine.forget(self.source)
        self.engine.leave = True
        del self.reactor.doIteration
        del self.reactor._moveCallLaterSooner


@implementer(interfaces.IReadDescriptor)
class InnerNesting:
    """The reactor waits; the engine is polled when its descriptor says so."""

    def __init__(self, engine: Engine, reactor: Any) -> None:
        self.engine = engine
        self.reactor = reactor
        reactor.addReader(self)

    def fileno(self) -> int:
        """The engine's epoll descriptor."""
        return self.engine.poller.fileno()

    def doRead(self) -> None:  # noqa: N802 - IReadDescriptor
        """Something of the engine's is ready."""
        self.engine.turn(0)

    def logPrefix(self) -> str:  # noqa: N802 - IReadDescriptor
        """How Twisted names us in its log."""
        return "engine"

    def connectionLost(self, reason: object) -> None:  # noqa: N802 - IReadDescriptor
        """The reactor gives its readers up."""

    def undo(self) -> None:
        """Take the engine off the reactor."""
        self.reactor.removeReader(self)


class WheelTimer:
    """Sweeps a wheel by one reactor timer, which runs only while something is armed."""

    def __init__(self, wheel: Wheel, reactor: Any, clock: Callable[[], float]) -> None:
        self.wheel = wheel
        self.reactor = reactor
        self.clock = clock
        self.call: Any = None
        wheel.wake = self.wake

    def wake(self) -> None:
        """Something was armed."""
        if self.call is None:
            self.call = self.reactor.callLater(self.wheel.rest_s(self.clock()), self.sweep)

    def sweep(self) -> None:
        """One tick."""
        self.call = None
        try:
            self.wheel.sweep(self.clock())
        finally:
            if self.wheel.armed:
                self.wake()

    def stop(self) -> None:
        """Sweep no more."""
        self.wheel.wake = None
        if self.call is not None:
            self.call.cancel()
            self.call = None
