"""A thread for blocking work."""

from __future__ import annotations

import threading
from typing import Any

from twisted.internet import defer
from twisted.trial.unittest import TestCase

from linkerd.watch.worker import ThreadWorker


class Working(TestCase):
    timeout = 20

    def setUp(self) -> None:
        from twisted.internet import reactor

        self.worker = ThreadWorker(reactor, "test-worker")
        self.addCleanup(self.worker.close)

    async def test_results_come_back_in_order_and_in_the_reactors_thread(self) -> None:
        order: list[int] = []
        threads: set[str] = set()

        def work(number: int) -> int:
            threads.add(threading.current_thread().name)
            return number

        def back(number: int) -> None:
            self.assertIs(threading.current_thread(), here)
            order.append(number)

        here = threading.current_thread()
        asked = [self.worker.ask(lambda n=n: work(n)) for n in range(50)]
        for each in asked:
            each.addCallback(back)
        await defer.gatherResults(asked)
        self.assertEqual(order, list(range(50)))
        self.assertEqual(threads, {"test-worker"})

    async def test_an_error_is_a_failure_and_the_next_is_done(self) -> None:
        def broken() -> Any:
            raise OSError("broken")

        with self.assertRaises(OSError):
            await self.worker.ask(broken)
        self.assertEqual(await self.worker.ask(lambda: 2), 2)

    async def test_nothing_comes_back_after_close(self) -> None:
        hold = threading.Event()
        answers: list[object] = []
        await self.worker.ask(lambda: None)
        self.worker.ask(hold.wait).addBoth(answers.append)
        thread = self.worker._thread
        assert thread is not None
        self.assertTrue(thread.daemon)
        self.worker.close()
        hold.set()
        thread.join(10)
        self.assertFalse(thread.is_alive())
        await defer.ensureDeferred(_turn())
        self.assertEqual(answers, [])


async def _turn() -> None:
    from twisted.internet import reactor

    turned: defer.Deferred[None] = defer.Deferred()
    reactor.callLater(0, turned.callback, None)  # type: ignore[attr-defined]
    await turned
