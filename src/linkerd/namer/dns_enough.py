"""Waits for several answers, but not long for the rest once one of them is good.

In: Deferreds, and what makes an answer good. Out: a Deferred of what has been answered, as soon as
all have, or some time after the first good one. Those still out are left to their owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from twisted.internet import defer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twisted.internet.defer import Deferred
    from twisted.python.failure import Failure

T = TypeVar("T")

MORE_S = 1.0
"""Seconds that the rest has after the first good answer."""


def enough(
    reactor: Any, asked: Sequence[Deferred[T]], good: Callable[[T], bool]
) -> Deferred[list[T | None]]:
    """Give the answers in the order of `asked`, None for those that there is no answer to yet.

    Fails as the first of them that fails.
    """
    return _Waiting(reactor, asked, good).done


class _Waiting(Generic[T]):
    """One such wait; `done` has one outcome, and then no timer is left."""

    def __init__(
        self, reactor: Any, asked: Sequence[Deferred[T]], good: Callable[[T], bool]
    ) -> None:
        self.done: Deferred[list[T | None]] = defer.Deferred(lambda _: self._end())
        self._reactor = reactor
        self._good = good
        self._answers: list[T | None] = [None] * len(asked)
        self._left = len(asked)
        self._timer: Any = None
        self._over = False
        for index, each in enumerate(asked):
            each.addCallbacks(self._answered, self._failed, callbackArgs=(index,))
        if not asked:
            self._enough()

    def _answered(self, answer: T, index: int) -> T:
        if not self._over:
            self._answers[index] = answer
            self._left -= 1
            if not self._left:
                self._enough()
            elif self._timer is None and self._good(answer):
                self._timer = self._reactor.callLater(MORE_S, self._enough)
        return answer

    def _failed(self, failure: Failure) -> None:
        if not self._over:
            self._end()
            self.done.errback(failure)

    def _enough(self) -> None:
        self._end()
        self.done.callback(self._answers)

    def _end(self) -> None:
        self._over = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()


__all__ = ["MORE_S", "enough"]
