"""Every answer of the tables through a whole proxy: in one piece, and in single bytes."""

from __future__ import annotations

import pytest
from tests.wire.corpus_answers import BAD_ANSWERS, ODD_ANSWERS, OddAnswer
from tests.wire.corpus_endpoint import ANSWERED, GET, Answered
from tests.wire.through import Got, Through, in_pieces

HOW = ("whole", "bytes")


@pytest.fixture(scope="module")
def through() -> Through:
    return Through()


def told(through: Through, how: str, raw: bytes, request: bytes = GET, end: str = "") -> Got:
    pieces = [raw] if how == "whole" else in_pieces(raw)
    return through.answer(request, [each for each in pieces if each], end)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.name)
def test_answers(through: Through, case: Answered, how: str) -> None:
    got = told(through, how, case.raw, case.request, case.end)
    wanted = case.in_pieces if how == "bytes" and case.in_pieces else case.got
    if wanted.status == 502:
        got = got._replace(body=b"")
    assert got == wanted


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("case", BAD_ANSWERS, ids=[name for name, _ in BAD_ANSWERS])
def test_malformed_answers_become_a_502(
    through: Through, case: tuple[str, bytes], how: str
) -> None:
    got = told(through, how, case[1])
    assert (got.status, got.complete, got.kept) == (502, True, False)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("case", ODD_ANSWERS, ids=lambda case: case.name)
def test_odd_answers_pass(through: Through, case: OddAnswer, how: str) -> None:
    status = 200 if case.final() else int(case.head[9:12])
    got = told(through, how, case.whole(), end="close")
    # 599 is the last status that every reader knows.
    assert (got.status, got.complete) == (status, True)


def test_the_tables_are_large_and_their_names_unique() -> None:
    names = [*[name for name, _ in BAD_ANSWERS], *[each.name for each in ODD_ANSWERS]]
    assert len(set(names)) == len(names)
    cases = [case.name for case in ANSWERED]
    assert len(set(cases)) == len(cases)
    assert len(names) + len(cases) >= 165
