"""What a dtab file says."""

from __future__ import annotations

from typing import Any

import pytest

from linkerd.errors import Where
from linkerd.interpreter.dtab_file import AROUND, PIECE, Rules, places, read_rules
from linkerd.name.dtab import Dtab

FILE = "/etc/l5d/routes.dtab"


def read(text: str | bytes) -> Any:
    content = text.encode() if isinstance(text, str) else text
    return read_rules(content, FILE)


def test_every_rule_knows_its_place() -> None:
    text = "# routes\n\n/svc => /host ;\n  /host => /#/io.l5d.fs ; /a =>\n /b\n"
    rules = read(text)
    assert rules.dtab == Dtab.read(text)
    assert rules.text == text
    places = [Where(FILE, 3, 1), Where(FILE, 4, 3), Where(FILE, 4, 27)]
    assert [rule.where for rule in rules.dtab.dentries] == places


def test_the_reader_of_many_rules_rests_now_and_then() -> None:
    rests: list[None] = []
    text = "/a => /b ;\n" * (2 * PIECE)
    rules = read_rules(text.encode(), FILE, lambda: rests.append(None))
    assert isinstance(rules, Rules)
    assert len(rules.dtab) == 2 * PIECE
    assert len(rests) == 6, "reading, placing, and putting them where they are found"


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    rules = read("\ufeff/a => /b\n")
    assert [rule.where for rule in rules.dtab.dentries] == [Where(FILE, 1, 1)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/a => /b ;\n/c -> /d", "line 2, column 4: '=' expected but '-' found at '/c [-]> /d'"),
        ("/a => ", "line 1, column 7: simple expected but end of input found at '/a => []'"),
        ("/a =>\n", "line 2, column 1: simple expected but end of input found at '[]'"),
        ("/a => /b\n/c", "line 2, column 1: end of input expected but '/' found at '[/]c'"),
        (b"\xff => /b", "line 1, column 1: '/' expected but '\ufffd' found at '[\ufffd] => /b'"),
    ],
)  # fmt: skip
def test_an_error_tells_its_place(text: str | bytes, said: str) -> None:
    assert read(text) == said


def test_a_message_is_short_however_long_the_line() -> None:
    said = read(f"/{'a' * 10_000} -> /{'b' * 10_000}")
    assert said.startswith("line 1, column 10003: ")
    assert len(said) < 2 * AROUND + 100


def test_rules_are_equal_if_they_are_written_alike() -> None:
    assert read("/a => /b\n") == read("/a => /b\n")
    assert read("/a => /b\n") != read("# moved\n/a => /b\n"), "the places are others"


def test_emptiness() -> None:
    assert isinstance(read("# nothing\n"), Rules)
    assert read("# nothing\n").empty
    assert not read("/a => /b").empty


def test_places_of_offsets() -> None:
    place = places("ab\n\nc", FILE)
    assert [(place(offset).line, place(offset).column) for offset in range(6)] == [
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 1),
        (3, 1),
        (3, 2),
    ]
