"""The way to a file, through links."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from linkerd.watch.way import MAX_LINKS, Step, Way, signature_of

if TYPE_CHECKING:
    from pathlib import Path as FilePath


def step(path: FilePath) -> Step:
    return Step(os.fsencode(path.parent), os.fsencode(path.name))


def test_each_link_and_each_directory_is_passed(tmp_path: FilePath) -> None:
    """As Kubernetes lays out a volume: the name leads to `..data`, and that to a directory."""
    volume = tmp_path / "volume"
    (volume / "..2026").mkdir(parents=True)
    (volume / "..2026" / "tls.crt").write_text("one")
    (volume / "..data").symlink_to("..2026")
    (volume / "tls.crt").symlink_to("..data/tls.crt")
    way = Way()
    path, status = way.walk(os.fsencode(volume), [b"tls.crt"], lambda directory: 1)
    assert path == os.fsencode(volume / "..2026" / "tls.crt")
    assert signature_of(status) == signature_of(os.stat(path))
    passed = [volume, volume / "tls.crt", volume / "..data", volume / "..2026"]
    assert way.steps == {step(each) for each in [*passed, volume / "..2026" / "tls.crt"]}
    assert set(way.watches) == {os.fsencode(p) for p in (tmp_path, volume, volume / "..2026")}


def test_what_was_passed_before_the_way_ended_is_known(tmp_path: FilePath) -> None:
    way = Way()
    with pytest.raises(FileNotFoundError):
        way.walk(os.fsencode(tmp_path), [b"none"], lambda directory: None)
    assert step(tmp_path / "none") in way.steps
    assert way.directory == os.fsencode(tmp_path)
    assert way.watches[os.fsencode(tmp_path)] is None


def test_a_link_may_lead_anywhere(tmp_path: FilePath) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "far").symlink_to(tmp_path / "file")
    (tmp_path / "below" / "near").symlink_to("../file")
    for name in (b"far", b"near"):
        path, _ = Way().walk(os.fsencode(tmp_path / "below"), [name], lambda directory: 1)
        assert path == os.fsencode(tmp_path / "file")


def test_links_in_circles(tmp_path: FilePath) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    looked: list[bytes] = []
    with pytest.raises(OSError) as error:
        Way().walk(os.fsencode(tmp_path), [b"a"], looked.append)  # type: ignore[arg-type]
    assert error.value.errno == errno.ELOOP
    assert MAX_LINKS == 40
