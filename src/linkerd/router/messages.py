"""Linkerd's error texts, word for word, with the reasoning that is ours behind them.

In come facts of the router, out go `RequestError` values; `linkerd.server.errors` renders them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.accrual.state import ALIVE, DEAD
from linkerd.client.dial import NO_TLS
from linkerd.errors import (
    BadAnswer,
    BindingTimeout,
    ConnectFailed,
    Nacked,
    NoDescriptorLeft,
    NoHosts,
    PeerLost,
    RequestTimeout,
)
from linkerd.name.tree import show_tree
from linkerd.name.wording import first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.client.client import Client
    from linkerd.client.endpoint import ClientEndpoint
    from linkerd.name.addr import BoundName
    from linkerd.name.dtab import Dtab


ALERT = "TLS alert"
ALL_EJECTED = "L5D-2005"
ONE_TRY = "a response for an individual request, excluding retries"
ALL_TRIES = "a response for the request, including retries (if applicable)"
MAX_ENDPOINTS = 8
MAX_RULES = 200
MAX_NAMES = 20


def show_lines(dtab: Dtab) -> str:
    """A dtab, one dentry a line, indented by two blanks; of a very long one the beginning."""
    lines = (f"{d.prefix.show()} => {show_tree(d.dst)}" for d in dtab.dentries)
    return "\n".join(f"  {line}" for line in first(lines, len(dtab), MAX_RULES))


def no_hosts(service: str, base: str, local: str, code: str, reasoning: str) -> NoHosts:
    """Naming ended without an endpoint (`RichNoBrokersAvailableException`); dtabs as shown."""
    text = (
        f"Unable to route request!\n\nservice name: {service}\ndtab:\n\nbase dtab:\n"
        f"{base}\noverride dtab:\n{local}\n"
    )
    return NoHosts(text, code, reasoning)


def connect_failed(
    service: str, client: Client, endpoint: ClientEndpoint, why: str, now: float, code: str = ""
) -> ConnectFailed:
    """No connection could be had (`RichConnectionFailedException`)."""
    name = endpoint.name()
    ejected = all_ejected(client, now)
    text = (
        f"Unable to establish connection to {name}.\n\nservice name: {service}\n"
        f"client name: {client.id}\naddresses: [{client.addresses()}]\nselected address: {name}\n"
    )
    if ejected:
        return ConnectFailed(text, code or ALL_EJECTED, f"{name}: {why}\n{ejected}")
    return ConnectFailed(text, code, why)


def no_descriptor(service: str, client: Client) -> NoDescriptorLeft:
    """This process is out of file descriptors; no endpoint was asked."""
    return NoDescriptorLeft(
        "The proxy has no file descriptor left for a connection.",
        reasoning=f"service name: {service}\nclient name: {client.id}",
        retryable=True,
    )


def all_ejected(client: Client, now: float) -> str:
    """Say of every endpoint until when it is ejected; "" if one is not."""
    endpoints = client.endpoints.values()
    if any(endpoint.accrual.state == ALIVE for endpoint in endpoints):
        return ""
    count = len(endpoints)
    which = "the one endpoint is" if count == 1 else f"all {count} endpoints are"
    lines = first((again(endpoint, now) for endpoint in endpoints), count, MAX_ENDPOINTS)
    head = f"{which} ejected by failure accrual, to be tried again:"
    return "\n  ".join([head, *lines])


def again(endpoint: ClientEndpoint, now: float) -> str:
    """When an endpoint will be tried again."""
    left = endpoint.accrual.until - now
    dead = endpoint.accrual.state == DEAD and left > 0.0
    return f"{endpoint.name()} {f'in {left:.1f} s' if dead else 'now'}"


def peer_lost(
    service: str, client: Client, endpoint: ClientEndpoint, why: str, bad_answer: bool
) -> PeerLost | BadAnswer:
    """The endpoint closed the connection, or does not speak HTTP, before it answered."""
    text = f"{why}. Remote Info: Upstream Address: Not Available, "
    text += f"Downstream Address: /{endpoint.name()}, Downstream label: {client.id}"
    reasoning = f"service name: {service}"
    if bad_answer:
        return BadAnswer(text, reasoning=reasoning)
    # With TLS 1.3 an endpoint may refuse our certificate when for us the handshake is over.
    return PeerLost(text, NO_TLS if why.startswith(ALERT) else "", reasoning)


def nacked(service: str, client: Client, endpoint: ClientEndpoint, again: bool) -> Nacked:
    """The endpoint refused the request (`HttpNackFilter`); `again`: another might have taken it."""
    text = "The request was Nacked by the server"
    if not again:
        text += " and should not be retried"
    where = f"client name: {client.id}\nendpoint: {endpoint.name()}"
    return Nacked(text, reasoning=f"service name: {service}\n{where}")


def attempt_timeout(
    router: str, client: Client, endpoint: ClientEndpoint, timeout_s: float
) -> RequestTimeout:
    """One try took too long (`IndividualRequestTimeoutException`)."""
    info = f"Upstream Address: Not Available, Downstream Address: /{endpoint.name()}, "
    info += f"Downstream label: {client.id}"
    text = f"exceeded {duration(timeout_s)} to {client.id} while waiting for {ONE_TRY}"
    return RequestTimeout(f"{text}. Remote Info: {info}", reasoning=f"service name: {router}")


def server_timeout(server: str, timeout_s: float) -> RequestTimeout:
    """A request took longer than its server allows; the same exception."""
    text = f"exceeded {duration(timeout_s)} to {server} while waiting for {ONE_TRY}"
    return RequestTimeout(f"{text}. Remote Info: Not Available", "L5D-2008")


def total_timeout(timeout_s: float) -> RequestTimeout:
    """A request took longer than its service allows (`GlobalRequestTimeoutException`)."""
    text = f"exceeded {duration(timeout_s)} to unspecified while waiting for {ALL_TRIES}"
    return RequestTimeout(f"{text}. Remote Info: Not Available", "L5D-2007")


def deadline_passed(since_s: float) -> RequestTimeout:
    """A request came too late, by so many seconds, or its deadline passed while it was here."""
    text = "the deadline of the request has passed"
    if since_s > 0.0:
        why = f"It came {since_s:.3f} s too late, and was not sent."
    else:
        why = "It came in time, but there was no answer in time."
    return RequestTimeout(text, "L5D-2009", why)


def binding_timeout(
    service: str, names: Sequence[BoundName | None], timeout_s: float, reasoning: str
) -> BindingTimeout:
    """Naming, or the endpoints of the `names` that it gave, did not answer in time.

    None stands for a way that leads nowhere.
    """
    ids = [name.id.show() for name in names if name is not None]
    tree = " | ".join(first(ids, len(ids), MAX_NAMES))
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
