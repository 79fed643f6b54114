"""The file of an access log: rolled, reopened, torn, kept, in a real directory."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING

import pytest
from tests.support.runtime import START
from tests.support.zones import local_zone

from linkerd.router.access_log_file import LogFile
from linkerd.router.access_log_policy import read_policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from linkerd.router.access_log_file import Outcome

DAY = 86400.0
FULL = OSError(28, "No space left on device")


@pytest.fixture(autouse=True)
def utc() -> Iterator[None]:
    """The time zone of names and of ends."""
    with local_zone("UTC"):
        yield


class Log:
    """A log in a directory, with the lines that it was given."""

    def __init__(self, folder: Path, policy: str, keep: int = -1, append: bool = True) -> None:
        self.folder = folder
        self.path = folder / "access.log"
        self.file = LogFile(str(self.path), read_policy(policy), keep)
        self.file.open(append, START)
        self.number = 0

    def write(self, *times: float, again: bool = False) -> Outcome:
        """A batch of lines, at seconds after the start; they are numbered."""
        lines = []
        for when in times:
            self.number += 1
            lines.append((START + when, b"line %04d\n" % self.number))
        return self.file.write(lines, again)

    def files(self) -> dict[str, list[int]]:
        """The numbers of the lines in each file."""
        return {
            file.name: [int(line[5:]) for line in file.read_text().splitlines()]
            for file in sorted(self.folder.iterdir())
        }


def test_one_file_for_ever(tmp_path: Path) -> None:
    log = Log(tmp_path, "never")
    assert log.write(0, 1) == (0, "")
    log.write(1000 * DAY)
    assert log.files() == {"access.log": [1, 2, 3]}


def test_each_line_is_in_the_file_of_its_day(tmp_path: Path) -> None:
    log = Log(tmp_path, "daily")
    log.write(0, DAY / 2 - 1, DAY / 2, DAY)
    log.write(3 * DAY)
    assert log.files() == {
        "access-20190101.log": [1, 2],
        "access-20190102.log": [3, 4],
        "access.log": [5],
    }


def test_each_line_is_in_the_file_of_its_hour(tmp_path: Path) -> None:
    log = Log(tmp_path, "hourly")
    log.write(3599, 3600)
    assert log.files() == {"access-20190101-12.log": [1], "access.log": [2]}


def test_a_file_is_never_larger_than_said(tmp_path: Path) -> None:
    log = Log(tmp_path, "25.bytes")
    log.write(0, 0, 0, 1, 1, 2)
    assert log.files() == {
        "access-20190101-120000.log": [1, 2],
        "access-20190101-120000.1.log": [3, 4],
        "access.log": [5, 6],
    }


def test_a_line_that_is_larger_has_its_own_file(tmp_path: Path) -> None:
    log = Log(tmp_path, "3.bytes")
    log.write(0, 1)
    assert log.files() == {"access-20190101-120000.log": [1], "access.log": [2]}


def test_a_size_counts_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "access.log").write_text("line 9999\nline 9999\n")
    log = Log(tmp_path, "25.bytes")
    log.write(0)
    assert log.files() == {"access-20190101-120000.log": [9999, 9999], "access.log": [1]}


def test_lines_of_an_earlier_run_belong_to_their_own_day(tmp_path: Path) -> None:
    file = tmp_path / "access.log"
    file.write_text("line 9999\n")
    os.utime(file, (START - DAY, START - DAY))
    log = Log(tmp_path, "daily")
    log.write(0)
    assert log.files() == {"access-20181231.log": [9999], "access.log": [1]}


def test_no_rolled_file_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "access-20190101.log").write_text("line 9999\n")
    log = Log(tmp_path, "daily")
    log.write(0, DAY)
    assert log.files()["access-20190101.log"] == [9999]
    assert log.files()["access-20190101.1.log"] == [1]


def test_the_oldest_are_removed(tmp_path: Path) -> None:
    log = Log(tmp_path, "1.byte", keep=3)
    log.write(*[0] * 12, 1, 1)
    assert log.files() == {
        "access-20190101-120000.10.log": [11],
        "access-20190101-120000.11.log": [12],
        "access-20190101-120001.log": [13],
        "access.log": [14],
    }


def test_files_of_others_are_not_removed(tmp_path: Path) -> None:
    others = ["access-b.log", "access-20190101.log.gz", "access-2019.log", "access.log.1", "x.log"]
    for name in others:
        (tmp_path / name).touch()
    log = Log(tmp_path, "daily", keep=0)
    log.write(0, DAY)
    assert log.files() == {"access.log": [2], **{name: [] for name in others}}


def test_a_name_without_extension_in_a_folder_with_one(tmp_path: Path) -> None:
    folder = tmp_path / "a.b"
    folder.mkdir()
    file = LogFile(str(folder / "access"), read_policy("daily"), -1)
    file.open(True, START)
    file.write([(START, b"\n"), (START + DAY, b"\n")], False)
    assert sorted(each.name for each in folder.iterdir()) == ["access", "access-20190101"]


@pytest.mark.parametrize("policy", ["1.byte", "daily"])
def test_a_device_is_never_renamed(policy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "rename", None)
    file = LogFile("/dev/null", read_policy(policy), 0)
    file.open(True, START)
    for _ in range(2):
        assert file.write([(START, b"a\n"), (START + DAY, b"b\n")], False) == (0, "")
    assert (file.limit, file.due) == (0, math.inf)


def test_a_file_is_emptied_at_the_start_only(tmp_path: Path) -> None:
    (tmp_path / "access.log").write_text("line 9999\n")
    log = Log(tmp_path, "sighup", append=False)
    log.write(0)
    log.write(0, again=True)
    assert log.files() == {"access.log": [1, 2]}


def test_a_file_that_was_moved_away_is_left(tmp_path: Path) -> None:
    log = Log(tmp_path, "sighup")
    log.write(0)
    log.path.rename(tmp_path / "moved")
    log.write(0)
    before = log.file.fd
    assert log.write(again=True) == (0, "")
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(before)
    log.write(0)
    assert log.files() == {"access.log": [3], "moved": [1, 2]}


@pytest.mark.parametrize("append", [True, False])
def test_a_file_that_was_copied_and_cut_off_has_no_hole(tmp_path: Path, append: bool) -> None:
    log = Log(tmp_path, "25.bytes", append=append)
    log.write(0, 0)
    os.truncate(log.path, 0)
    log.write(0, 0)
    assert log.files() == {"access.log": [3, 4]}


def test_where_no_new_file_can_be_had_the_old_one_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    log = Log(folder, "sighup")
    folder.rename(tmp_path / "moved")
    assert log.write(0, again=True) == (0, "No such file or directory")
    assert log.write(0) == (0, "No such file or directory")
    assert (tmp_path / "moved" / "access.log").read_text() == "line 0001\nline 0002\n"
    folder.mkdir()
    assert log.write(0) == (0, "")
    assert log.files() == {"access.log": [3]}


def test_a_file_that_cannot_be_renamed_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(tmp_path, "daily", keep=0)
    tried: list[str] = []

    def refuse(old: str, new: str) -> None:
        tried.append(new)
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", refuse)
        assert log.write(0, DAY, DAY) == (0, "Permission denied")
        assert len(tried) == 1, "once a batch"
        assert log.files() == {"access.log": [1, 2, 3]}
    assert log.write(DAY) == (0, "")
    assert log.files() == {"access.log": [4]}


def test_rolled_but_not_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(tmp_path, "daily")

    def refuse(*_: object) -> int:
        raise FULL

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuse)
        assert log.write(0, DAY) == (0, "No space left on device")
        assert log.files() == {"access-20190101.log": [1, 2]}
    assert log.write(DAY, DAY) == (0, "")
    assert log.files() == {"access-20190101.log": [1, 2], "access.log": [3, 4]}


def test_a_file_that_was_deleted_is_begun_anew_at_its_end(tmp_path: Path) -> None:
    log = Log(tmp_path, "daily")
    log.write(0)
    log.path.unlink()
    assert log.write(DAY) == (0, "")
    assert log.files() == {"access.log": [2]}


class Disk:
    """Takes so many bytes and then no more."""

    def __init__(self, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = room
        self.real = os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, fd: int, data: bytes) -> int:
        if not self.room:
            raise FULL
        done = self.real(fd, data[: self.room])
        self.room -= done
        return done


@pytest.mark.parametrize(
    ("room", "lost", "text"),
    [
        (0, 2, "line 0003\n"),
        (4, 2, "line\nline 0003\n"),
        (10, 1, "line 0001\nline 0003\n"),
        (14, 1, "line 0001\nline\nline 0003\n"),
        (19, 1, "line 0001\nline 0002\nline 0003\n"),
        (20, 0, "line 0001\nline 0002\nline 0003\n"),
    ],
)
def test_a_full_disk_tears_no_line_into_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, lost: int, text: str
) -> None:
    log = Log(tmp_path, "never")
    disk = Disk(room, monkeypatch)
    assert log.write(0, 0) == (lost, "No space left on device" if lost else "")
    disk.room = 1000
    assert log.write(0) == (0, "")
    assert log.path.read_text() == text


def test_a_torn_line_is_not_ended_in_a_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(tmp_path, "sighup")
    disk = Disk(4, monkeypatch)
    log.write(0)
    disk.room = 1000
    log.path.rename(tmp_path / "moved")
    log.write(0, again=True)
    assert log.path.read_text() == "line 0002\n"


def test_a_disk_that_stays_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(tmp_path, "never")
    disk = Disk(4, monkeypatch)
    for _ in range(3):
        assert log.write(0, 0).lost == 2
    disk.room = 1
    assert log.write(0, 0).lost == 2, "the room was for a line feed"
    disk.room = 1000
    assert log.write(0).lost == 0
    assert log.path.read_text() == "line\nline 0009\n"
