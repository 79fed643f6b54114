"""A dtab that comes with a request is read once for each content."""

from __future__ import annotations

import pytest
from tests.router.playbook import GET, OK, PlaybookCase

from linkerd.errors import BadDtab
from linkerd.name.dtab import Dtab
from linkerd.router import local_dtab
from linkerd.router.local_dtab import NONE, LocalDtabs


def test_the_users_rules_come_behind_those_of_the_context() -> None:
    local = LocalDtabs().read(b"/a=>/b\n/c=>/d;", b"/e => /f # why\n/g=>/h")
    assert local.dtab == Dtab.read("/a=>/b;/c=>/d;/e=>/f;/g=>/h")
    assert [str(rule.where) for rule in local.dtab.dentries] == [
        "l5d-ctx-dtab",
        "l5d-ctx-dtab",
        "l5d-dtab",
        "l5d-dtab",
    ]


def test_the_same_rules_are_the_same_object_however_written() -> None:
    known = LocalDtabs()
    one = known.read(b"", b"/a=>/b;/c=>/d")
    assert known.read(b"", b"/a=>/b;/c=>/d") is one
    assert known.read(b"/a => /b", b"/c => /d ;") is one
    assert known.read(b"", b"/a=>/b") is not one


def test_weights_that_print_alike_are_not_alike() -> None:
    known = LocalDtabs()
    assert known.read(b"", b"/a=>0.001*/b&/c") is not known.read(b"", b"/a=>0.002*/b&/c")


@pytest.mark.parametrize("user", [b"", b"\n", b"  ", b"# nothing", b" \n#"])
def test_no_rules_are_none(user: bytes) -> None:
    assert LocalDtabs().read(b"", user) is NONE


def test_each_line_has_to_be_right_by_itself() -> None:
    with pytest.raises(BadDtab) as raised:
        LocalDtabs().read(b"", b"/a=>/b;\ninvalid")
    assert raised.value.message == "'/' expected but 'i' found at '[i]nvalid'"
    assert raised.value.reasoning == "in the header l5d-dtab"


def test_a_bounded_number_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_dtab, "REMEMBERED", 2)
    known = LocalDtabs()
    first = known.read(b"", b"/a=>/b")
    for number in range(5):
        known.read(b"", b"/a=>/%d" % number)
    assert (len(known.by_text), len(known.by_rules)) == (2, 2)
    assert known.read(b"", b"/a=>/b") is not first


class Requests(PlaybookCase):
    def ask(self, *fields: bytes) -> bytes:
        return GET[:-2] + b"".join(field + b"\r\n" for field in fields) + b"\r\n"

    def test_routes_are_shared_by_content_and_clients_by_all(self) -> None:
        play = self.play(dtab="")
        play.web(OK)
        client = play.client(self.ask(b"l5d-dtab: /svc=>/#/fake"))
        play.say(client, self.ask(b"l5d-dtab:   /svc => /#/fake ;"))
        play.say(client, self.ask(b"l5d-ctx-dtab: /svc => /#/fake"))
        play.say(client, self.ask(b"l5d-dtab: /svc/web => /#/fake/web"))
        self.assertEqual(client.received.count(b"HTTP/1.1 200 "), 4)
        self.assertEqual(len(play.bindings.table), 2)
        self.assertEqual(play.number("bindcache/path/misses"), 2)
        self.assertEqual(play.number("bindcache/client/misses"), 1)

    def test_an_empty_dtab_is_none(self) -> None:
        play = self.play()
        play.web(OK)
        play.client(GET + self.ask(b"l5d-dtab: #"))
        self.assertEqual(list(play.bindings.table), [b"web"])
