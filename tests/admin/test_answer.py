"""Questions and answers."""

from __future__ import annotations

import pytest

from linkerd.admin.answer import JSON, Question, as_json, as_json_in_pieces, text


@pytest.mark.parametrize("word", ["true", "1", "t", "TRUE"])
def test_yes(word: str) -> None:
    assert Question("/", query={"tree": word}).flag("tree")


@pytest.mark.parametrize("word", ["", "0", "false", "yes"])
def test_no(word: str) -> None:
    assert not Question("/", query={"tree": word}).flag("tree")
    assert not Question("/").flag("tree")


def test_json_shows_what_it_does_not_know() -> None:
    answer = as_json({"a": 1, "b": 2j}, 404)
    assert (answer.status, answer.content_type) == (404, JSON)
    assert answer.body == b'{"a": 1, "b": "2j"}'


def test_text_is_utf8_whatever_comes() -> None:
    assert text("\u00e9\ud800").body == b"\xc3\xa9?"


def test_large_json_comes_in_pieces() -> None:
    value = {"all": [{"a": number, "b": 2j} for number in range(1000)]}
    answer = as_json_in_pieces(value)
    assert not isinstance(answer.body, bytes)
    pieces = list(answer.body)
    assert max([len(piece) for piece in pieces]) < 20
    assert "".join(pieces).encode() == as_json(value).body
    assert answer.content_type == JSON
