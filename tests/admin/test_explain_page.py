"""The page that explains, as HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.router.test_explain_text import LOST, shown

from linkerd.admin.explain_page import Shown, explain_page
from linkerd.admin.view import RouterView

if TYPE_CHECKING:
    from collections.abc import Mapping

ROUTERS = [RouterView("in", dtab="/svc=>/#/a"), RouterView("out", dtab="/b=>/c;/d=>/e")]


def html(fields: Mapping[str, str] | None = None, playground: bool = False, **more: object) -> str:
    return "".join(explain_page(ROUTERS, Shown(fields or {}, playground, **more)))  # type: ignore[arg-type]


def options(page: str) -> list[tuple[str, bool]]:
    found = re.findall(r'<option value="([^"]*)"( selected="")?>', page)
    return [(value, bool(selected)) for value, selected in found]


def dtab_field(page: str) -> str:
    found = re.search(r'<textarea name="dtab"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_form() -> None:
    page = html()
    assert '<form method="get"' in page
    assert options(page) == [("", True), ("in", False), ("out", False)]
    assert 'name="dtab"' not in page
    assert "</input>" not in page
    for name in re.findall(r'<label for="(\w+)"', page):
        assert f'id="{name}"' in page


def test_the_form_keeps_what_was_asked() -> None:
    page = html({"request": 'a"b', "router": "out", "headers": "<x>: y\n\nz"})
    assert 'value="a&quot;b"' in page
    assert ("out", True) in options(page)
    assert ">\n&lt;x&gt;: y\n\nz</textarea>" in page


def test_an_explanation_for_each_router() -> None:
    page = html({"request": "web"}, found=[shown(), shown(router="<b>", verdict=LOST)])
    assert '<h2>in <span class="badge good">routed</span></h2><pre>request   GET' in page
    assert '<h2>&lt;b&gt; <span class="badge bad">502 L5D-1102</span>' in page
    assert "/svc =&gt; /#/fake   l.yaml:9" in page
    assert 'href="explain.json?request=web"' in page


def test_the_link_to_json_asks_the_same() -> None:
    page = html({"request": "GET /a&b", "headers": "a: b", "router": ""}, found=[shown()])
    assert 'href="explain.json?request=GET+%2Fa%26b&amp;headers=a%3A+b"' in page


def test_a_fault() -> None:
    assert '<p class="fault" role="alert">no &lt;router&gt;</p>' in html(fault="no <router>")


def test_the_playground_has_the_dtab_of_the_router() -> None:
    page = html(playground=True)
    assert '<form method="post"' in page
    assert options(page) == [("in", True), ("out", False)]
    assert dtab_field(page) == "/svc =&gt; /#/a ;"
    assert dtab_field(html({"router": "out"}, playground=True)) == "/b =&gt; /c ;\n/d =&gt; /e ;"


def test_the_playground_keeps_a_changed_dtab() -> None:
    assert dtab_field(html({"dtab": ""}, playground=True)) == ""
    page = html({"dtab": "\n/x => /y"}, playground=True, found=[shown()])
    assert dtab_field(page) == "\n/x =&gt; /y"
    assert "explain.json" not in page
