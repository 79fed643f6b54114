"""Reading files in Thrift's interface language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from linkerd.router.thrift_idl import BadIdl, read_idl

if TYPE_CHECKING:
    from pathlib import Path

COMMON = "exception Oops { 1: string why }\nstruct User { 1: string name, 2: list<User> friends }\n"
USERS = """include "common.thrift"
service Base { void ping() }
service Users extends Base {
  common.User find(1: string id) throws (1: common.Oops oops),
  oneway void note(1: map<string, common.User> by_name, 5: set<i32> numbers)
}
"""


@pytest.fixture
def users(tmp_path: Path) -> str:
    (tmp_path / "common.thrift").write_text(COMMON)
    (tmp_path / "users.thrift").write_text(USERS)
    return str(tmp_path / "users.thrift")


def test_methods(users: str) -> None:
    methods = read_idl([users])
    assert set(methods) == {"ping", "find", "note"}
    assert [each.service for each in methods["ping"]] == ["Base", "Users"]
    [find] = methods["find"]
    assert find.exceptions == {1: "Oops"}
    assert find.arguments.names() == ["id"]


def test_shapes(users: str) -> None:
    [note] = read_idl([users])["note"]
    assert {number: name for number, (name, _) in note.arguments.fields.items()} == {
        1: "by_name",
        5: "numbers",
    }
    by_name = note.arguments.by_name("by_name")
    assert by_name is not None
    assert by_name.names() == ["name", "friends"]
    friends = by_name.by_name("friends")
    assert friends is not None
    assert friends.by_name("name") is not None, "a struct may hold others of its kind"
    assert by_name.by_name("age") is None


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadIdl, match="nowhere"):
        read_idl([str(tmp_path / "nowhere.thrift")])
    (tmp_path / "bad.thrift").write_text("service {")
    with pytest.raises(BadIdl, match="bad"):
        read_idl([str(tmp_path / "bad.thrift")])


def test_a_file_that_changed_is_read_again(users: str) -> None:
    read_idl([users])
    with open(users, "a") as file:
        file.write("service More { void more() }\n")
    assert "more" in read_idl([users])
