"""The session of tests keeps the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.support.namers import virtual_runtime
from tests.zookeeper.contract import SESSION_CONTRACT
from tests.zookeeper.fakes import FakeZooKeeper
from twisted.internet.defer import Deferred

from linkerd.zookeeper.session import Session, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable


class Trial:
    """The contract's other side."""

    def __init__(self) -> None:
        self.runtime = virtual_runtime()
        self.server = FakeZooKeeper(self.runtime)
        self.session: Session = self.server.session()

    async def create(self, path: str, data: bytes = b"") -> None:
        self.server.create(path, data)

    async def delete(self, path: str) -> None:
        self.server.delete(path)

    async def until(self, true: Callable[[], bool]) -> None:
        await self.turn()
        assert true()

    def turn(self) -> Deferred[None]:
        turned: Deferred[None] = Deferred()
        self.runtime.reactor.callLater(0.01, turned.callback, None)
        return turned


@pytest.mark.parametrize("rule", SESSION_CONTRACT)
def test_keeps_the_contract(rule: Any) -> None:
    trial = Trial()
    done = Deferred.fromCoroutine(rule(trial))
    trial.runtime.reactor.pump([0.01] * 50)
    failures: list[Any] = []
    assert done.called
    done.addErrback(failures.append)
    assert not failures, failures[0]


def test_trouble_is_told() -> None:
    trial = Trial()
    told: list[str] = []
    trial.session.follow(told.append)
    asked = trial.session.data("/")
    trial.server.suspend("gone")
    failures: list[Any] = []
    asked.addErrback(failures.append)
    trial.runtime.reactor.advance(0.01)
    assert failures[0].check(Trouble)
    trial.server.resume()
    assert told == ["gone", ""]
