"""The located tree, its limits, and places in the text."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.config.node import (
    MAX_DEPTH,
    MAX_NODES,
    Document,
    Node,
    ScalarNode,
    TextFault,
    kind_of,
    line_starts,
    list_node,
    object_node,
    position,
    quoted,
    shown,
)
from linkerd.errors import Fault, Where


def scalar(text: str = "x", plain: bool = True, **more: Any) -> ScalarNode:
    return ScalarNode(text, plain, 0, len(text), **more)


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_null_is_null_only_without_quotes(text: str) -> None:
    assert scalar(text).null
    assert not scalar(text, plain=False).null


@pytest.mark.parametrize("text", ["nULL", "nil", "None", "0", "false", "~~", " "])
def test_other_words_are_not_null(text: str) -> None:
    assert not scalar(text).null


def test_a_node_is_itself_and_stays_as_it_is() -> None:
    node = scalar()
    assert node != scalar()
    assert len({node, scalar()}) == 2
    for each in (node, list_node([], 0), object_node([], 0)):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            each.start = 1  # type: ignore[misc]


def test_size_and_depth_of_lists_and_objects() -> None:
    empty = list_node([], 3)
    assert (empty.items, empty.start, empty.size, empty.depth) == ((), 3, 1, 1)
    leaf = scalar()
    inner = list_node([leaf, leaf], 5)
    assert (inner.items, inner.size, inner.depth) == ((leaf, leaf), 3, 1)
    key = scalar("key")
    outer = object_node([(key, leaf), (key, inner)], 7)
    assert outer.entries == ((key, leaf), (key, inner)), "a key may stand twice"
    assert (outer.start, outer.size, outer.depth) == (7, 5, 2)
    assert list_node([outer, inner, leaf], 0).size == 10
    assert list_node([leaf, inner, outer, leaf], 0).depth == 3


def one_list(node: Node) -> Node:
    return list_node([node], 9)


def one_object(node: Node) -> Node:
    return object_node([(scalar("key"), node)], 9)


@pytest.mark.parametrize("around", [one_list, one_object])
def test_limits(around: Any) -> None:
    assert around(scalar(size=MAX_NODES - 1)).size == MAX_NODES
    with pytest.raises(TextFault, match="more than 100000 values") as large:
        around(scalar(size=MAX_NODES))
    node: Node = scalar()
    for _ in range(MAX_DEPTH):
        node = around(node)
    assert node.depth == MAX_DEPTH
    with pytest.raises(TextFault, match="more than 64 deep") as deep:
        around(node)
    assert large.value.index == deep.value.index == 9


def test_each_alias_counts_as_a_copy() -> None:
    """Ten aliases of ten aliases of ten ... are soon more than memory holds."""
    node: Node = scalar()
    for _ in range(4):
        node = list_node([node] * 10, 0)
    assert node.size == 11_111
    with pytest.raises(TextFault, match="values"):
        list_node([node] * 10, 0)


def test_a_text_fault_says_where_and_why() -> None:
    fault = TextFault(4, "no such escape", "one of n, t")
    assert (fault.index, fault.why, fault.expected) == (4, "no such escape", "one of n, t")
    assert str(fault) == "no such escape"
    assert TextFault(0, "why").expected == ""


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("", [0]),
        ("a", [0]),
        ("a\n", [0, 2]),
        ("a\nb\r\nc\rd", [0, 2, 5, 7]),
        ("\n\r", [0, 1, 2]),
        ("\r\r\n\n", [0, 1, 3, 4]),
        ("a\x0bb\u2028c\x85d", [0]),
    ],
)
def test_line_starts(text: str, starts: list[int]) -> None:
    assert line_starts(text) == starts


@pytest.mark.parametrize(
    ("index", "place"),
    [(0, (1, 1)), (1, (1, 2)), (2, (2, 1)), (4, (2, 3)), (5, (3, 1)), (7, (4, 1)), (8, (4, 2))],
)
def test_position(index: int, place: tuple[int, int]) -> None:
    assert position(line_starts("a\nb\r\nc\rd"), index) == place


@given(st.text(st.sampled_from("ab\r\n"), max_size=30))
def test_position_counts_as_one_who_walks_through_the_text(text: str) -> None:
    starts = line_starts(text)
    line, column = 1, 1
    for index in range(len(text) + 1):
        assert position(starts, index) == (line, column)
        column += 1
        if text[index : index + 1] == "\n" or (
            text[index : index + 1] == "\r" and text[index + 1 : index + 2] != "\n"
        ):
            line, column = line + 1, 1


def test_a_document_turns_an_index_into_a_place_and_a_fault() -> None:
    document = Document("linker.yml", "a: 1\nbee: two\n", scalar())
    assert document.faults == ()
    assert document.where(10, "bee") == Where("linker.yml", 2, 6, "bee")
    assert document.where(0, "") == Where("linker.yml", 1, 1, "")
    assert document.fault("L5D-4003", 10, "bee", "found 'two'") == Fault(
        "L5D-4003", "linker.yml", 2, 6, "bee", "found 'two'", "", ""
    )
    fault = document.fault("L5D-4002", 5, "bee", "why", expected="a number", suggestion="be")
    assert fault == Fault("L5D-4002", "linker.yml", 2, 1, "bee", "why", "a number", "be")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("", ""),
        ("8080", "8080"),
        ("grün ☃ 名", "grün ☃ 名"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x00\x1b[31m\x7f", r"\x00\x1b[31m\x7f"),
        ("a\u2028b\u202e", r"a\u2028b\u202e"),
        ("\ud800", r"\ud800"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        ("\n" * 81, r"\n" * 79 + "…"),
    ],
)
def test_shown(text: str, seen: str) -> None:
    assert shown(text) == seen
    assert quoted(text) == f"'{seen}'"


@given(st.text(st.characters(exclude_categories=[])))
def test_what_is_shown_is_one_line_and_cannot_steer_a_terminal(text: str) -> None:
    assert quoted(text).isprintable()
    assert len(shown(text)) <= 10 * 80


@pytest.mark.parametrize(
    ("node", "kind"),
    [
        (object_node([], 0), "an object"),
        (list_node([], 0), "a list"),
        (scalar("~"), "nothing"),
        (scalar("", plain=False), "''"),
        (scalar("null", plain=False), "'null'"),
        (scalar("80\n80"), r"'80\n80'"),
    ],
)
def test_kind_of(node: Node, kind: str) -> None:
    assert kind_of(node) == kind
