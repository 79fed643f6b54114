"""One look at a name below a directory."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from linkerd.name.addr import Address
from linkerd.namer.fs_look import Absent, Directory, Listing, Look, look
from linkerd.watch.way import Step

if TYPE_CHECKING:
    from pathlib import Path as FilePath

ONE = Listing(frozenset([Address("127.0.0.1", 8080)]))


class Numbers:
    """Gives every directory a number, as a watcher would."""

    def __init__(self) -> None:
        self.of: dict[bytes, int] = {}

    def __call__(self, directory: bytes) -> int | None:
        return self.of.setdefault(directory, len(self.of))


@pytest.fixture
def root(tmp_path: FilePath) -> FilePath:
    root = tmp_path / "root"
    root.mkdir()
    (root / "web").write_text("127.0.0.1 8080\n")
    (root / "dir").mkdir()
    (root / "dir" / "api").write_text("127.0.0.1 8080\n")
    return root


def see(root: FilePath, *segments: str, known: tuple[int, ...] | None = None) -> Look:
    return look(os.fsencode(root), tuple(os.fsencode(s) for s in segments), Numbers(), known)


def test_a_file(root: FilePath) -> None:
    seen = see(root, "web")
    assert (seen.shape, seen.error, seen.same, seen.ended) == (ONE, "", False, True)
    above = os.fsencode(root.parent)
    assert seen.steps == {Step(above, b"root"), Step(os.fsencode(root), b"web")}
    assert set(seen.watches) == {above, os.fsencode(root)}


def test_directories(root: FilePath) -> None:
    assert see(root, "dir").shape == Directory()
    assert see(root, "dir", "api").shape == ONE
    assert see(root, "dir", "none").shape == Absent()


@pytest.mark.parametrize(
    "way", [("none",), ("web", "x"), ("x" * 256,), ("none", "x"), ("x" * 255,)]
)
def test_absent(root: FilePath, way: tuple[str, ...]) -> None:
    seen = see(root, *way)
    assert seen.shape == Absent()
    assert seen.signature == ()
    assert seen.steps


def test_no_root(tmp_path: FilePath) -> None:
    seen = see(tmp_path / "gone", "web")
    assert seen.shape == Absent()
    assert seen.steps == {Step(os.fsencode(tmp_path), b"gone")}


def test_a_known_signature_is_not_read_again(root: FilePath) -> None:
    first = see(root, "web")
    assert see(root, "web", known=first.signature).same
    (root / "new").write_text("127.0.0.1 9\n")
    os.replace(root / "new", root / "web")
    assert see(root, "web", known=first.signature).shape == Listing(
        frozenset([Address("127.0.0.1", 9)])
    )


def test_an_unended_line_shows(root: FilePath) -> None:
    (root / "web").write_text("127.0.0.1 8080")
    seen = see(root, "web")
    assert seen.shape == ONE
    assert not seen.ended


def test_links_are_followed_and_every_step_is_known(root: FilePath) -> None:
    data = root.parent / "data" / "v1"
    data.mkdir(parents=True)
    (data / "web2").write_text("127.0.0.1 8080\n")
    (root / "..data").symlink_to("../data/v1")
    (root / "abs").symlink_to(data / "web2")
    (root / "web2").symlink_to("..data/web2")
    base = os.fsencode(root.parent)
    seen = see(root, "web2")
    assert seen.shape == ONE
    assert seen.steps == {
        Step(base, b"root"),
        Step(base + b"/root", b"web2"),
        Step(base + b"/root", b"..data"),
        Step(base, b"data"),
        Step(base + b"/data", b"v1"),
        Step(base + b"/data/v1", b"web2"),
    }
    seen = see(root, "abs")
    assert seen.shape == ONE
    assert Step(base + b"/data/v1", b"web2") in seen.steps
    assert Step(b"/", base.split(b"/")[1]) in seen.steps


def test_the_root_may_be_a_link(root: FilePath) -> None:
    (root.parent / "current").symlink_to("root")
    assert see(root.parent / "current", "web").shape == ONE


def test_link_loops_end(root: FilePath) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    (root / "self").symlink_to("self/x")
    for name in ("a", "b", "self"):
        seen = see(root, name)
        assert seen.shape is None
        assert seen.error


def test_a_link_to_nothing_is_absent(root: FilePath) -> None:
    (root / "a").symlink_to("nothing")
    seen = see(root, "a")
    assert seen.shape == Absent()
    assert Step(os.fsencode(root), b"nothing") in seen.steps


def test_a_pipe_or_device_holds_nobody_up(root: FilePath) -> None:
    os.mkfifo(root / "pipe")
    (root / "null").symlink_to("/dev/null")
    for name in ("pipe", "null"):
        assert see(root, name).error == "not a regular file"


def test_too_large(root: FilePath) -> None:
    (root / "web").write_bytes(b"#" * (500 * 1024))
    assert see(root, "web").shape == Listing()
    (root / "web").write_bytes(b"#" * (500 * 1024 + 1))
    assert see(root, "web").error == "larger than 500 KB"
    (root / "web").write_bytes(b"10.0.0.1 80\n" * 1_000_000)
    assert see(root, "web").error == "larger than 500 KB"


def test_a_malformed_line(root: FilePath) -> None:
    (root / "web").write_text("127.0.0.1 8080\nnonsense\n")
    assert see(root, "web").error == "malformed address: nonsense"


def test_no_permission(root: FilePath, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: bytes, flags: int) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", refuse)
    seen = see(root, "web")
    assert seen.shape is None
    assert seen.error == "Permission denied"


def test_no_descriptor_is_left(root: FilePath) -> None:
    (root / "bad").write_text("x\n")
    os.mkfifo(root / "pipe")
    (root / "loop").symlink_to("loop")
    (root / "big").write_bytes(b"#" * 600_000)
    before = len(os.listdir("/proc/self/fd"))
    for name in ("web", "bad", "pipe", "loop", "big", "none", "dir"):
        for _ in range(50):
            see(root, name)
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_cannot_be_watched_shows(root: FilePath) -> None:
    seen = look(os.fsencode(root), (b"web",), lambda _: None)
    assert set(seen.watches.values()) == {None}
    assert seen.shape == ONE


def test_watched_before_it_is_read(root: FilePath) -> None:
    """Whatever a watch sees when it begins, the look sees, too."""

    def watch(directory: bytes) -> int | None:
        if directory == os.fsencode(root):
            (root / "web").write_text("127.0.0.9 9\n")
        return 1

    seen = look(os.fsencode(root), (b"web",), watch)
    assert seen.shape == Listing(frozenset([Address("127.0.0.9", 9)]))
