"""Names beside a missing one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from twisted.internet.task import Clock

from linkerd.namer.fs_beside import MAX_DIRECTORIES, Beside

if TYPE_CHECKING:
    from pathlib import Path


def test_names_are_read_again_after_a_second(tmp_path: Path) -> None:
    clock = Clock()
    beside = Beside(clock.seconds)
    (tmp_path / "users").touch()
    (tmp_path / ".hidden").touch()
    directory = os.fsencode(tmp_path)
    assert beside.names(directory) == (b"users",)
    (tmp_path / "users").unlink()
    clock.advance(0.5)
    assert beside.names(directory) == (b"users",)
    clock.advance(0.5)
    assert beside.names(directory) == ()


def test_a_directory_that_cannot_be_read_has_none(tmp_path: Path) -> None:
    assert Beside(Clock().seconds).names(os.fsencode(tmp_path / "none")) == ()


def test_few_directories_are_remembered(tmp_path: Path) -> None:
    beside = Beside(Clock().seconds)
    (tmp_path / "users").touch()
    assert beside.names(os.fsencode(tmp_path))
    (tmp_path / "users").unlink()
    for number in range(MAX_DIRECTORIES):
        beside.names(os.fsencode(tmp_path / str(number)))
    assert beside.names(os.fsencode(tmp_path)) == ()
