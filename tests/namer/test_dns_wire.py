"""Bytes of DNS."""

from __future__ import annotations

import struct
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.dns import a, aaaa, cname, reply, soa, srv
from twisted.names import dns

from linkerd.namer.dns_message import A, Question, address_of_row, records_of
from linkerd.namer.dns_wire import EDNS_BYTES, STEPS, query_of, reply_of

WEB = Question("web.test", A)


def content(record: Any) -> object:
    """What of a record is used."""
    if record.TYPE == dns.SRV:
        return record.target.name, record.port
    if record.TYPE == dns.CNAME:
        return record.name.name
    return record.minimum if record.TYPE == dns.SOA else address_of_row(record)


def found(message: dns.Message) -> list[str]:
    return [address_of_row(row) for row in records_of(message, WEB).found]


def test_a_query_asks_for_recursion_and_large_replies() -> None:
    message = dns.Message()
    message.fromStr(query_of(513, WEB, edns=True))
    assert (message.id, message.recDes, message.answer) == (513, 1, 0)
    assert [(each.name.name, each.type, each.cls) for each in message.queries] == [
        (b"web.test", dns.A, dns.IN)
    ]
    assert [(each.type, each.cls) for each in message.additional] == [(dns.OPT, EDNS_BYTES)]
    message = dns.Message()
    message.fromStr(query_of(513, WEB, edns=False))
    assert message.additional == []


def test_any_name_can_be_asked_for() -> None:
    """An alias may lead to a name that is no text."""
    assert b"?" in query_of(1, Question("\ufffd.test", A), edns=False)


def test_a_reply_is_read() -> None:
    data = reply(WEB, a("web.test", "10.0.0.1")).toStr()
    message = reply_of(data, 7, WEB)
    assert message is not None
    assert found(message) == ["10.0.0.1"]
    assert reply_of(data, 7, Question("WEB.test", A)) is not None


@pytest.mark.parametrize(
    ("number", "question"),
    [(8, WEB), (7, Question("other.test", A)), (7, Question("web.test", 28))],
)
def test_replies_to_others_are_none(number: int, question: Question) -> None:
    assert reply_of(reply(WEB, a("web.test", "10.0.0.1")).toStr(), number, question) is None


def test_a_query_is_no_reply() -> None:
    assert reply_of(query_of(7, WEB, edns=True), 7, WEB) is None


def test_a_reply_with_records_missing_is_none_unless_it_says_so() -> None:
    whole = reply(WEB, a("web.test", "10.0.0.1"), a("web.test", "10.0.0.2")).toStr()
    assert reply_of(whole[:-3], 7, WEB) is None
    cut = reply_of(reply(WEB, a("web.test", "10.0.0.1"), truncated=True).toStr()[:-3], 7, WEB)
    assert cut is not None
    assert (bool(cut.trunc), cut.answers) == (True, [])


def test_thousands_of_records_are_read() -> None:
    rows = [a("web.test", f"10.0.{i // 250}.{i % 250}") for i in range(2000)]
    message = reply_of(reply(WEB, *rows).toStr(), 7, WEB)
    assert message is not None
    assert len(found(message)) == 2000


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((aaaa("x.test", "2001:db8::1"),), "2001:db8::1"),
        ((cname("x.test", "Y.test"),), b"Y.test"),
        ((srv("x.test", "h.x.test", 81),), (b"h.x.test", 81)),
        ((soa("x.test", 9),), 9),
    ],
)
def test_rows_are_read_as_twisted_writes_them(rows: tuple[Any, ...], said: object) -> None:
    message = reply_of(reply(WEB, authority=rows, beside=rows).toStr(), 7, WEB)
    assert message is not None
    for [row] in (message.authority, message.additional):
        assert (row.name.name.lower(), row.ttl) == (b"x.test", rows[0].ttl)
        assert content(row.payload) == said


def test_rows_that_are_not_used_are_passed_over() -> None:
    other = dns.RRHeader("web.test", dns.TXT, dns.IN, 5, dns.Record_TXT(b"x"))
    message = reply_of(reply(WEB, other, a("web.test", "10.0.0.1")).toStr(), 7, WEB)
    assert message is not None
    assert found(message) == ["10.0.0.1"]


def test_other_classes_are_not_ours() -> None:
    good = reply(WEB, a("web.test", "10.0.0.1")).toStr()
    question_class = 12 + len(b"_web_test_") + 2
    row_class = good.index(b"\xc0\x0c") + 4
    for at in (question_class, row_class):
        assert good[at : at + 2] == b"\0\1"
        assert reply_of(good[:at] + b"\0\3" + good[at + 2 :], 7, WEB) is None


def test_a_query_that_was_not_understood_need_not_be_repeated() -> None:
    def bare(flags: int, id: int = 7) -> dns.Message | None:
        return reply_of(struct.pack("!HHHHHH", id, flags, 0, 0, 0, 0), 7, WEB)

    said = bare(0x8001)
    assert said is not None
    assert said.rCode == dns.EFORMAT
    assert bare(0x8000) is None, "but an answer must be to the question"
    assert bare(0x8001, id=8) is None
    assert bare(0x0001) is None


ASKED = b"\3web\4test\0\0\1\0\1"
BEGIN = 12 + len(ASKED)
ROW = struct.pack("!HHIH", 1, 1, 5, 4) + b"\x0a\0\0\1"


def raw(rows: int, body: bytes, id: int = 7) -> bytes:
    """A reply with so many answers."""
    return struct.pack("!HHHHHH", id, 0x8180, 1, rows, 0, 0) + ASKED + body


def pointer(to: int) -> bytes:
    return struct.pack("!H", 0xC000 | to)


ENDLESS = b"\1a" * 7900 + b"\0" + ROW
MANY = (65000 - len(ENDLESS)) // 16
BLOB = struct.pack("!BHHIH", 0, 16, 1, 5, 16000) + b"\1a" * 7999 + b"\0\0"
HOSTILE = {
    "an endless name": raw(MANY + 1, ENDLESS + (pointer(BEGIN) + ROW) * MANY),
    "pointers to pointers": raw(
        3000,
        b"".join(pointer(BEGIN + 16 * i - 16 if i else 12) + ROW for i in range(3000)),
    ),
    "a circle": raw(1, b"\1a" + pointer(BEGIN) + ROW),
    "ahead": raw(1, pointer(BEGIN + 2) + pointer(12) + ROW),
    "many long names": raw(
        3000,
        BLOB + b"".join(pointer(BEGIN + 16010 - 2 * i) + ROW for i in range(100, 2999)),
    ),
    "many labels": raw(240, (b"\1a" * 126 + b"\0" + ROW) * 240),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_message_takes_long(hostile: str) -> None:
    best = 1.0
    for _ in range(3):
        begun = time.thread_time()
        reply_of(HOSTILE[hostile][:65535], 7, WEB)
        best = min(best, time.thread_time() - begun)
    assert best < 0.05


@pytest.mark.parametrize("hostile", ["an endless name", "a circle", "ahead", "many labels"])
def test_names_that_cannot_be_are_not_read(hostile: str) -> None:
    assert reply_of(HOSTILE[hostile], 7, WEB) is None


def test_what_is_not_for_us_is_not_read_at_all() -> None:
    class Untouched(bytes):
        def __getitem__(self, at: Any) -> Any:
            raise AssertionError("read")

    assert reply_of(Untouched(raw(1, pointer(12) + ROW, id=8)), 7, WEB) is None


def test_names_of_255_bytes_are_read() -> None:
    for label, known in ((61, True), (62, False)):
        name = b"\x3f" + b"a" * 63
        name = name * 3 + bytes([label]) + b"b" * label + b"\0"
        message = reply_of(raw(1, name + ROW), 7, WEB)
        assert (message is not None) is known


def test_as_many_labels_are_read_as_servers_send() -> None:
    rows = [srv("web.test", f"10-1-2-{i}.web.default.svc.cluster.local", 80) for i in range(1000)]
    assert len(reply(WEB, *rows).toStr()) < 65536
    assert reply_of(reply(WEB, *rows).toStr(), 7, WEB) is not None
    assert STEPS < 20_000


@given(st.binary(max_size=100))
def test_any_bytes_are_read(data: bytes) -> None:
    reply_of(data, 7, WEB)


@given(st.data())
def test_a_reply_with_bytes_changed_is_read(data: st.DataObject) -> None:
    rows = (cname("web.test", "x.test"), a("x.test", "10.0.0.1"), aaaa("x.test", "::1"))
    good = bytearray(reply(WEB, *rows, authority=(soa("test", 5),)).toStr())
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(12, len(good) - 1))] = data.draw(st.integers(0, 255))
    message = reply_of(bytes(good), 7, WEB)
    if message is not None:
        records_of(message, WEB)
