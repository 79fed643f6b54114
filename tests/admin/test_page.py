"""The first page: what it shows, and that names cannot become markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import attrs

from linkerd.admin.page import first_page, in_order, not_found_page
from linkerd.admin.view import (
    BalancerView,
    ClientView,
    EndpointView,
    RouterView,
    ServerView,
    ServiceView,
)

if TYPE_CHECKING:
    from conftest import FakeView

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


class Reader(HTMLParser):
    """Collects elements and checks that they are closed in order."""

    VOID = frozenset(("meta", "link"))

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def has(self, name: str) -> bool:
        return any(element == name for element, _ in self.elements)


def page_of(view: FakeView) -> Reader:
    return Reader("".join(first_page(view)))


def test_shows_what_there_is(view: FakeView) -> None:
    words = page_of(view).words
    for word in (
        "1 h 2 min",
        "1,501",
        "98.93 %",
        "2 of 3",
        "41.5 MiB",
        "127.0.0.1:4140",
        "/svc/web",
        "/#/io.l5d.fs/web",
        "Neg",
        "open",
        "probing",
        "18 ms",
        "37 ms",
    ):
        assert word in words, word
    assert any("/svc => /#/io.l5d.fs" in word for word in words)


def test_works_with_nothing(view: FakeView) -> None:
    empty = attrs.evolve(view, shown=[RouterView("idle")])
    assert "(empty)" in page_of(empty).words
    assert "There are no routers." in page_of(attrs.evolve(view, shown=[])).words


def test_no_name_becomes_markup(view: FakeView) -> None:
    view.shown.append(
        RouterView(
            EVIL,
            protocol=EVIL,
            dtab=EVIL,
            servers=[ServerView(EVIL, EVIL)],
            services=[ServiceView(EVIL)],
            clients=[
                ClientView(
                    EVIL, EVIL, BalancerView(EVIL), "bound", [EndpointView(EVIL, EVIL, EVIL)]
                ),
                ClientView(EVIL + EVIL, state=EVIL),
            ],
        )
    )
    page = page_of(view)
    scripts = [given for element, given in page.elements if element == "script"]
    assert scripts == [{"type": "module", "src": "admin/files/live.mjs"}]
    assert not page.has("img")
    assert not any(key.startswith("on") for _, given in page.elements for key in given)
    assert EVIL in page.words


def test_each_rule_has_its_line(view: FakeView) -> None:
    router = RouterView("r", dtab="/a=>/b;/c => /d | /e ;")
    words = page_of(attrs.evolve(view, shown=[router])).words
    assert "/a => /b ;\n/c => /d | /e ;" in words


def test_needs_nothing_from_elsewhere(view: FakeView) -> None:
    text = "".join(first_page(view))
    assert not re.search(r'(?:src|href)="(?:/|https?:)', text)
    assert "<style" not in text
    assert " style=" not in text


def test_keys_of_rates_are_unique(view: FakeView) -> None:
    keys = [given["data-rate"] for _, given in page_of(view).elements if "data-rate" in given]
    assert len(keys) == len(set(keys)) == 6


def test_clients_in_trouble_come_first() -> None:
    well, ill = BalancerView("p2c", size=2, available=2), BalancerView("p2c", size=2, available=1)
    clients = [
        ClientView("/b", balancer=well),
        ClientView("/c", balancer=ill),
        ClientView("/a", balancer=well),
        ClientView("/e", balancer=BalancerView("p2c")),
        ClientView("/d", balancer=well, state="Failed: no DNS"),
    ]
    assert [client.id for client in in_order(clients)] == ["/c", "/d", "/e", "/a", "/b"]


def test_a_budget_that_is_used_up_stands_out(view: FakeView) -> None:
    text = "".join(first_page(view))
    assert '<td class="number bad">0</td>' in text
    assert '<td class="number">98</td>' in text


def test_a_long_dtab_is_folded(view: FakeView) -> None:
    def is_open(dtab: str) -> bool:
        page = page_of(attrs.evolve(view, shown=[RouterView("r", dtab=dtab)]))
        return "open" in next(given for name, given in page.elements if name == "details")

    assert is_open("/a => /b ;\n" * 5)
    assert not is_open("/a => /b ;\n" * 50)


def test_not_found() -> None:
    page = Reader(not_found_page())
    assert ("a", {"href": "/admin"}) in page.elements
    assert not page.has("script")
