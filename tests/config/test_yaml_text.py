from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from linkerd.config.node import ListNode, ObjectNode, ScalarNode, TextFault
from linkerd.config.yaml_text import read_yaml

LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]


def written(node):
    """Give a tree as plain values; texts that stood in quotes as ('q', text)."""
    match node:
        case ScalarNode():
            return node.text if node.plain else ("q", node.text)
        case ListNode():
            return [written(item) for item in node.items]
        case ObjectNode():
            return {key.text: written(value) for key, value in node.entries}


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a: 1:30\nb: on\nc: 010\nd: 0x10\ne: 2020-01-01\n",
            {"a": "1:30", "b": "on", "c": "010", "d": "0x10", "e": "2020-01-01"},
        ),
        ("a: '1'\nb: \"2\"\nc: |\n  3\n", {"a": ("q", "1"), "b": ("q", "2"), "c": ("q", "3\n")}),
        ("a: &x [1, 2]\nb: *x\n", {"a": ["1", "2"], "b": ["1", "2"]}),
        (
            "a: !!str 1\nb: !!int 2\nc: ! 3\nd: !!map {}\ne: !!seq []\n",
            {"a": ("q", "1"), "b": "2", "c": ("q", "3"), "d": {}, "e": []},
        ),
        ("---\na: b\n...\n", {"a": "b"}),
        ("%YAML 1.1\n---\na: b\n", {"a": "b"}),
        ("a: {x: 1,\n\ty: 2}\n", {"a": {"x": "1", "y": "2"}}),
        ("a:\nb: ~\n", {"a": "", "b": "~"}),
        ("a: b # c\nd: x#y\n", {"a": "b", "d": "x#y"}),
        ("ip: ::1\n", {"ip": "::1"}),
        ("- *x\n", None),
    ],
)
def test_values_stay_as_written(loader, text, expected):
    if expected is None or (loader is yaml.SafeLoader and "\t" in text):
        with pytest.raises(TextFault):
            read_yaml(text, loader)
    else:
        assert written(read_yaml(text, loader)) == expected


@pytest.mark.parametrize("loader", LOADERS)
def test_places_are_indices_of_the_text(loader):
    text = "# é\na: &x\r\n  - 'b'\n  - *x2\n".replace("*x2", "c")
    root = read_yaml(text, loader)
    (key, items) = root.entries[0]
    assert text[key.start] == "a"
    assert [text[item.start] for item in items.items] == ["'", "c"]


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    "text", ["a: [1\nb: 2\n", "a: 'x", "a: b: c\n", "a:\n\tb: 1\n", "@", "a: *b\n", 'a: "\\q"\n']
)
def test_both_scanners_of_yaml_point_at_the_same_place(loader, text):
    with pytest.raises(TextFault) as ours:
        read_yaml(text)
    with pytest.raises(TextFault) as other:
        read_yaml(text, loader)
    assert ours.value.index == other.value.index


def refused_at(text):
    """Give where a text stops being readable, or None if it is readable."""
    try:
        read_yaml(text)
    except TextFault as fault:
        return fault.index
    return None


@given(st.text(max_size=200) | st.text(alphabet="ab: -[]{},&*!|>'\"#%@`\n\t\\?~", max_size=60))
def test_any_text_is_read_or_refused(text):
    index = refused_at(text)
    assert index is None or 0 <= index <= len(text)
