"""`/explain.json`, `/explain` and `/delegator`: where a request would go, and why.

A request comes in by query or JSON, with header lines, a router's label and perhaps a dtab that is
tried in place of the router's; explanations go out, as JSON or on a page. See
`linkerd.router.explain` for what is in them. No endpoint is connected to.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import attrs

from linkerd.admin.answer import HTML, Answer, Question, Refused, as_json
from linkerd.admin.explain_page import Shown, explain_page
from linkerd.name.dtab import Dtab
from linkerd.name.parse import NameSyntaxError
from linkerd.router.explain import LIMIT_S
from linkerd.router.explain_all import UnknownRouter
from linkerd.router.request_text import BadRequestText, Header, read_header

if TYPE_CHECKING:
    from linkerd.admin.view import View

MAX_LIMIT_S = 30.0


@attrs.frozen
class Asked:
    """What is asked for; `router` None is all of them, `dtab` None what each has."""

    request: str
    headers: tuple[Header, ...] = ()
    router: str | None = None
    dtab: Dtab | None = None
    limit_s: float = LIMIT_S


class Explainer:
    """The endpoints."""

    def __init__(self, view: View) -> None:
        self._view = view

    async def json(self, question: Question) -> Answer:
        """Answer GET and POST in JSON; an error is `{"error": text}`."""
        try:
            return as_json({"explanations": await self._explained(read_asked(question))})
        except Refused as refused:
            allow = (("Allow", "GET, HEAD, POST"),) if refused.status == 405 else ()
            answer = as_json({"error": refused.message}, refused.status)
            return attrs.evolve(answer, headers=allow)

    async def page(self, question: Question) -> Answer:
        """Give the form, and below it what came of the last question."""
        return await self._page(question, playground=False)

    async def playground(self, question: Question) -> Answer:
        """Give the form with the router's dtab in it, to be changed."""
        return await self._page(question, playground=True)

    async def _page(self, question: Question, playground: bool) -> Answer:
        found: list[dict[str, Any]] = []
        fault = ""
        # A form that is posted, for a dtab may be long, has its fields where a query has them.
        question = attrs.evolve(question, method="GET")
        if question.query.get("request"):
            try:
                found = await self._explained(read_asked(question, playground))
            except Refused as refused:
                fault = refused.message
        shown = Shown(question.query, playground, found, fault)
        return Answer(explain_page(self._view.routers(), shown), HTML)

    async def _explained(self, asked: Asked) -> list[dict[str, Any]]:
        try:
            return await self._view.explain(
                asked.request, asked.headers, asked.router, asked.dtab, asked.limit_s
            )
        except UnknownRouter as unknown:
            raise Refused(404, str(unknown)) from unknown
        except BadRequestText as bad:
            raise Refused(400, str(bad)) from bad


def read_asked(question: Question, playground: bool = True) -> Asked:
    """Read what is asked for; a dtab counts in the playground only. Raises `Refused`."""
    if question.method in ("GET", "HEAD"):
        asked: dict[str, Any] = dict(question.query)
        asked["headers"] = [
            *question.repeated.get("header", ()),
            *(line for line in asked.get("headers", "").splitlines() if line.strip()),
        ]
        if not asked.get("router"):
            asked.pop("router", None)
    elif question.method == "POST":
        asked = _read_body(question)
    else:
        raise Refused(405, "ask by GET or POST")
    request, router, dtab = asked.get("request"), asked.get("router"), asked.get("dtab")
    if not isinstance(request, str) or not request.strip():
        raise Refused(400, "`request` is missing: a text such as GET http://users/")
    if not isinstance(router, str | None) or not isinstance(dtab, str | None):
        raise Refused(400, "`router` and `dtab` have to be texts")
    return Asked(
        request,
        _read_headers(asked.get("headers", [])),
        router,
        _read_dtab(dtab) if playground and dtab is not None else None,
        _read_limit(asked.get("timeout", LIMIT_S)),
    )


def _read_body(question: Question) -> dict[str, Any]:
    kind = question.content_type.partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, f"unsupported Content-Type: {kind}")
    try:
        asked = json.loads(question.body)
    except (ValueError, RecursionError) as wrong:
        raise Refused(400, f"the question is not JSON: {wrong}") from wrong
    if not isinstance(asked, dict):
        raise Refused(400, "the question has to be an object")
    return asked


def _read_headers(headers: object) -> tuple[Header, ...]:
    """Read `["name: value"]` or `[["name", "value"]]`."""
    if not isinstance(headers, list):
        raise Refused(400, "`headers` has to be a list")
    return tuple(_read_header(each) for each in headers)


def _read_header(header: object) -> Header:
    match header:
        case str():
            try:
                return read_header(header)
            except BadRequestText as bad:
                raise Refused(400, str(bad)) from bad
        case [str() as name, str() as value]:
            return name, value
        case _:
            raise Refused(400, "a header has to be a text, or a list of name and value")


def _read_dtab(text: str) -> Dtab:
    try:
        return Dtab.read(text)
    except NameSyntaxError as wrong:
        raise Refused(400, f"Invalid dtab: {wrong}") from wrong


def _read_limit(limit: object) -> float:
    try:
        seconds = float(str(limit))
    except ValueError:
        seconds = math.nan
    if math.isnan(seconds):
        raise Refused(400, "`timeout` has to be a number of seconds")
    return min(max(seconds, 0.0), MAX_LIMIT_S)


__all__ = ["Asked", "Explainer", "read_asked"]
