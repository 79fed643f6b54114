"""What is asked of the admin server and what it answers, as values.

`linkerd.admin.site` makes a `Question` of a request and sends the `Answer`; endpoints are functions
from one to the other.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import attrs

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
HTML = "text/html; charset=utf-8"


@attrs.frozen
class Question:
    """A request: `path` without query and without doubled slashes, `query` with last values.

    `repeated` has all values of what may stand in the query more than once.
    """

    path: str
    method: str = "GET"
    query: Mapping[str, str] = attrs.Factory(dict)
    content_type: str = ""
    body: bytes = b""
    repeated: Mapping[str, Sequence[str]] = attrs.Factory(dict)

    def flag(self, name: str) -> bool:
        """Tell whether the query says yes (`true`, `1` or `t`)."""
        return self.query.get(name, "").lower() in ("true", "1", "t")


@attrs.frozen
class Answer:
    """A response. A long `body` comes in pieces, made while it is sent.

    `then` is called once the answer is on its way.
    """

    body: bytes | Iterable[str] = b""
    content_type: str = TEXT
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    then: Callable[[], None] | None = None


Endpoint: TypeAlias = Callable[[Question], "Answer | Awaitable[Answer]"]


class Refused(Exception):
    """A question that cannot be answered: HTTP status and text."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def text(body: str, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Answer in plain text."""
    return Answer(body.encode("utf-8", "replace"), TEXT, status, headers)


def as_json(value: object, status: int = 200) -> Answer:
    """Answer in JSON; what JSON does not know is shown by its `str`."""
    return Answer(json.dumps(value, default=str).encode(), JSON, status)


def as_json_in_pieces(value: object) -> Answer:
    """Answer in JSON like `as_json`, of something that may be very large."""
    return Answer(json.JSONEncoder(default=str).iterencode(value), JSON)


__all__ = [
    "HTML",
    "JSON",
    "TEXT",
    "Answer",
    "Endpoint",
    "Question",
    "Refused",
    "as_json",
    "as_json_in_pieces",
    "text",
]
