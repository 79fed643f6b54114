"""The words of DNS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.dns import a, aaaa, cname, reply, soa
from twisted.names import dns

from linkerd.namer.dns_message import (
    AAAA,
    EDNS_BYTES,
    A,
    Question,
    address_of_row,
    fault_of,
    query_of,
    records_of,
    reply_of,
)

WEB = Question("web.test", A)


def found(message: dns.Message, question: Question = WEB) -> list[str]:
    return [address_of_row(row) for row in records_of(message, question).found]


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
    cut = reply(WEB, a("web.test", "10.0.0.1"), truncated=True).toStr()[:-3]
    assert reply_of(cut, 7, WEB) is not None


def test_thousands_of_records_are_read() -> None:
    rows = [a("web.test", f"10.0.{i // 250}.{i % 250}") for i in range(2000)]
    message = reply_of(reply(WEB, *rows).toStr(), 7, WEB)
    assert message is not None
    assert len(found(message)) == 2000


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


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (reply(WEB), None),
        (reply(WEB, code=dns.ENAME), None),
        (reply(WEB, code=dns.ESERVER), "says SERVFAIL"),
        (reply(WEB, code=dns.EREFUSED), "says REFUSED"),
        (reply(WEB, code=9), "says error 9"),
        (reply(WEB, recursive=False), "does not serve this name"),
        (reply(WEB, a("web.test", "10.0.0.1"), recursive=False), None),
    ],
)
def test_some_replies_are_no_answer(message: dns.Message, fault: str | None) -> None:
    assert fault_of(message) == fault


def test_records_hold_for_the_least_ttl() -> None:
    message = reply(WEB, a("web.test", "10.0.0.1", 30), a("WEB.test", "10.0.0.2", 20))
    assert found(message) == ["10.0.0.1", "10.0.0.2"]
    assert records_of(message, WEB).ttl_s == 20
    assert records_of(message, WEB).exists


def test_records_of_other_names_and_types_do_not_count() -> None:
    message = reply(WEB, a("evil.test", "10.6.6.6"), aaaa("web.test", "::1"))
    assert found(message) == []
    assert found(message, Question("web.test", AAAA)) == ["::1"]


def test_aliases_are_followed_and_their_ttls_count() -> None:
    rows = (a("z.test", "10.0.0.1"), cname("web.test", "Y.test", 9), cname("y.test", "z.test"))
    records = records_of(reply(WEB, *rows), WEB)
    assert [address_of_row(row) for row in records.found] == ["10.0.0.1"]
    assert (records.ttl_s, records.name, records.unfinished) == (9, "z.test", False)


def test_an_alias_without_its_end_is_unfinished() -> None:
    records = records_of(reply(WEB, cname("web.test", "x.test", 9)), WEB)
    assert (records.name, records.unfinished, records.found) == ("x.test", True, ())


@pytest.mark.parametrize(
    "message",
    [
        reply(WEB, cname("web.test", "x.test"), authority=(soa("test", 5),)),
        reply(WEB, cname("web.test", "x.test"), code=dns.ENAME),
        reply(WEB, cname("web.test", "y.test"), cname("y.test", "web.test")),
    ],
)
def test_an_alias_that_is_known_to_lead_nowhere_is_finished(message: dns.Message) -> None:
    records = records_of(message, WEB)
    assert (records.found, records.unfinished) == ((), False)


@pytest.mark.parametrize(
    ("minimum", "ttl", "seconds"), [(5, 3600, 5), (3600, 7, 7)], ids=["minimum", "ttl"]
)
def test_nothing_holds_as_the_soa_says(minimum: int, ttl: int, seconds: int) -> None:
    message = reply(WEB, code=dns.ENAME, authority=(soa("test", minimum, ttl),))
    records = records_of(message, WEB)
    assert (records.exists, records.ttl_s) == (False, seconds)
    assert records_of(reply(WEB), WEB).ttl_s is None
