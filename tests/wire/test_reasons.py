"""Whatever `h11` takes and we refuse, we refuse for a reason that can be named and seen.

The other direction, that what we take is what `h11` reads too, is in `test_against_h11.py`.
"""

from __future__ import annotations

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from tests.wire.corpus import BROKEN_BODIES, MALFORMED, Malformed
from tests.wire.corpus_answers import BAD_ANSWERS
from tests.wire.corpus_disguises import DISGUISES
from tests.wire.reasons import check, check_body
from tests.wire.strategies import answers, chunked_bodies, requests, spoiled


@settings(max_examples=2000)
@given(spoiled(requests))
def test_requests(data: bytes) -> None:
    event(check(data, True))


@settings(max_examples=2000)
@given(spoiled(answers))
def test_answers(data: bytes) -> None:
    event(check(data, False))


@pytest.mark.parametrize("case", MALFORMED, ids=lambda case: case.name)
def test_malformed_requests(case: Malformed) -> None:
    if not case.name.startswith("size:") and 414 not in case.statuses:
        check(case.raw, True)


def test_disguises() -> None:
    for case in DISGUISES:
        check(case.raw, True)


@pytest.mark.parametrize(("name", "raw"), BAD_ANSWERS, ids=[name for name, _ in BAD_ANSWERS])
def test_bad_answers(name: str, raw: bytes) -> None:
    if "too" not in name:
        check(raw, False)


@settings(max_examples=2000)
@given(st.one_of(chunked_bodies(), spoiled(chunked_bodies())))
def test_chunked_bodies(body: bytes) -> None:
    check_body(body)


@pytest.mark.parametrize("case", BROKEN_BODIES, ids=lambda case: case.name)
def test_broken_bodies(case: Malformed) -> None:
    if "too" not in case.name:
        check_body(case.raw.partition(b"\r\n\r\n")[2])
