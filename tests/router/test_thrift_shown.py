"""Arguments in the log: what was chosen, and never what is redacted."""

from __future__ import annotations

from typing import Any

import pytest
import thriftpy2
from hypothesis import given
from hypothesis import strategies as st
from thriftpy2.protocol import TBinaryProtocolFactory, TCompactProtocolFactory
from thriftpy2.transport import TMemoryBuffer

from linkerd.router.thrift_idl import method_of
from linkerd.router.thrift_shown import HIDDEN, MAX_ELEMENTS, Shown
from linkerd.wire.thrift_values import BINARY, COMPACT

IDL = """
exception Oops { 1: string why }
struct User { 1: string name, 2: string password, 3: list<User> friends }
service Users {
  void save(1: User user, 2: string password, 3: i64 number, 4: double ratio, 5: bool sure,
    6: list<i32> numbers, 7: map<string, User> others, 8: i16 small, 9: byte tiny)
    throws (1: Oops o)
}
"""
ALL = "save.*"


class Text:
    """An IDL for `load_fp`."""

    def __init__(self) -> None:
        self.name = "users.thrift"

    def read(self) -> str:
        return IDL


USERS: Any = thriftpy2.load_fp(Text(), "users_thrift")
METHODS = {"save": [method_of(USERS.Users, "save", {})]}
FORMS = [(BINARY, TBinaryProtocolFactory), (COMPACT, TCompactProtocolFactory)]


def written(factory: Any, **arguments: Any) -> bytes:
    """The arguments as thriftpy2 writes them."""
    buffer = TMemoryBuffer()
    protocol = factory().get_protocol(buffer)
    protocol.write_struct(USERS.Users.save_args(**arguments))
    return bytes(buffer.getvalue())


def shown(form: int, factory: Any, show: list[str], redact: list[str], **arguments: Any) -> Any:
    raw = written(factory, **arguments)
    return Shown(METHODS, show, redact).arguments(b"save", raw, form)


@pytest.mark.parametrize(("form", "factory"), FORMS)
def test_all_kinds(form: int, factory: Any) -> None:
    user = USERS.User(name="ann", password="x", friends=[USERS.User(name="bob")])
    values = {
        "number": -(2**40),
        "ratio": 0.25,
        "sure": True,
        "numbers": [1, -2],
        "small": -3,
        "tiny": -4,
    }
    found = shown(form, factory, [ALL], ["password"], user=user, others={"c": user}, **values)
    seen = {"name": "ann", "password": HIDDEN, "friends": [{"name": "bob"}]}
    assert found == {"user": seen, "others": {"c": seen}, **values}


@pytest.mark.parametrize(("form", "factory"), FORMS)
def test_only_what_was_chosen(form: int, factory: Any) -> None:
    user = USERS.User(name="ann", password="x")
    arguments = {"user": user, "password": "y", "number": 7}
    assert shown(form, factory, ["save.user.name"], [], **arguments) == {"user": {"name": "ann"}}
    assert shown(form, factory, ["save.number"], [], **arguments) == {"number": 7}
    found = shown(form, factory, [ALL], ["save.password"], **arguments)
    assert found["password"] == HIDDEN
    assert found["user"]["password"] == "x"


def test_much_is_cut() -> None:
    found = shown(*FORMS[0], [ALL], [], numbers=list(range(100)), password="p" * 1000)
    assert found["numbers"] == [*range(MAX_ELEMENTS), "(100 in all)"]
    assert len(found["password"]) < 300


def test_a_number_that_json_does_not_know() -> None:
    assert shown(*FORMS[0], [ALL], [], ratio=float("inf")) == {"ratio": "inf"}


@given(st.binary(max_size=200), st.sampled_from([BINARY, COMPACT]))
def test_any_bytes(raw: bytes, form: int) -> None:
    Shown(METHODS, [ALL], []).arguments(b"save", raw, form)


def test_what_was_cut_off_is_shown_as_far_as_it_goes() -> None:
    raw = written(TBinaryProtocolFactory, number=7, ratio=0.5)
    found = Shown(METHODS, [ALL], []).arguments(b"save", raw[:-4], BINARY)
    assert found == {"number": 7}


def test_exceptions() -> None:
    known = Shown(METHODS)
    assert known.exception(b"save", 1) == "Oops"
    assert known.exception(b"Users:save", 1) == "Oops"
    assert known.exception(b"save", 2) == known.exception(b"other", 1) == ""


def test_a_method_that_two_services_declare_differently_is_not_shown() -> None:
    [first] = METHODS["save"]
    other = type(first)("Other", "save", first.arguments.by_name("user") or first.arguments, {})
    both = Shown({"save": [first, other]}, [ALL], [])
    raw = written(TBinaryProtocolFactory, number=7)
    assert both.arguments(b"save", raw, BINARY) == {}
    assert both.arguments(b"Users:save", raw, BINARY) == {"number": 7}
