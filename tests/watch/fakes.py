"""What blocks and what watches, played by a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet import defer
from twisted.python import failure

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Worker:
    """Works at once, or when `run` is called if `held`."""

    def __init__(self) -> None:
        self.held = False
        self.done = 0
        self.closed = False
        self._waiting: list[Callable[[], None]] = []

    def ask(self, work: Callable[[], T]) -> defer.Deferred[T]:
        answer: defer.Deferred[T] = defer.Deferred()

        def task() -> None:
            self.done += 1
            try:
                result: Any = work()
            except Exception:
                result = failure.Failure()
            answer.callback(result)

        if self.held:
            self._waiting.append(task)
        else:
            task()
        return answer

    def run(self) -> None:
        self.held = False
        waiting, self._waiting = self._waiting, []
        for task in waiting:
            task()

    def close(self) -> None:
        self.closed = True


class ByHand:
    """A watcher whose events the test makes."""

    def __init__(self) -> None:
        self.numbers: dict[bytes, int] = {}
        self.limit = 10**6
        self.closed = False
        self._next = 0

    def add(self, directory: bytes) -> int | None:
        if len(self.numbers) >= self.limit:
            return None
        if directory not in self.numbers:
            self._next += 1
            self.numbers[directory] = self._next
        return self.numbers[directory]

    def remove(self, watch: int) -> None:
        self.numbers = {d: n for d, n in self.numbers.items() if n != watch}

    def close(self) -> None:
        self.closed = True


__all__ = ["ByHand", "Worker"]
