"""The section `idl`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from linkerd.router.thrift_idl_config import IdlConfig

if TYPE_CHECKING:
    from pathlib import Path

IDL = """
struct User { 1: string name }
service Users { void save(1: User user, 2: string password), void all(1: list<User> users) }
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "users.thrift").write_text(IDL)
    return str(tmp_path / "users.thrift")


def test_paths_that_exist(file: str) -> None:
    show = ("save.*", "save.user.name", "all.users.name")
    config = IdlConfig(files=(file,), show=show, redact=("password", "save.user.name"))
    assert config.faults() == []
    assert config.shown().wanted == {b"save", b"Users:save", b"all", b"Users:all"}


@pytest.mark.parametrize(
    ("key", "path", "why"),
    [
        ("show", "sav.user", "no method 'sav'; did you mean 'save'?"),
        ("show", "save.usr", "did you mean 'user'?"),
        ("show", "save.user.age", "'save' has nothing that is 'save.user.age'"),
        ("show", "save", "write `save.*` for all"),
        ("redact", "save.pasword", "did you mean 'password'?"),
    ],
)
def test_paths_that_do_not(file: str, key: str, path: str, why: str) -> None:
    written: dict[str, Any] = {key: (path,)}
    [(where, said)] = IdlConfig(files=(file,), **written).faults()
    assert where == key
    assert why in said


def test_a_file_that_is_not_there() -> None:
    [(where, said)] = IdlConfig(files=("nowhere.thrift",)).faults()
    assert where == "files"
    assert "nowhere.thrift" in said
