"""Every request of the tables through a whole proxy: in one piece, and in single bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.wire.corpus import BROKEN_BODIES, MALFORMED, Malformed
from tests.wire.corpus_disguises import DISGUISES
from tests.wire.corpus_odd import ODD, Odd
from tests.wire.corpus_streams import STREAMS, Stream
from tests.wire.through import Seen, Through, in_pieces

if TYPE_CHECKING:
    from collections.abc import Callable

HOW: dict[str, Callable[[bytes], list[bytes]]] = {
    "whole": lambda data: [data],
    "bytes": in_pieces,
    "head and rest": lambda data: list(data.partition(b"\r\n\r\n")),
}


@pytest.fixture(scope="module")
def through() -> Through:
    return Through()


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("case", [*MALFORMED, *BROKEN_BODIES], ids=lambda case: case.name)
def test_malformed_requests_reach_nobody(through: Through, case: Malformed, how: str) -> None:
    outcome = through.requests([piece for piece in HOW[how](case.raw) if piece])
    assert (outcome.seen, outcome.unclean) == ([], [])
    assert len(outcome.answers) == 1, outcome
    assert outcome.answers[0] in case.statuses
    assert outcome.closed


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("case", ODD, ids=lambda case: case.name)
def test_odd_requests_reach_the_back_end_once(through: Through, case: Odd, how: str) -> None:
    outcome = through.requests([piece for piece in HOW[how](case.raw) if piece])
    assert outcome.unclean == []
    if case.host:
        method = case.raw[: case.raw.index(b" ")]
        assert outcome.seen == [Seen(method, case.target, b"")]
        assert outcome.answers == [200]
    else:
        # The request is good, but the router's identifier has nothing to go by.
        assert (outcome.seen, outcome.answers) == ([], [400])


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("case", [*STREAMS, *DISGUISES], ids=lambda case: case.name)
def test_streams(through: Through, case: Stream, how: str) -> None:
    outcome = through.requests([piece for piece in HOW[how](case.raw) if piece], case.end)
    assert outcome.unclean == []
    assert outcome.seen == list(case.seen)
    assert len(outcome.answers) == len(case.answers), outcome
    for got, allowed in zip(outcome.answers, case.answers, strict=True):
        assert got in allowed, outcome
    assert outcome.closed is case.closed


def test_the_tables_are_large_and_their_names_unique() -> None:
    names = [case.name for case in (*MALFORMED, *BROKEN_BODIES, *ODD, *STREAMS, *DISGUISES)]
    assert len(set(names)) == len(names) >= 700
