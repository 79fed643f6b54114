"""Asking a registry again and again, for as long as somebody observes the answer.

In: a function that asks once. Out: a `Discovery` kept up to date, owned by the namer that asks.
After an answer the next question waits one interval (a tenth more or less, so that many do not fall
into step); after a failure it waits as the backoff says. There is never more than one question out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from twisted.logger import Logger

from linkerd.namer.discovery import Discovery, Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from linkerd.backoff.base import Backoff, BackoffState
    from linkerd.runtime import Runtime

T = TypeVar("T")

log = Logger()

JITTER = 0.1


class Poller(Generic[T]):
    """Keeps one value fresh.

    `ask` gives a Deferred of the value. `limit` is how many seconds it may take: then the question
    is dropped and counts as a failure.
    """

    def __init__(
        self,
        runtime: Runtime,
        tally: Tally,
        ask: Callable[[], Deferred[T]],
        *,
        interval: float,
        limit: float,
        backoff: Backoff,
        gone: Callable[[], None] | None = None,
    ) -> None:
        self.discovery: Discovery[T] = Discovery(tally, self._begin, self._end)
        self._runtime = runtime
        self._ask = ask
        self._interval = interval
        self._limit = limit
        self._backoff = backoff
        self._waits: BackoffState | None = None
        self._gone = gone
        self._timer: Any = None
        self._question: Deferred[T] | None = None
        self._round = 0

    def _begin(self) -> None:
        self.discovery.begin()
        self._next()

    def _end(self) -> None:
        self.discovery.end()
        self._round += 1
        self._waits = None
        self._clear()
        if self._gone is not None:
            self._gone()

    def _clear(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()
        question, self._question = self._question, None
        if question is not None:
            question.cancel()

    def _next(self) -> None:
        self._round += 1
        this = self._round
        self._timer = self._runtime.reactor.callLater(self._limit, self._late, this)
        question = self._ask()
        self._question = question
        question.addCallbacks(self._good, self._bad, callbackArgs=(this,), errbackArgs=(this,))
        question.addErrback(_observer_failed)

    def _good(self, value: T, this: int) -> None:
        if this != self._round:
            return
        self._waits = None
        jitter = 1.0 + JITTER * (2.0 * self._runtime.rng.random() - 1.0)
        self._wait(self._interval * jitter)
        self.discovery.ok(value)

    def _bad(self, failure: Failure, this: int) -> None:
        if this == self._round:
            self._failed(failure.getErrorMessage())

    def _late(self, this: int) -> None:
        self._round += 1
        self._clear()
        self._failed(f"no answer within {self._limit:g} s")

    def _failed(self, why: str) -> None:
        if self._waits is None:
            self._waits = self._backoff.start(self._runtime.rng)
        self._wait(self._waits.next())
        self.discovery.failed(why)

    def _wait(self, seconds: float) -> None:
        """Set the timer. Before the observers are told, for one of them may end the polling."""
        self._question = None
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = self._runtime.reactor.callLater(seconds, self._next)


def _observer_failed(failure: Failure) -> None:
    log.failure("an observer of a name failed", failure=failure)


__all__ = ["Poller"]
