"""The list of open connections of clients: `/connections` and `/connections.json`.

In come the connections of a `View`, one after the other; out go pieces of HTML or JSON. The page
has those that are open for longest, the JSON all.
"""

from __future__ import annotations

import json
from heapq import nlargest
from typing import TYPE_CHECKING

import attrs

from linkerd.admin.html import Html, tag, together
from linkerd.admin.numbers import DASH, show_age, show_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from linkerd.admin.view import ConnectionView

COLUMNS = ("client", "server", "state", "service", "endpoint", "age", "requests", "in", "out")
NUMBERS = frozenset(("age", "requests", "in", "out"))
MOST = 500
"""Connections that the page has."""


def connection_table(connections: Iterable[ConnectionView]) -> Iterator[str]:
    """Give a section with a row for each connection, the oldest first."""
    found = list(connections)
    shown = nlargest(MOST, found, key=_age)
    yield together(
        Html("<section>"),
        tag("h2", "open connections ", tag("a", "all of it", href="connections.json")),
        tag("p", _said(len(found), len(shown)), class_="quiet"),
        Html('<div class="wide"><table>'),
        tag("thead", tag("tr", *[_column(name) for name in COLUMNS])),
        Html("<tbody>"),
    )
    for each in shown:
        yield _row(each)
    yield Html("</tbody></table></div></section>")


def _age(connection: ConnectionView) -> float:
    return connection.age_s


def _said(there_are: int, shown: int) -> str:
    if there_are > shown:
        return f"{there_are:,}, of which these {shown:,} are open for longest"
    return f"{there_are:,}" if there_are else "none"


def _column(name: str) -> Html:
    return tag("th", name, scope="col", class_="number" if name in NUMBERS else None)


def _row(connection: ConnectionView) -> Html:
    numbers = (
        show_age(connection.age_s),
        f"{connection.requests:,}",
        show_bytes(connection.received),
        show_bytes(connection.sent),
    )
    return tag(
        "tr",
        tag("th", connection.client, scope="row"),
        tag("td", f"{connection.router} {connection.server}"),
        tag("td", connection.state),
        tag("td", connection.service or DASH, class_="names"),
        tag("td", connection.endpoint or DASH),
        *[tag("td", number, class_="number") for number in numbers],
    )


def connections_json(connections: Iterable[ConnectionView]) -> Iterator[str]:
    """Give a JSON list with an entry for each connection."""
    yield "["
    between = ""
    for each in connections:
        yield between + json.dumps(attrs.asdict(each))
        between = ",\n"
    yield "]\n"


__all__ = ["connection_table", "connections_json"]
