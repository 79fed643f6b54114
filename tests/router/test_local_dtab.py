"""A dtab that comes with a request is read once for each content."""

from __future__ import annotations

import pytest
from tests.router.playbook import GET, OK, PlaybookCase

from linkerd.errors import BadDtab
from linkerd.name.activity import PENDING
from linkerd.name.dtab import Dtab
from linkerd.router import local_dtab
from linkerd.router.local_dtab import NONE, LocalDtab, LocalDtabs


def known_dtabs(forgotten: list[LocalDtab] | None = None) -> LocalDtabs:
    return LocalDtabs((forgotten if forgotten is not None else []).append)


def test_the_users_rules_come_behind_those_of_the_context() -> None:
    local = known_dtabs().read(b"/a=>/b\n/c=>/d;", b"/e => /f # why\n/g=>/h")
    assert local.dtab == Dtab.read("/a=>/b;/c=>/d;/e=>/f;/g=>/h")
    assert [str(rule.where) for rule in local.dtab.dentries] == [
        "l5d-ctx-dtab",
        "l5d-ctx-dtab",
        "l5d-dtab",
        "l5d-dtab",
    ]


def test_the_same_rules_are_the_same_object_however_written() -> None:
    known = known_dtabs()
    one = known.read(b"", b"/a=>/b;/c=>/d")
    assert known.read(b"", b"/a=>/b;/c=>/d") is one
    assert known.read(b"/a => /b", b"/c => /d ;") is one
    assert known.read(b"", b"/a=>/b") is not one


def test_weights_that_print_alike_are_not_alike() -> None:
    known = known_dtabs()
    assert known.read(b"", b"/a=>0.001*/b&/c") is not known.read(b"", b"/a=>0.002*/b&/c")


@pytest.mark.parametrize("user", [b"", b"\n", b"  ", b"# nothing", b" \n#"])
def test_no_rules_are_none(user: bytes) -> None:
    assert known_dtabs().read(b"", user) is NONE


def test_each_line_has_to_be_right_by_itself() -> None:
    with pytest.raises(BadDtab) as raised:
        known_dtabs().read(b"", b"/a=>/b;\ninvalid")
    assert raised.value.message == "'/' expected but 'i' found at '[i]nvalid'"
    assert raised.value.reasoning == "in the header l5d-dtab"


def test_a_bounded_number_is_remembered_those_used_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_dtab, "REMEMBERED", 2)
    forgotten: list[LocalDtab] = []
    known = known_dtabs(forgotten)
    first = known.read(b"", b"/a=>/b")
    for number in range(5):
        known.read(b"", b"/a=>/%d" % number)
        assert known.read(b"", b"/a=>/b") is first
    assert (len(known.by_text), len(known.by_rules)) == (2, 2)
    assert [each.dtab.show() for each in forgotten] == [f"/a=>/{n}" for n in range(4)]


def test_a_bounded_size_is_remembered() -> None:
    known = known_dtabs()
    for number in range(100):
        known.read(b"", b"/a=>/%d-%s" % (number, b"b" * 10_000))
    assert known.size <= local_dtab.REMEMBERED_BYTES
    assert len(known.by_text) == local_dtab.REMEMBERED_BYTES // 10_007


def test_rules_are_known_as_long_as_one_way_of_writing_them_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(local_dtab, "REMEMBERED", 2)
    forgotten: list[LocalDtab] = []
    known = known_dtabs(forgotten)
    one = known.read(b"", b"/a=>/b")
    assert known.read(b"", b"/a => /b") is one
    known.read(b"", b"/c=>/d")
    assert forgotten == []
    known.read(b"", b"/e=>/f")
    assert forgotten == [one]


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

    def test_routes_go_with_the_dtab_that_is_forgotten(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client()
        for number in range(100):
            play.say(client, self.ask(b"l5d-dtab: /a => /%d-%s" % (number, b"b" * 10_000)))
        self.assertEqual(client.received.count(b"HTTP/1.1 200 "), 100)
        self.assertEqual(len(play.bindings.table), local_dtab.REMEMBERED_BYTES // 10_010)

    def test_a_route_in_use_goes_when_it_is_not_any_more(self) -> None:
        play = self.play()
        play.namer.set("/web", PENDING)
        play.client(self.ask(b"l5d-dtab: /a => /b"))
        [route] = play.bindings.table.values()
        play.bindings.forget_local(route.local)
        self.assertEqual(len(play.bindings.table), 1)
        play.web(OK)
        play.advance()
        self.assertEqual(play.bindings.table, {})

    def test_branches_have_clients_once_they_are_chosen(self) -> None:
        play = self.play()
        ports = range(1000, 1500)
        for port in ports:
            play.bind(f"b{port}", port)
            play.serve(port, OK)
        union = " & ".join(f"/#/fake/b{port}" for port in ports)
        client = play.client(self.ask(b"l5d-dtab: /svc/web => " + union.encode()) * 3)
        self.assertEqual(client.received.count(b"HTTP/1.1 200 "), 3)
        self.assertLessEqual(len(play.bindings.by_client), 3)
