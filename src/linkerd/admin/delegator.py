"""`/delegator.json`: how a dtab delegates a path, alternative by alternative.

Router label, dtab and path come in by query or JSON; the delegation tree goes out. Names are looked
up, endpoints are never connected to.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.defer import TimeoutError as TimedOut

from linkerd.admin.answer import Answer, Question, Refused, as_json, text
from linkerd.admin.view import CannotDelegate
from linkerd.name.dtab import Dtab
from linkerd.name.parse import NameSyntaxError
from linkerd.name.path import Path

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from twisted.internet.interfaces import IReactorTime

    from linkerd.admin.view import View

TIMEOUT = 2.0


@attrs.frozen
class Delegation:
    """What is asked for; `router` None leaves it to the configured namers."""

    router: str | None
    dtab: Dtab
    path: Path


class Delegator:
    """The endpoint."""

    def __init__(self, view: View, reactor: IReactorTime) -> None:
        self._view = view
        self._reactor = reactor

    async def answer(self, question: Question) -> Answer:
        """Answer GET and POST, with Linkerd's error texts."""
        try:
            return as_json(await self._tree(read_delegation(question)))
        except Refused as refused:
            allow = (("Allow", "GET, HEAD, POST"),) if refused.status == 405 else ()
            return text(refused.message, refused.status, allow)

    async def _tree(self, asked: Delegation) -> object:
        try:
            tree = self._view.delegate(asked.router, asked.dtab, asked.path)
            return await self._in_time(tree) if hasattr(tree, "__await__") else tree
        except CannotDelegate as cannot:
            message = f"Name Interpreter for {asked.router} cannot show delegations"
            raise Refused(501, message) from cannot
        except TimedOut as late:
            raise Refused(503, "Request timed out.") from late

    def _in_time(self, tree: Awaitable[object]) -> Deferred[object]:
        waiting = tree if isinstance(tree, Deferred) else ensureDeferred(tree)  # type: ignore[arg-type]
        return waiting.addTimeout(TIMEOUT, self._reactor)


def read_delegation(question: Question) -> Delegation:
    """Read what is asked for. Raises `Refused`."""
    if question.method in ("GET", "HEAD"):
        asked: object = dict(question.query)
    elif question.method == "POST":
        asked = _read_body(question)
    else:
        raise Refused(405, "")
    if not isinstance(asked, dict):
        raise Refused(400, "Malformed delegation request: an object was expected")
    router, dtab, path = asked.get("namespace"), asked.get("dtab", ""), asked.get("path")
    if not isinstance(path, str) or not isinstance(dtab, str):
        raise Refused(400, "Malformed delegation request: path and dtab have to be texts")
    if router is not None and not isinstance(router, str):
        raise Refused(400, "Malformed delegation request: namespace has to be a text")
    return Delegation(router, _read_dtab(dtab), _read_path(path))


def _read_body(question: Question) -> object:
    kind = question.content_type.partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, f"unsupported Content-Type: {kind}")
    try:
        return json.loads(question.body)
    except (ValueError, RecursionError) as wrong:
        raise Refused(400, f"Malformed delegation request: {wrong}") from wrong


def _read_dtab(dtab: str) -> Dtab:
    try:
        return Dtab.read(dtab)
    except NameSyntaxError as wrong:
        raise Refused(400, f"Invalid dtab: {wrong}") from wrong


def _read_path(path: str) -> Path:
    try:
        return Path.read(path)
    except NameSyntaxError as wrong:
        raise Refused(400, f"Invalid path: {wrong}") from wrong


__all__ = ["Delegation", "Delegator", "read_delegation"]
