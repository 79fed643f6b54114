"""Linkerd's error texts, word for word, with the reasoning that is ours behind them.

In come facts of the router, out go `RequestError` values; `linkerd.server.errors` renders them.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from linkerd.accrual.state import ALIVE, DEAD
from linkerd.errors import BadAnswer, BindingTimeout, ConnectFailed, NoHosts, PeerLost
from linkerd.name.tree import show_tree

if TYPE_CHECKING:
    from linkerd.client.client import Client
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.name.dtab import Dtab


ALL_EJECTED = "L5D-2005"
MAX_ENDPOINTS = 8
MAX_RULES = 200
MAX_NAMES = 20


def show_lines(dtab: Dtab) -> str:
    """A dtab, one dentry a line, indented by two blanks; of a very long one the beginning."""
    lines = [f"  {d.prefix.show()} => {show_tree(d.dst)}" for d in dtab.dentries[:MAX_RULES]]
    if len(dtab) > MAX_RULES:
        lines.append(f"  and {len(dtab) - MAX_RULES} more")
    return "\n".join(lines)


def listed(names: list[str], between: str) -> str:
    """Names in a row; of very many the first."""
    more = [f"{len(names) - MAX_NAMES} more"] if len(names) > MAX_NAMES else []
    return between.join([*names[:MAX_NAMES], *more])


def no_hosts(service: str, base: str, local: str, code: str, reasoning: str) -> NoHosts:
    """Naming ended without an endpoint (`RichNoBrokersAvailableException`); dtabs as shown."""
    text = (
        f"Unable to route request!\n\nservice name: {service}\ndtab:\n\nbase dtab:\n"
        f"{base}\noverride dtab:\n{local}\n"
    )
    return NoHosts(text, code, reasoning)


def connect_failed(
    service: str, client: Client, endpoint: ClientEndpoint, why: str, now: float
) -> ConnectFailed:
    """No connection could be had (`RichConnectionFailedException`)."""
    name = endpoint.name()
    ejected = all_ejected(client, now)
    text = (
        f"Unable to establish connection to {name}.\n\nservice name: {service}\n"
        f"client name: {client.id}\naddresses: [{client.addresses()}]\nselected address: {name}\n"
    )
    if ejected:
        return ConnectFailed(text, ALL_EJECTED, f"{name}: {why}\n{ejected}")
    return ConnectFailed(text, reasoning=why)


def all_ejected(client: Client, now: float) -> str:
    """Say of every endpoint until when it is ejected; "" if one is not."""
    endpoints = client.endpoints.values()
    if any(endpoint.accrual.state == ALIVE for endpoint in endpoints):
        return ""
    count = len(endpoints)
    which = "the one endpoint is" if count == 1 else f"all {count} endpoints are"
    lines = [f"{which} ejected by failure accrual, to be tried again:"]
    for endpoint in islice(endpoints, MAX_ENDPOINTS):
        left = endpoint.accrual.until - now
        dead = endpoint.accrual.state == DEAD and left > 0.0
        lines.append(f"  {endpoint.name()} {f'in {left:.1f} s' if dead else 'now'}")
    if count > MAX_ENDPOINTS:
        lines.append(f"  and {count - MAX_ENDPOINTS} more")
    return "\n".join(lines)


def peer_lost(
    service: str, client: Client, endpoint: ClientEndpoint, why: str, bad_answer: bool
) -> PeerLost | BadAnswer:
    """The endpoint closed the connection, or does not speak HTTP, before it answered."""
    text = f"{why}. Remote Info: Upstream Address: Not Available, "
    text += f"Downstream Address: /{endpoint.name()}, Downstream label: {client.id}"
    reasoning = f"service name: {service}"
    return (
        BadAnswer(text, reasoning=reasoning) if bad_answer else PeerLost(text, reasoning=reasoning)
    )


def binding_timeout(service: str, tree: str, timeout_s: float, reasoning: str) -> BindingTimeout:
    """Naming, or the endpoints it named, did not answer in time."""
    what = f"connecting to {tree} for" if tree else "resolving"
    return BindingTimeout(
        f"Exceeded {duration(timeout_s)} binding timeout while {what} name: {service}",
        reasoning=reasoning,
    )


UNITS = (("days", 86_400_000), ("hours", 3_600_000), ("minutes", 60_000), ("seconds", 1000))


def duration(seconds: float) -> str:
    """Print a duration as Finagle does: `10.seconds`, `1.minutes+30.seconds`."""
    left = round(seconds * 1000)
    parts = []
    for name, size in (*UNITS, ("milliseconds", 1)):
        if left >= size:
            parts.append(f"{left // size}.{name}")
            left %= size
    return "+".join(parts) or "0.seconds"
