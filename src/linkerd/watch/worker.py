"""A thread that does one piece of blocking work after the other.

In: functions, from the reactor's thread. Out: Deferreds of their results, in the same order. A
namer owns one, so that a file system that hangs holds up that namer and nobody else. The thread is
made when there is work first and never keeps the process alive.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Worker(Protocol):
    """Where blocking work is done."""

    def ask(self, work: Callable[[], T]) -> Deferred[T]:
        """Do the work, in order, and give its result in the caller's thread."""

    def close(self) -> None:
        """Take no more work; results still out are dropped."""


class ThreadWorker:
    """Work done by one thread of its own."""

    def __init__(self, reactor: Any, name: str) -> None:
        self._reactor = reactor
        self._name = name
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    def ask(self, work: Callable[[], T]) -> Deferred[T]:
        """Queue the work."""
        answer: Deferred[T] = Deferred()

        def task() -> None:
            try:
                result: T | Failure = work()
            except Exception:
                result = Failure()
            self._reactor.callFromThread(self._answer, answer, result)

        self._waiting.put(task)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        return answer

    def _run(self) -> None:
        while True:
            task = self._waiting.get()
            if task is None:
                return
            task()

    def _answer(self, answer: Deferred[Any], result: Any) -> None:
        if not self._closed:
            answer.callback(result)

    def close(self) -> None:
        """End the thread behind the work it has; nobody waits for it."""
        self._closed = True
        self._waiting.put(None)


__all__ = ["ThreadWorker", "Worker"]
