"""Lists of identifiers of connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.identifier.test_arrival import HELLO, arrival

from linkerd.identifier.connection import first_connection_of
from linkerd.identifier.proxy_protocol import ByProxyProtocol
from linkerd.identifier.sni import Sni
from linkerd.identifier.static_connection import StaticConnection
from linkerd.name.path import Path

if TYPE_CHECKING:
    from linkerd.identifier.arrival import Arrival
    from linkerd.identifier.connection import ConnectionIdentifier

SVC = Path.of("svc")
STATIC = StaticConnection(SVC, Path.of("db", "main"))


def named(identifier: ConnectionIdentifier, seen: Arrival) -> str | None:
    key = identifier.key(seen)
    return identifier.name(key).show() if key is not None else None


@pytest.mark.parametrize(
    ("seen", "name"),
    [(arrival(b"x"), "/svc/db/main"), (arrival(HELLO), "/svc/db")],
)
def test_the_first_that_answers_names(seen: Arrival, name: str) -> None:
    assert named(first_connection_of([Sni(SVC), STATIC]), seen) == name


def test_none_may_answer_and_the_last_says_why() -> None:
    found = first_connection_of([Sni(SVC), ByProxyProtocol(SVC, True)])
    assert named(found, arrival(b"x")) is None
    assert found.why() == "it has no PROXY header with an authority"


def test_a_list_waits_for_the_first_that_may_still_answer() -> None:
    seen = arrival(HELLO[:9])
    assert first_connection_of([Sni(SVC), STATIC]).key(seen) is None
    assert seen.wants_more


def test_a_list_waits_for_none_behind_one_that_answers() -> None:
    seen = arrival(HELLO[:9])
    assert first_connection_of([STATIC, Sni(SVC)]).key(seen) is not None
    assert not seen.wants_more
