"""The page that explains: a form, and below it an explanation for each router, as text.

The routers, what was asked last and what came of it come in; the page goes out in pieces. It needs
no script. The playground is the same with a dtab that may be changed and tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import attrs

from linkerd.admin.html import Html, tag, together
from linkerd.admin.page import page_head, rules_of
from linkerd.router.explain_text import explain_text, verdict_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from linkerd.admin.view import RouterView

EXAMPLE = "GET http://users/"


@attrs.frozen
class Shown:
    """What is shown: the fields of the form as they were sent, and what came of them."""

    fields: Mapping[str, str]
    playground: bool = False
    found: Sequence[dict[str, Any]] = ()
    fault: str = ""


def explain_page(routers: Sequence[RouterView], shown: Shown) -> Iterator[str]:
    """Give the page in pieces. URLs are relative, so that it works below a path prefix."""
    title = "dtab playground" if shown.playground else "explain"
    yield page_head(f"{title} · linkerd", "")
    yield "</head><body>"
    yield tag(
        "header",
        tag("h1", title),
        tag("span", _purpose(shown.playground), class_="quiet"),
        tag("nav", *_links(shown.playground)),
    )
    yield "<main>"
    yield _form(routers, shown)
    if shown.fault:
        yield tag("p", shown.fault, class_="fault", role="alert")
    for each in shown.found:
        yield _explanation(each)
    if shown.found and not shown.playground:
        query = urlencode({key: value for key, value in shown.fields.items() if value})
        yield tag("p", tag("a", "the same as JSON", href=f"explain.json?{query}"))
    yield "</main></body></html>\n"


def _purpose(playground: bool) -> str:
    if playground:
        return "try another dtab; nothing is changed"
    return "where would this request go, and why? Nothing is sent."


def _links(playground: bool) -> list[Html]:
    other = ("explain", "explain") if playground else ("dtab playground", "delegator")
    return [tag("a", other[0], href=other[1]), tag("a", "linkerd", href=".")]


def _form(routers: Sequence[RouterView], shown: Shown) -> Html:
    fields = shown.fields
    wanted = fields.get("router", "")
    labels = [router.label for router in routers]
    if shown.playground and wanted not in labels:
        wanted = labels[0] if labels else ""
    choices = labels if shown.playground else ["", *labels]
    select = tag(
        "select",
        *[
            tag("option", label or "all", value=label, selected="" if label == wanted else None)
            for label in choices
        ],
        name_="router",
        id="router",
    )
    rows = [
        _row("request", "request or name", _input("request", fields.get("request", ""))),
        _row("router", "router", select),
        _row("headers", "headers, one a line", _area("headers", fields.get("headers", ""), 2)),
    ]
    if shown.playground:
        dtab = fields.get("dtab")
        if dtab is None:
            own = next((router.dtab for router in routers if router.label == wanted), "")
            dtab = "\n".join(rules_of(own))
        rows.append(_row("dtab", "dtab, in place of the router's", _area("dtab", dtab, 12)))
    method = "post" if shown.playground else "get"
    return tag("form", *rows, tag("button", "explain"), method=method, class_="ask")


def _row(name: str, label: str, field: Html) -> Html:
    return together(tag("label", label, for_=name), field)


def _input(name: str, value: str) -> Html:
    shown = tag(
        "input", name_=name, id=name, value=value, placeholder=EXAMPLE, required="", autofocus=""
    )
    return Html(shown.removesuffix("</input>"))


def _area(name: str, text: str, rows: int) -> Html:
    # The parser drops one line feed behind the tag, so that of the text has to be another.
    return tag("textarea", f"\n{text}", name_=name, id=name, rows=str(rows), spellcheck="false")


def _explanation(shown: dict[str, Any]) -> Html:
    routed = shown["verdict"]["routed"]
    badge = tag(
        "span", verdict_line(shown).rstrip(":"), class_=f"badge {'good' if routed else 'bad'}"
    )
    return tag(
        "section",
        tag("h2", shown["router"], " ", badge),
        tag("pre", explain_text(shown)),
    )


__all__ = ["EXAMPLE", "Shown", "explain_page"]
