"""What `io.l5d.fs` says about names that are not there, and how those that are watched fare."""

from __future__ import annotations

import shutil

import pytest

from linkerd.name.path import Path

from .test_fs import Files, Seen


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("/usres", ["/users"]),
        ("/usres/rest", ["/users/rest"]),
        ("/dir/wbe", ["/dir/web"]),
        ("/users", []),
        ("/nothing-like-it", []),
    ],
)
def test_names_like_a_missing_one(asked: str, near: list[str]) -> None:
    files = Files()
    files.write("127.1 80\n", "users")
    files.write("127.1 80\n", "dir", "web")
    path = Path.read(asked)
    seen = Seen(files.namer.lookup(path))
    files.runtime.reactor.advance(0.1)
    assert seen.all
    assert [name.show() for name in files.namer.near(path)] == near


def test_nobody_knows_before_anybody_has_looked() -> None:
    assert Files().namer.near(Path.read("/usres")) == ()
    assert Files().namer.standing(Path.read("/usres")) is None


def test_standing_is_that_of_the_file() -> None:
    files = Files()
    files.write("127.1 80\n", "dir", "web")
    path = Path.read("/dir/web/rest")
    seen = Seen(files.namer.lookup(path))
    files.runtime.reactor.advance(0.1)
    standing = files.namer.standing(path)
    assert standing is not None
    assert standing.phase == "ok"
    files.write("broken\n", "dir", "web")
    files.runtime.reactor.advance(0.2)
    standing = files.namer.standing(path)
    assert standing is not None
    assert (standing.phase, standing.why) == ("stale", "malformed address: broken")
    assert seen.all


def test_standing_is_that_of_the_first_on_the_way_that_is_not_well() -> None:
    files = Files()
    files.write("127.1 80\n", "dir", "web")
    path = Path.read("/dir/web")
    seen = Seen(files.namer.lookup(path))
    files.pass_time(0.1)
    shutil.rmtree(files.root / "dir")
    files.write("broken\n", "dir")
    files.pass_time(6)
    standing = files.namer.standing(path)
    assert standing is not None
    assert (standing.phase, standing.why) == ("stale", "malformed address: broken")
    assert seen.all
