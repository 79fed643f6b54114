"""The table of endpoints of the first page: each client with its balancer, pools and worst ones.

The clients of a router come in, pieces of HTML go out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.admin.html import Html, tag, together
from linkerd.admin.numbers import DASH, show_short, timestamp
from linkerd.admin.worst import worst_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linkerd.admin.view import BalancerView, ClientView, EndpointView
    from linkerd.admin.worst import Worst

COLUMNS = ("address", "state", "load", "in flight", "connections", "idle", "failing", "weight")
WORDS = frozenset(("address", "state"))
BADGES = {"open": "good", "probing": "trying"}


def endpoint_table(clients: Sequence[ClientView]) -> Iterator[str]:
    """Give a table with a group of rows for each client."""
    heads = [
        tag("th", name, scope="col", class_=None if name in WORDS else "number") for name in COLUMNS
    ]
    yield together(
        Html('<div class="wide"><table class="endpoints">'),
        tag("caption", "endpoints"),
        tag("thead", tag("tr", *heads)),
    )
    for client in clients:
        yield from _group(client)
    yield Html("</table></div>")


def _group(client: ClientView) -> Iterator[str]:
    worst = yield from worst_of(client.endpoints)
    yield together(Html("<tbody>"), _row(tag("b", client.id), " ", *_of_client(client, worst)))
    for endpoint in worst.shown:
        yield _endpoint(client.balancer, endpoint)
    left_out = worst.left_out()
    if left_out:
        number = sum(left_out.values())
        kinds = ", ".join([f"{count:,} {status}" for status, count in left_out.items()])
        yield _row(
            f"and {number:,} more ({kinds}), none of them busier: ",
            tag("a", "all of them", href="client_state.json"),
        )
    yield Html("</tbody>")


def _row(*content: object) -> Html:
    """Give a row across the table, whose text stays where it can be read."""
    return tag("tr", tag("td", tag("div", *content), colspan=str(len(COLUMNS))), class_="group")


def _of_client(client: ClientView, worst: Worst) -> Iterator[object]:
    """Give what there is to know of the client as a whole."""
    balancer = client.balancer
    if client.state != "bound":
        yield tag("span", client.state, class_="badge bad")
        return
    up, size = balancer.available, balancer.size
    kind = "good" if 0 < size == up else "bad"
    yield tag("span", f"{up:,} of {size:,} up", class_=f"badge {kind}")
    facts = [balancer.kind]
    if balancer.aperture is not None:
        facts = [f"{balancer.kind} of {balancer.aperture:,}"]
    facts.append(f"{_plural(worst.connections, 'connection')}, {worst.idle:,} idle")
    pool = client.pool
    if pool.max_size is not None:
        facts.append(f"at most {pool.max_size:,} each, {worst.waiting:,} waiting")
    if client.requeue_budget is not None:
        facts.append(f"{client.requeue_budget:,} requeues left")
    yield tag("span", *[part for fact in facts for part in (" · ", fact)][1:], class_="quiet")


def _plural(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def _endpoint(balancer: BalancerView, endpoint: EndpointView) -> Html:
    in_flight = f"{endpoint.pending:,}"
    if endpoint.waiting:
        in_flight += f" + {endpoint.waiting:,} waiting"
    return tag(
        "tr",
        tag("th", endpoint.address, scope="row"),
        tag("td", *_state(endpoint), class_="state"),
        _number(_load(balancer, endpoint)),
        _number(in_flight),
        _number(f"{endpoint.connections:,}"),
        _number(f"{endpoint.idle:,}"),
        _number(_failing(endpoint)),
        _number(f"{endpoint.weight:g}"),
    )


def _number(content: object) -> Html:
    return tag("td", content, class_="number")


def _state(endpoint: EndpointView) -> Iterator[object]:
    yield tag("span", endpoint.status, class_=f"badge {BADGES.get(endpoint.status, 'bad')}")
    if endpoint.in_aperture is False and endpoint.status == "open":
        yield tag("span", " outside the aperture", class_="quiet")
    if endpoint.dead_for is not None and endpoint.until is not None:
        moment = timestamp(endpoint.until)
        yield f" tried again in {show_short(endpoint.dead_for)}, at "
        yield tag("time", moment[11:19], datetime=moment)
        yield " UTC"
    if endpoint.reason:
        yield tag("div", endpoint.reason, class_="quiet")


def _load(balancer: BalancerView, endpoint: EndpointView) -> str:
    """Show what the balancer compares, in its own terms."""
    if not balancer.unit:
        return DASH
    if balancer.unit != "ms":
        return DASH if endpoint.load is None else f"{endpoint.load:,.0f}"
    if endpoint.latency_ms is None or endpoint.load is None:
        return "no answer yet"
    return f"{endpoint.load:,.1f} ms"


def _failing(endpoint: EndpointView) -> str:
    """Show what failure accrual goes by."""
    if endpoint.success_rate is not None:
        return f"{endpoint.success_rate * 100:.1f} % good"
    if endpoint.failures_in_a_row is None:
        return DASH
    return f"{endpoint.failures_in_a_row:,} in a row" if endpoint.failures_in_a_row else "0"


__all__ = ["COLUMNS", "endpoint_table"]
