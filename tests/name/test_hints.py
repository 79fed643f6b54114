from __future__ import annotations

from typing import Any

import pytest

from linkerd.name.addr import Standing
from linkerd.name.dtab import EMPTY_DTAB, Dtab
from linkerd.name.hints import MAX_SEARCHES, Hints
from linkerd.name.path import Path

from .fakes import FakeNamer

FS, ROOT = Path.read("/#/io.l5d.fs"), Path.read("/$")


class Broken(FakeNamer):
    def standing(self, path: Path) -> Any:
        raise KeyError(path)

    def near(self, path: Path) -> Any:
        raise KeyError(path)


@pytest.fixture
def fs() -> FakeNamer:
    namer = FakeNamer()
    namer.names = ["/users", "/user"]
    return namer


def shown(paths: tuple[Path, ...]) -> list[str]:
    return [path.show() for path in paths]


def test_names_of_a_namer_get_its_prefix_and_the_rest_of_the_path(fs: FakeNamer) -> None:
    hints = Hints(EMPTY_DTAB, ((FS, fs),))
    assert shown(hints.near(Path.read("/#/io.l5d.fs/usres"), ((FS, fs),))) == [
        "/#/io.l5d.fs/users", "/#/io.l5d.fs/user"
    ]  # fmt: skip
    assert shown(hints.near(Path.read("/#/io.l5d.fs/usres/x/y"), ((FS, fs),)))[0] == (
        "/#/io.l5d.fs/users/x/y"
    )


def test_names_of_several_namers_are_one_list_of_three_at_most(fs: FakeNamer) -> None:
    other = FakeNamer()
    other.names = ["/user", "/users", "/use"]
    near = Hints(EMPTY_DTAB, ()).near(Path.read("/#/io.l5d.fs/x"), ((FS, fs), (FS, other)))
    assert shown(near) == [f"/#/io.l5d.fs/{name}" for name in ("users", "user", "use")]


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/srv/users", ["/svc/users"]),
        ("/#/io.l5d.sf/users", ["/#/io.l5d.fs/users"]),
        ("/io.l5d.fs/users", ["/#/io.l5d.fs/users"]),
        ("/nothing", []),
    ],
)
def test_where_there_is_no_namer_rules_and_namers_are_near(
    fs: FakeNamer, path: str, near: list[str]
) -> None:
    hints = Hints(Dtab.read("/svc=>/host"), ((FS, fs), (ROOT, fs)))
    assert shown(hints.near(Path.read(path), ())) == near


def test_a_failure_has_near_names_only_where_all_names_belong_to_the_namer(fs: FakeNamer) -> None:
    hints = Hints(EMPTY_DTAB, ())
    fs.names = ["/inet"]
    assert shown(hints.near_failed(Path.read("/$/inett/host/80"), ROOT, fs)) == ["/$/inet/host/80"]
    assert hints.near_failed(Path.read("/#/io.l5d.fs/x"), FS, fs) == ()


def test_searches_are_few(fs: FakeNamer) -> None:
    hints = Hints(EMPTY_DTAB, ())
    found = [hints.near(Path.read("/#/io.l5d.fs/x"), ((FS, fs),)) for _ in range(10)]
    assert [bool(near) for near in found] == [True] * MAX_SEARCHES + [False] * (10 - MAX_SEARCHES)


def test_standing_is_the_namers(fs: FakeNamer) -> None:
    fs.stands = Standing("ok", 1.0)
    assert Hints(EMPTY_DTAB, ()).standing(fs, Path.of("x")) == fs.stands


def test_a_namer_that_raises_gives_no_hints() -> None:
    hints = Hints(EMPTY_DTAB, ())
    assert hints.standing(Broken(), Path.of("x")) is None
    assert hints.near(FS + Path.of("x"), ((FS, Broken()),)) == ()
