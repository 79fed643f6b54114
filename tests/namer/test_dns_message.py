"""The words of DNS."""

from __future__ import annotations

import pytest
from tests.support.dns import a, aaaa, cname, reply, soa
from twisted.names import dns

from linkerd.namer.dns_message import (
    AAAA,
    A,
    NoAnswer,
    Question,
    address_of_row,
    fault_of,
    records_of,
)

WEB = Question("web.test", A)


def found(message: dns.Message, question: Question = WEB) -> list[str]:
    return [address_of_row(row) for row in records_of(message, question).found]


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
    ],
)
def test_an_alias_that_is_known_to_lead_nowhere_is_finished(message: dns.Message) -> None:
    records = records_of(message, WEB)
    assert (records.found, records.unfinished) == ((), False)


@pytest.mark.parametrize("size", [1, 2, 3, 16, 17])
def test_aliases_without_end_are_no_answer(size: int) -> None:
    names = ["web.test", *(f"x{i}.test" for i in range(1, size))]
    circle = [cname(one, other) for one, other in zip(names, names[1:] + names[:1], strict=True)]
    with pytest.raises(NoAnswer, match=r"aliases of web\.test have no end"):
        records_of(reply(WEB, *circle), WEB)


@pytest.mark.parametrize(
    ("minimum", "ttl", "seconds"), [(5, 3600, 5), (3600, 7, 7)], ids=["minimum", "ttl"]
)
def test_nothing_holds_as_the_soa_says(minimum: int, ttl: int, seconds: int) -> None:
    message = reply(WEB, code=dns.ENAME, authority=(soa("test", minimum, ttl),))
    records = records_of(message, WEB)
    assert (records.exists, records.ttl_s) == (False, seconds)
    assert records_of(reply(WEB), WEB).ttl_s is None
