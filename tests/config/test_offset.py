from __future__ import annotations

import pytest

from linkerd.config.load import parse
from linkerd.config.offset import index_of

TEXTS = [
    ("plain", "a: one two"),
    ("anchored", "a: &x one two"),
    ("tagged and quoted", "a: !!str 'one two'"),
    ("single quotes", "a: 'it''s one two'"),
    ("double quotes", 'a: "\\x41\\u0042\\"\\tone\\n two"'),
    ("continued", 'a: "one\\\n   two"'),
    ("folded plain", "a: one\n  two"),
    ("literal", "a: |\n  one\n  two\n"),
    ("literal, header", "a: |2-  # one two\n    one\n  two\n"),
    ("folded", "a: >+\n\n  one\n  two\n\n"),
    ("CRLF", "a: |\r\n  one\r\n  two\r\n"),
    ("JSON", '{"a": "\\/\\ud83d\\ude00 one two"}'),
]


@pytest.mark.parametrize("text", [text for _, text in TEXTS], ids=[name for name, _ in TEXTS])
@pytest.mark.parametrize("word", ["one", "two"])
def test_points_at_the_character(text, word):
    (_, node) = parse(text, "test").root.entries[0]
    index = index_of(node, text, node.text.rindex(word))
    assert text[index:].startswith(word)
    assert index == text.rindex(word)


@pytest.mark.parametrize("text", [text for _, text in TEXTS], ids=[name for name, _ in TEXTS])
def test_every_offset_is_inside(text):
    (_, node) = parse(text, "test").root.entries[0]
    for offset in range(len(node.text) + 2):
        assert node.start <= index_of(node, text, offset) <= node.end


def test_a_blank_is_behind_the_character_before_it():
    text = "a: 'one  two'"
    (_, node) = parse(text, "test").root.entries[0]
    assert index_of(node, text, 3) == index_of(node, text, 4) == text.index("one") + 3


def test_the_end_is_behind_the_last_character():
    text = "a: |\n  one\n  two\n"
    (_, node) = parse(text, "test").root.entries[0]
    assert index_of(node, text, len(node.text)) == text.index("two") + 3
