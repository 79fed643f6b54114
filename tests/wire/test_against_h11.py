"""Two independent readers of HTTP/1.1 read what we accept, and what we pass on, as we do.

Whatever we accept, `h11` and `h11r` give the same method, target, fields and body for, both for the
bytes that came and for those that go on; what is left out on the way is exactly what must not pass.

Stricter than they are, always by refusing: bare LF, folded lines, control bytes in values,
fragments in targets, Host with anything but a host and a port, absolute forms of other schemes,
Connection options that are no tokens or that name end-to-end fields, several equal
Content-Lengths, Content-Length beside Transfer-Encoding, codings in HTTP/1.0, other major
versions, expectations that nobody knows, statuses below 100, interim answers with a body, chunk
sizes of more than 15 digits, chunk extensions that are not name=value. `test_reasons.py` has them
one by one.

Laxer than one or the other: see `LAXER`, with the reasons.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, find, given, settings
from hypothesis import strategies as st
from tests.wire.corpus import BROKEN_BODIES, MALFORMED
from tests.wire.corpus_answers import ODD_ANSWERS
from tests.wire.corpus_odd import ODD
from tests.wire.oracles import (
    CHUNKED_ANSWER,
    CHUNKED_REQUEST,
    LAXER,
    as_client,
    as_server,
    check_answer,
    check_request,
)
from tests.wire.strategies import FIRST, STATUS, answers, chunked_bodies, heads, requests, spoiled


@settings(max_examples=1500)
@given(st.one_of(requests, spoiled(requests)))
def test_requests(data: bytes) -> None:
    event("accepted" if check_request(data) else "refused")


@settings(max_examples=1500)
@given(st.one_of(answers, spoiled(answers)))
def test_answers(data: bytes) -> None:
    event("accepted" if check_answer(data) else "refused")


@settings(max_examples=500)
@given(st.one_of(chunked_bodies(), spoiled(chunked_bodies())))
def test_chunked_bodies(body: bytes) -> None:
    event("accepted" if check_request(CHUNKED_REQUEST + body) else "refused")
    check_answer(CHUNKED_ANSWER + body)


@pytest.mark.parametrize("case", ODD, ids=lambda case: case.name)
def test_odd_requests(case: Any) -> None:
    assert check_request(case.raw)


@pytest.mark.parametrize("case", ODD_ANSWERS, ids=lambda case: case.name)
def test_odd_answers(case: Any) -> None:
    body = b"0\r\n\r\n" if case.chunked else b"x" * max(case.length, 0)
    assert check_answer(case.raw + body)


def test_the_strategies_find_what_is_accepted() -> None:
    find(heads(FIRST), lambda data: check_request(data) and b"chunked" in data)
    find(heads(STATUS), lambda data: check_answer(data) and b"X-Hop" in data)


@pytest.mark.parametrize("case", [*MALFORMED, *BROKEN_BODIES], ids=lambda case: case.name)
def test_nothing_malformed_is_compared_at_all(case: Any) -> None:
    assert not check_request(case.raw)


SAMPLES = {
    "a minor version above 1": b"GET / HTTP/1.2\r\nHost: a\r\n\r\n",
    "a status above 599": b"HTTP/1.1 999 No\r\n\r\n",
    "white space behind a chunk size": CHUNKED_REQUEST + b"0 ;a\r\n\r\n",
    "framing fields among the trailers": CHUNKED_ANSWER + b"0\r\nContent-Length: a\r\n\r\n",
    "white space behind trailers": CHUNKED_ANSWER + b"0\r\nA: b\r\n\r\n\t",
}


@pytest.mark.parametrize("why", LAXER)
def test_every_reason_is_needed(why: str) -> None:
    sample = SAMPLES[why]
    assert LAXER[why].match(sample)
    if sample.startswith(b"HTTP"):
        assert None in as_client(sample)
        assert check_answer(sample)
    else:
        assert None in as_server(sample)
        assert check_request(sample)
