from __future__ import annotations

from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.catalogue import CATALOGUE
from linkerd.errors import (
    BadDtab,
    BadMaxForwards,
    ConnectFailed,
    NoHosts,
    RequestError,
)
from linkerd.server.errors import (
    cleared_answer,
    encode_error,
    error_answer,
    error_text,
    refusal,
)
from linkerd.wire.head import Limits
from linkerd.wire.status import REASONS

LIMITS = Limits(head=8192)


def parts(answer: bytes) -> tuple[bytes, dict[bytes, bytes], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    fields = [line.split(b": ", 1) for line in lines]
    return first, dict(fields), body


def test_an_answer_is_complete() -> None:
    error = NoHosts("Unable to route request!\n", "L5D-1102", "tried /a")
    first, fields, body = parts(error_answer(error, False, False, LIMITS))
    assert first == b"HTTP/1.1 502 Bad Gateway"
    assert fields == {
        b"content-type": b"text/plain; charset=utf-8",
        b"content-length": b"%d" % len(body),
        b"l5d-err": b"L5D-1102+Unable+to+route+request%21%0A",
    }
    assert body.startswith(b"Unable to route request!\n\nL5D-1102: ")
    assert b"\ntried /a\n" in body


def test_linkerds_text_comes_first_and_an_empty_line_behind_it() -> None:
    entry = CATALOGUE["L5D-1002"]
    ours = f"L5D-1002: {entry.title}\n{entry.next_step}\nMore: linkerd help L5D-1002\n"
    assert error_text(BadDtab("no")) == f"no\n\n{ours}"


def test_the_last_answer_of_a_connection_says_so() -> None:
    _, fields, _ = parts(error_answer(BadDtab("no"), True, False, LIMITS))
    assert fields[b"connection"] == b"close"


def test_an_answer_to_head_has_a_length_and_no_body() -> None:
    whole = error_answer(BadDtab("no"), False, False, LIMITS)
    head, _, body = whole.partition(b"\r\n\r\n")
    assert error_answer(BadDtab("no"), False, True, LIMITS) == head + b"\r\n\r\n"
    assert body


def test_what_never_reached_an_endpoint_may_be_marked() -> None:
    error = ConnectFailed("no", retryable=True)
    assert parts(error_answer(error, False, False, LIMITS))[1][b"l5d-retryable"] == b"true"


def test_every_status_of_ours_has_a_reason() -> None:
    kinds: list[type[RequestError]] = [RequestError, *RequestError.__subclasses__()]
    assert {kind.status for kind in kinds} <= set(REASONS)


@given(st.text(), st.integers(min_value=3, max_value=200))
def test_any_text_fits_in_l5d_err(text: str, limit: int) -> None:
    value = encode_error(text, limit)
    assert len(value) <= limit
    assert value.isascii()
    assert not set(value) & set(b"\r\n ")
    whole = text.encode("latin-1", "replace").decode("latin-1")
    assert whole.startswith(unquote_plus(value.decode(), "latin-1"))


def test_l5d_err_leaves_room_for_a_head_with_the_same_limits() -> None:
    error = RequestError("x" * 9999, "L5D-1101")
    _, fields, _ = parts(error_answer(error, False, False, Limits(head=1024)))
    assert len(fields[b"l5d-err"]) == 256


def test_a_short_text_is_whole() -> None:
    assert encode_error("a b/ü€~*", 99) == b"a+b%2F%FC%3F%7E*"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, b"L5D-3001"),
        (408, b"L5D-3006"),
        (413, b"L5D-3009"),
        (414, b"L5D-3002"),
        (417, b"L5D-3001"),
        (431, b"L5D-3003"),
        (405, b"L5D-3010"),
        (501, b"L5D-3005"),
        (505, b"L5D-3004"),
    ],
)
def test_a_refusal_tells_code_and_rule_and_closes(status: int, code: bytes) -> None:
    first, fields, body = parts(refusal(status, "the rule"))
    assert first.startswith(b"HTTP/1.1 %d " % status)
    assert fields[b"connection"] == b"close"
    assert fields[b"content-length"] == b"%d" % len(body)
    assert body == code + b": the rule\n"
    assert code.decode() in CATALOGUE
    assert refusal(status, "the rule", True) == refusal(status, "the rule").removesuffix(body)


def test_strangers_learn_no_more_than_the_status_of_a_refusal() -> None:
    first, fields, body = parts(refusal(405, "the rule", cleared=True))
    assert first.startswith(b"HTTP/1.1 405 ")
    assert (body, set(fields)) == (b"", {b"allow", b"content-length", b"connection"})


def test_405_names_methods_that_are_taken() -> None:
    assert b"GET, " in parts(refusal(405, "no"))[1][b"allow"]
    assert b"allow" not in parts(refusal(400, "no"))[1]


def test_strangers_learn_no_more_than_the_status() -> None:
    error = ConnectFailed("no", retryable=True)
    whole = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n"
    assert cleared_answer(error, False, False) == whole + b"\r\n"
    assert cleared_answer(error, True, True) == whole + b"connection: close\r\n\r\n"


def test_a_plain_error_is_its_message_for_everybody() -> None:
    error = BadMaxForwards("no number")
    first, fields, body = parts(error_answer(error, True, False, LIMITS))
    assert (first, body) == (b"HTTP/1.1 400 Bad Request", b"no number")
    assert fields == {
        b"content-type": b"text/plain; charset=utf-8",
        b"content-length": b"9",
        b"connection": b"close",
    }
    assert cleared_answer(error, True, False) == error_answer(error, True, False, LIMITS)
    assert error_answer(error, False, True, LIMITS).endswith(b"content-length: 9\r\n\r\n")


def test_a_long_text_is_cut_between_two_characters() -> None:
    error = BadDtab("é" * 100)
    for limit, size in ((51, 50), (50, 50), (0, 0)):
        _, fields, body = parts(error_answer(error, False, False, Limits(error=limit)))
        assert body.decode() == "é" * (size // 2)
        assert fields[b"content-length"] == b"%d" % size
