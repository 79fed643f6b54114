"""The tables of `tests.wire.corpus`, each line against the scanner and the chunked reader."""

from __future__ import annotations

import pytest
from tests.wire.corpus import BROKEN_CHUNKS, MALFORMED, Malformed
from tests.wire.corpus_answers import BAD_ANSWERS, ODD_ANSWERS, OddAnswer
from tests.wire.corpus_odd import ODD, Odd

from linkerd.server.http import empty_lines
from linkerd.wire.chunked import ChunkedReader
from linkerd.wire.http1 import Limits, RequestHead, ResponseHead
from linkerd.wire.status import REASONS


def test_names_are_unique_and_tables_large() -> None:
    for table, at_least in ((MALFORMED, 200), (BROKEN_CHUNKS, 30), (BAD_ANSWERS, 50), (ODD, 25)):
        names = [row[0] for row in table]
        assert len(set(names)) == len(names) >= at_least


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case.name)
def test_malformed_requests_are_refused(case: Malformed) -> None:
    head = RequestHead()
    assert -head.scan(case.raw, empty_lines(case.raw), Limits()) in case.statuses
    assert head.fault


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case.name)
def test_malformed_requests_are_refused_however_they_are_cut(case: Malformed) -> None:
    step = max(1, len(case.raw) // 200)
    for stop in range(1, len(case.raw), step):
        answer = RequestHead().scan(case.raw[:stop], empty_lines(case.raw[:stop]), Limits())
        assert answer <= 0, case.raw[:stop]
        assert answer == 0 or -answer in REASONS


@pytest.mark.parametrize("case", ODD, ids=lambda case: case.name)
def test_odd_requests_pass(case: Odd) -> None:
    head = RequestHead()
    assert head.scan(case.raw + b"more", 0, Limits()) == len(case.raw), head.fault
    assert (head.target, head.host) == (case.target, case.host)
    assert head.passed_on(head.target, b"<added>") == case.head + b"<added>"


@pytest.mark.parametrize(("name", "raw"), BAD_ANSWERS, ids=[name for name, _ in BAD_ANSWERS])
def test_bad_answers_are_refused(name: str, raw: bytes) -> None:
    head = ResponseHead()
    assert head.scan(raw, 0, Limits()) == -502, name
    assert head.fault


@pytest.mark.parametrize("case", ODD_ANSWERS, ids=lambda case: case.name)
def test_odd_answers_pass(case: OddAnswer) -> None:
    head = ResponseHead()
    assert head.scan(case.raw + b"more", 0, Limits()) == len(case.raw), head.fault
    assert head.passed_on(b"<added>") == case.head + b"<added>"
    assert (head.length, head.chunked, head.close) == (case.length, case.chunked, case.close)


@pytest.mark.parametrize(("name", "body"), BROKEN_CHUNKS, ids=[name for name, _ in BROKEN_CHUNKS])
def test_broken_chunks_are_refused(name: str, body: bytes) -> None:
    whole = ChunkedReader(Limits())
    assert whole.feed(body, 0) == -1, name
    assert whole.fault
    cut = ChunkedReader(Limits())
    assert any(cut.feed(body[i : i + 1], 0) < 0 for i in range(len(body)))
