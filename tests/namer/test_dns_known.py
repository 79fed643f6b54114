"""What is known of name servers."""

from __future__ import annotations

from linkerd.namer.dns_conf import Server
from linkerd.namer.dns_known import PLAIN_S, SILENT_S, KnownServers

ONE, TWO, THREE = (Server(f"10.0.0.{i}") for i in (1, 2, 3))
ALL = (ONE, TWO, THREE)


class Knowing:
    """A memory with a clock by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self.known = KnownServers(lambda: self.now)

    def order(self, first: int | None = None) -> list[Server]:
        return self.known.order(ALL, first)

    def silent(self, server: Server, at: float) -> None:
        self.now = at + 1
        self.known.silent(server, at)


def test_in_the_order_of_the_configuration() -> None:
    assert Knowing().order() == [ONE, TWO, THREE]
    assert Knowing().order(0) == [ONE, TWO, THREE]
    assert Knowing().order(2) == [THREE, ONE, TWO]


def test_the_one_that_answered_last_comes_first_unless_they_take_turns() -> None:
    knowing = Knowing()
    knowing.known.answered(TWO)
    assert knowing.order() == [TWO, ONE, THREE]
    assert knowing.order(0) == [ONE, TWO, THREE]


def test_silent_ones_come_last_for_a_while() -> None:
    knowing = Knowing()
    knowing.silent(ONE, 100)
    assert knowing.order() == knowing.order(0) == [TWO, THREE, ONE]
    knowing.now += SILENT_S
    assert knowing.order() == [ONE, TWO, THREE]


def test_one_that_answers_is_silent_no_more() -> None:
    knowing = Knowing()
    knowing.silent(ONE, 100)
    knowing.known.answered(ONE)
    assert knowing.order() == [ONE, TWO, THREE]


def test_who_has_been_silent_for_longer_comes_later() -> None:
    knowing = Knowing()
    for server, at in ((ONE, 100), (TWO, 110), (THREE, 105), (ONE, 120)):
        knowing.silent(server, at)
    assert knowing.order() == [TWO, THREE, ONE]


def test_who_answers_other_questions_meanwhile_is_not_silent() -> None:
    knowing = Knowing()
    knowing.now = 105
    knowing.known.answered(ONE)
    knowing.silent(ONE, 104)
    assert knowing.order() == [ONE, TWO, THREE]
    knowing.silent(ONE, 106)
    assert knowing.order() == [TWO, THREE, ONE]


def test_who_wants_no_edns() -> None:
    knowing = Knowing()
    knowing.known.plain(ONE)
    assert knowing.known.is_plain(ONE)
    assert not knowing.known.is_plain(TWO)
    knowing.now += PLAIN_S
    assert not knowing.known.is_plain(ONE)
