"""What every session keeps to, kazoo's and that of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from linkerd.zookeeper.session import NoNode

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.zookeeper.session import Session


class Trial(Protocol):
    """A session, and the other side of it."""

    session: Session

    async def create(self, path: str, data: bytes = b"") -> None:
        """Somebody makes a node."""

    async def delete(self, path: str) -> None:
        """Somebody takes it away, with all below."""

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for it, or fail."""


async def is_no_node(trial: Trial, path: str) -> None:
    try:
        await trial.session.children(path, print)
    except NoNode:
        pass
    else:
        raise AssertionError("there is no such node")
    try:
        await trial.session.data(path)
    except NoNode:
        return
    raise AssertionError("there is no such node")


async def what_is_there(trial: Trial) -> None:
    await is_no_node(trial, "/a/b")
    await trial.create("/a/b/c", b"text")
    assert await trial.session.children("/a/b", print) == ["c"]
    assert await trial.session.children("/a/b/c", print) == []
    assert await trial.session.data("/a/b/c") == b"text"
    assert await trial.session.exists("/a", print)
    assert not await trial.session.exists("/b", print)


async def a_change_is_told_once(trial: Trial) -> None:
    told: list[int] = []

    def changed() -> None:
        told.append(1)

    await trial.create("/a/one")
    for _ in range(3):
        await trial.session.children("/a", changed)
    await trial.create("/a/two")
    await trial.until(lambda: bool(told))
    await trial.create("/a/three")
    assert sorted(await trial.session.children("/a", print)) == ["one", "three", "two"]
    assert told == [1]


async def a_node_that_goes_is_told(trial: Trial) -> None:
    told: list[int] = []
    await trial.create("/a/one")
    await trial.session.children("/a", lambda: told.append(1))
    await trial.delete("/a")
    await trial.until(lambda: bool(told))
    await is_no_node(trial, "/a")


async def a_node_that_comes_is_told(trial: Trial) -> None:
    told: list[int] = []
    assert not await trial.session.exists("/a", lambda: told.append(1))
    await trial.create("/a")
    await trial.until(lambda: bool(told))
    assert await trial.session.exists("/a", print)


SESSION_CONTRACT = (
    what_is_there,
    a_change_is_told_once,
    a_node_that_goes_is_told,
    a_node_that_comes_is_told,
)
