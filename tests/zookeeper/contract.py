"""What every session keeps to, kazoo's and that of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from linkerd.zookeeper.session import NodeExists, NoNode, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.internet.defer import Deferred

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


async def what_a_node_holds_is_told_once(trial: Trial) -> None:
    told: list[int] = []
    await trial.create("/a", b"one")
    assert await trial.session.data("/a", lambda: told.append(1)) == b"one"
    await trial.session.write("/a", b"two")
    await trial.until(lambda: bool(told))
    await trial.session.write("/a", b"three")
    assert await trial.session.data("/a", lambda: told.append(2)) == b"three"
    await trial.delete("/a")
    await trial.until(lambda: 2 in told)
    assert told == [1, 2]


async def makes_and_takes_away(trial: Trial) -> None:
    session = trial.session
    assert await session.create("/a/b/c", b"text") == "/a/b/c"
    assert await session.data("/a/b/c") == b"text"
    assert not await session.is_own("/a/b/c")
    assert not await session.is_own("/a/b/d")
    await fails(session.create("/a/b/c", b""), NodeExists)
    await fails(session.delete("/a/b"), Trouble)
    await session.delete("/a/b/c")
    await fails(session.delete("/a/b/c"), NoNode)
    await fails(session.write("/a/b/c", b""), NoNode)


async def owns_and_numbers(trial: Trial) -> None:
    session = trial.session
    first = await session.create("/a/member_", b"1", owned=True, numbered=True)
    second = await session.create("/a/member_", b"2", owned=True, numbered=True)
    assert (first, second) == ("/a/member_0000000000", "/a/member_0000000001")
    assert await session.is_own(first)
    assert session.epoch == 1
    assert not session.read_only


async def fails(answer: Deferred[Any], error: type[Exception]) -> None:
    try:
        await answer
    except error:
        return
    raise AssertionError(f"{error.__name__} is due")


SESSION_CONTRACT = (
    what_a_node_holds_is_told_once,
    makes_and_takes_away,
    owns_and_numbers,
    what_is_there,
    a_change_is_told_once,
    a_node_that_goes_is_told,
    a_node_that_comes_is_told,
)
