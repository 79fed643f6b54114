"""Kazoo's session with a real ZooKeeper."""

from __future__ import annotations

import random  # noqa: TID251
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kazoo.client import KazooClient
from tests.support.processes import free_ports
from tests.support.zookeeper import zookeeper
from tests.zookeeper.contract import SESSION_CONTRACT
from twisted.internet import task, threads
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from linkerd.runtime import Runtime
from linkerd.telemetry.metrics import Scope
from linkerd.zookeeper.ensemble import Ensemble
from linkerd.zookeeper.kazoo_session import KazooSession

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from linkerd.zookeeper.session import Session

pytestmark = pytest.mark.slow

now = time.monotonic  # noqa: TID251


def the_reactor() -> Any:
    from twisted.internet import reactor

    return reactor


def runtime() -> Runtime:
    return Runtime(the_reactor(), now, time.time, random.Random(1), Scope(), None)  # noqa: TID251


class SessionTest(TestCase):
    """Sessions of a real server, ended when the test does."""

    session: Session

    def setUp(self) -> None:
        self.stack = ExitStack()
        self.addCleanup(self.stack.close)

    async def ensemble(self) -> tuple[int, Any]:
        folder = Path(self.mktemp()).absolute()
        return self.stack.enter_context(zookeeper(folder))

    async def begin(self, port: int, timeout_s: float = 2.0) -> KazooSession:
        session = KazooSession(runtime(), Ensemble(f"127.0.0.1:{port}", timeout_s))
        self.addCleanup(self.end, session)
        self.session = session
        return session

    async def end(self, session: KazooSession) -> None:
        await session.close()

    async def until(self, true: Callable[[], bool]) -> None:
        for _ in range(500):
            if true():
                return
            await task.deferLater(the_reactor(), 0.02)
        raise AssertionError("it did not come")

    async def create(self, path: str, data: bytes = b"") -> None:
        await threads.deferToThread(self.other.create, path, data, makepath=True)

    async def delete(self, path: str) -> None:
        await threads.deferToThread(self.other.delete, path, recursive=True)

    async def connect_other(self, port: int) -> None:
        self.other = KazooClient(f"127.0.0.1:{port}")
        await threads.deferToThread(self.other.start)
        self.addCleanup(lambda: threads.deferToThread(self.other.stop))


class Sessions(SessionTest):
    def test_contract(self) -> Deferred[None]:
        async def work() -> None:
            port, _ = await self.ensemble()
            await self.connect_other(port)
            session = await self.begin(port)
            await self.until(lambda: session.why == "")
            for rule in SESSION_CONTRACT:
                run: Coroutine[Any, Any, None] = rule(self)
                await run
                await threads.deferToThread(self.clear)

        return Deferred.fromCoroutine(work())

    def clear(self) -> None:
        for name in self.other.get_children("/"):
            if name != "zookeeper":
                self.other.delete(f"/{name}", recursive=True)

    def test_lost_and_found(self) -> Deferred[None]:
        async def work() -> None:
            folder = Path(self.mktemp()).absolute()
            (port,) = free_ports(1)
            session = await self.begin(port, 1.0)
            told: list[str] = []
            session.follow(told.append)
            await self.until(lambda: bool(told))
            assert told == [f"cannot connect to ZooKeeper at 127.0.0.1:{port}"]
            with zookeeper(folder, port):
                await self.until(lambda: session.why == "")
                assert told[-1] == ""
            await self.until(lambda: session.why != "")
            assert "suspended" in told[2]
            with zookeeper(folder, port):
                await self.until(lambda: session.why == "")

        return Deferred.fromCoroutine(work())
