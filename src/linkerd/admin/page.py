"""The first page: routers, servers, services, clients and endpoints, as plain HTML.

A `View` comes in; the page goes out in pieces, so that a large one does not stall the proxy. It is
complete without a script; `live.mjs` fetches it again every other second and adds rates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd import __version__
from linkerd.admin.certificates import certificate_table, is_well
from linkerd.admin.connections import connection_table
from linkerd.admin.endpoint_table import endpoint_table
from linkerd.admin.html import Html, tag, together
from linkerd.admin.numbers import (
    DASH,
    Numbers,
    count,
    numbers_of,
    show_age,
    show_bytes,
    show_ms,
    show_rate,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linkerd.admin.view import ClientView, RouterView, View
    from linkerd.telemetry.metrics import Scope

REQUEST_COLUMNS = ("requests", "/s", "success", "failures", "pending", "retries", "p50", "p99")
LONG_DTAB = 12
WORDS = frozenset(("address", "balancer", "bound name", "name", "up"))
"""Columns that do not hold numbers."""
_LINKS = (
    ("explain", "explain"),
    ("dtab", "delegator"),
    ("metrics", "admin/metrics.json?pretty=true"),
    ("prometheus", "admin/metrics/prometheus"),
    ("config", "config.json"),
    ("clients", "client_state.json"),
    ("connections", "connections"),
    ("all pages", "admin"),
)


def first_page(view: View) -> Iterator[str]:
    """Give the page in pieces. URLs are relative, so that it works below a path prefix."""
    routers = view.routers()
    yield page_head("linkerd", "")
    yield '<script type="module" src="admin/files/live.mjs"></script></head><body>'
    yield tag(
        "header",
        tag("h1", "linkerd"),
        tag("span", f"version {__version__}", class_="quiet"),
        tag("nav", *[tag("a", name, href=url) for name, url in _LINKS]),
    )
    yield "<main>"
    yield _totals(view, routers)
    materials, now = view.material(), view.started_at + view.uptime()
    certificates = certificate_table(materials, now) if materials else ()
    first = not is_well(materials, now)
    if first:
        yield from certificates
    for router in routers:
        yield from _router(view.metrics, router)
    if not first:
        yield from certificates
    if not routers:
        yield tag("p", "There are no routers.", class_="quiet")
    yield "</main>"
    yield tag("footer", "Counts are since the start; latencies are of the last full minute.")
    yield "</body></html>\n"


def connections_page(view: View, router: str | None) -> Iterator[str]:
    """Give the page of open connections."""
    yield page_head("connections", "")
    yield "</head><body>"
    yield tag("header", tag("h1", tag("a", "linkerd", href="./")))
    yield "<main>"
    yield from connection_table(view.connections(router))
    yield "</main></body></html>\n"


def not_found_page() -> str:
    """Give the page for an unknown path, which it does not repeat."""
    return together(
        page_head("not found", "/"),
        Html("</head><body>"),
        tag("main", tag("h1", "There is nothing here."), tag("a", "All pages", href="/admin")),
        Html("</body></html>\n"),
    )


def page_head(title: str, root: str) -> Html:
    """Give what is in every page's head; `root` leads to the admin server's own."""
    return together(
        Html('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", title),
        Html('<link rel="icon" href="data:,">'),
        Html(f'<link rel="stylesheet" href="{root}admin/files/admin.css">'),
    )


def _totals(view: View, routers: Sequence[RouterView]) -> Html:
    of_servers = [
        numbers_of(view.metrics.find("rt", router.label, "server", server.label))
        for router in routers
        for server in router.servers
    ]
    total = Numbers(
        requests=sum([one.requests for one in of_servers]),
        success=sum([one.success for one in of_servers]),
        failures=sum([one.failures for one in of_servers]),
        pending=sum([one.pending for one in of_servers]),
    )
    connections = sum([server.connections for router in routers for server in router.servers])
    clients = [client for router in routers for client in router.clients]
    up = sum([client.balancer.available for client in clients])
    endpoints = sum([client.balancer.size for client in clients])
    cells = (
        ("uptime", show_age(view.uptime())),
        ("requests", f"{total.requests:,}"),
        ("requests/s", tag("span", DASH, data_rate="total", data_total=str(total.requests))),
        ("success", show_rate(total.success_rate())),
        ("in flight", f"{total.pending:,}"),
        ("connections", f"{connections:,}"),
        ("endpoints up", f"{up:,} of {endpoints:,}"),
        ("memory", show_bytes(count(view.metrics, "jvm", "mem", "current", "used"))),
    )
    return tag("dl", *[tag("div", tag("dt", name), tag("dd", value)) for name, value in cells])


def _router(metrics: Scope, router: RouterView) -> Iterator[str]:
    scope = metrics.find("rt", router.label)
    yield "<section>"
    yield tag("h2", router.label, " ", tag("span", router.protocol, class_="quiet"))
    rules = rules_of(router.dtab)
    yield tag(
        "details",
        tag("summary", "dtab"),
        tag("pre", "\n".join(rules) or "(empty)"),
        id=f"dtab-{router.label}",
        open="" if len(rules) <= LONG_DTAB else None,
    )
    yield _table_head("servers", ("address", "connections", *REQUEST_COLUMNS))
    for server in router.servers:
        numbers = _find(scope, "server", server.label)
        yield tag(
            "tr",
            tag("th", server.address),
            _number(server.connections),
            _cells(numbers, f"{router.label} server {server.label}"),
        )
    yield _TABLE_END
    if router.services:
        yield _table_head("services", ("name", *REQUEST_COLUMNS, "retry budget"))
        for service in router.services:
            numbers = _find(scope, "service", service.name.removeprefix("/"))
            key = f"{router.label} service {service.name}"
            cells = _cells(numbers, key), _budget(service.retry_budget)
            yield tag("tr", tag("th", service.name), *cells)
        yield _TABLE_END
    if router.clients:
        yield from _clients(scope, router)
    yield "</section>"


def rules_of(dtab: str) -> list[str]:
    """Put each rule on a line of its own; in names `;` and `>` are always escaped."""
    rules = [rule.strip() for rule in dtab.split(";")]
    return [" => ".join([s.strip() for s in rule.split("=>")]) + " ;" for rule in rules if rule]


def _clients(scope: Scope | None, router: RouterView) -> Iterator[str]:
    yield _table_head(
        "clients", ("bound name", "balancer", "up", *REQUEST_COLUMNS, "requeue budget")
    )
    clients = in_order(router.clients)
    for client in clients:
        numbers = _find(scope, "client", client.id.removeprefix("/"))
        key = f"{router.label} client {client.id}"
        cells = _of_client(client), _cells(numbers, key), _budget(client.requeue_budget)
        yield tag("tr", tag("th", client.id), *cells)
    yield _TABLE_END
    yield from endpoint_table(clients)


def in_order(clients: Sequence[ClientView]) -> list[ClientView]:
    """Put clients in trouble first, and each kind in the order of names."""
    return sorted(clients, key=lambda client: (_is_well(client), client.id))


def _is_well(client: ClientView) -> bool:
    balancer = client.balancer
    return client.state == "bound" and 0 < balancer.size == balancer.available


def _of_client(client: ClientView) -> Html:
    up = client.balancer.available
    all_of_them = client.balancer.size
    state = f"{up} of {all_of_them}" if client.state == "bound" else client.state
    return together(
        tag("td", client.balancer.kind),
        tag("td", state, class_="bad" if up < all_of_them or not all_of_them else None),
    )


def _find(scope: Scope | None, *labels: str) -> Numbers:
    return numbers_of(scope.find(*labels) if scope is not None else None)


_TABLE_END = Html("</tbody></table></div>")


def _table_head(caption: str, columns: tuple[str, ...]) -> Html:
    return together(
        Html('<div class="wide"><table>'),
        tag("caption", caption),
        tag("thead", tag("tr", *[_column(column) for column in columns])),
        Html("<tbody>"),
    )


def _column(name: str) -> Html:
    return tag("th", name, scope="col", class_=None if name in WORDS else "number")


def _cells(numbers: Numbers, key: str) -> Html:
    rate = numbers.success_rate()
    return together(
        _number(numbers.requests),
        tag("td", DASH, class_="number", data_rate=key, data_total=str(numbers.requests)),
        tag("td", show_rate(rate), class_=f"number{' bad' if rate not in (None, 1.0) else ''}"),
        _number(numbers.failures),
        _number(numbers.pending),
        _number(numbers.retries),
        tag("td", show_ms(numbers.p50), class_="number"),
        tag("td", show_ms(numbers.p99), class_="number"),
    )


def _budget(balance: int | None) -> Html:
    """Show how many more there may be at once; none is trouble."""
    shown = DASH if balance is None else f"{balance:,}"
    return tag("td", shown, class_="number bad" if balance == 0 else "number")


def _number(value: int) -> Html:
    return tag("td", f"{value:,}", class_="number")


__all__ = ["connections_page", "first_page", "in_order", "not_found_page", "page_head", "rules_of"]
