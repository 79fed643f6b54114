"""Asking a registry again and again, for as long as somebody observes the answer.

In: a function that asks once. Out: a `Discovery` kept up to date, owned by the namer that asks.
After an answer the next question waits for as long as the answer holds, and up to a tenth more (at
most five seconds), so that many do not fall into step; after a failure it waits as the backoff
says. There is never more than one question out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs
from twisted.logger import Logger

from linkerd._typing import override
from linkerd.name.activity import Activity, Observation, Pending, State, Var
from linkerd.namer.discovery import Discovery, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

    from linkerd.backoff.base import Backoff, BackoffState
    from linkerd.runtime import Runtime

T = TypeVar("T")

log = Logger()

JITTER = 0.1
MOST_JITTER_S = 5.0


@attrs.frozen
class Answer(Generic[T]):
    """A value, and how many seconds it holds before it should be asked for again."""

    value: T
    hold_s: float


class Poller(Generic[T]):
    """Keeps one value fresh.

    `ask` gives a Deferred of an answer. `limit` is how many seconds it may take: then the question
    is dropped and counts as a failure.
    """

    def __init__(
        self,
        runtime: Runtime,
        tally: Tally,
        ask: Callable[[], Deferred[Answer[T]]],
        *,
        limit: float,
        backoff: Backoff,
        gone: Callable[[], None] | None = None,
    ) -> None:
        self.discovery: Discovery[T] = Discovery(tally, self._begin, self._end)
        self._runtime = runtime
        self._ask = ask
        self._limit = limit
        self._backoff = backoff
        self._waits: BackoffState | None = None
        self._gone = gone
        self._timer: Any = None
        self._question: Deferred[Answer[T]] | None = None
        self._round = 0

    def soon(self, within_s: float) -> None:
        """Ask again at some moment of the next `within_s` seconds, if somebody observes.

        A question that is out is dropped.
        """
        if self.discovery.running:
            self._round += 1
            self._clear()
            self._wait(within_s * self._runtime.rng.random())

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

    def _good(self, answer: Answer[T], this: int) -> None:
        if this != self._round:
            return
        self._waits = None
        jitter = min(JITTER * answer.hold_s, MOST_JITTER_S)
        self._wait(answer.hold_s + jitter * self._runtime.rng.random())
        self.discovery.ok(answer.value)

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


class Pollers(Generic[T]):
    """Pollers by name, one for all who observe a name, and only while somebody does.

    `mk` makes the poller of a name; its `gone` must have `forget` called.
    """

    def __init__(self, mk: Callable[[str], Poller[T]]) -> None:
        self._mk = mk
        self._pollers: dict[str, Poller[T]] = {}

    def at(self, name: str) -> Activity[T]:
        """Give the changing value of a name."""
        return _Polled(self, name)

    def make(self, name: str) -> Poller[T]:
        """Give the poller of a name that is about to be observed."""
        poller = self._pollers.get(name)
        if poller is None:
            poller = self._pollers[name] = self._mk(name)
        return poller

    def find(self, name: str) -> Poller[T] | None:
        """Give the poller of a name that is observed."""
        return self._pollers.get(name)

    def forget(self, name: str) -> None:
        """Nobody observes the name any more."""
        self._pollers.pop(name, None)

    def __len__(self) -> int:
        return len(self._pollers)

    def all(self) -> Iterable[tuple[str, Poller[T]]]:
        """Give all names that are observed and their pollers, sorted."""
        return sorted(self._pollers.items())


class _Polled(Var[State[T]]):
    """The value of one name, asked for while somebody observes."""

    def __init__(self, pollers: Pollers[T], name: str) -> None:
        self._pollers = pollers
        self._name = name

    @override
    def observe(self, see: Callable[[State[T]], None]) -> Observation:
        """Begin asking, if nobody has."""
        return self._pollers.make(self._name).discovery.state.observe(see)

    @override
    def sample(self) -> State[T]:
        """Give what is known now."""
        poller = self._pollers.find(self._name)
        return Pending() if poller is None else poller.discovery.state.sample()


__all__ = ["Answer", "Poller", "Pollers"]
