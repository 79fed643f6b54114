"""The `servers` section: where a router listens, and how it deals with those who connect.

The binder makes one `ServerConfig` per entry; the router's configuration builds listeners from
them.
"""

from __future__ import annotations

from typing import ClassVar

import attrs

from linkerd.config.option import at_least_one, not_negative, option
from linkerd.config.scalars import IpAddress, Port
from linkerd.config.section import Section
from linkerd.labeler.base import LabelerConfig
from linkerd.labeler.request_random import RequestRandomConfig
from linkerd.net.socket_options import DEFAULT_OPTIONS, SocketOptions
from linkerd.tls.config import ServerTls
from linkerd.wire.fields import CUT, FIELD, MUST_STAY, TOKEN


def _addable(value: str | None) -> str | None:
    """Check the name of a field that is added to every request."""
    if value is None:
        return None
    name = value.lower().encode("latin-1", "replace")
    if TOKEN.fullmatch(name) is None:
        return "is not the name of a header"
    if name in CUT or name in MUST_STAY or FIELD.fullmatch(b"\n" + name + b":"):
        return "is a header that frames or routes messages"
    return None


@attrs.frozen(kw_only=True)
class AddForwardedHeaderConfig(Section):
    """The section `addForwardedHeader`."""

    summary: ClassVar[str] = (
        "Adds `Forwarded: by=...;for=...;host=...` (RFC 7239) to each request, beside any that it"
        " has; `proto` is there if the request line has a scheme. A host with a port is quoted."
    )

    by: LabelerConfig = option(
        "How the proxy's end of the connection is named.", default=RequestRandomConfig()
    )
    for_: LabelerConfig = option(
        "How the client's end of the connection is named.", default=RequestRandomConfig()
    )


@attrs.frozen(kw_only=True)
class ServerSessionConfig(Section):
    """The section `serverSession`."""

    summary: ClassVar[str] = (
        "How long connections of clients last. No request is cut by it. All times are looked at"
        " eight times in their course, so they may be exceeded by an eighth."
    )

    idle_time_ms: int = option(
        "Close a connection on which there has been no request for so long; 0 is never.",
        default=600_000,
        unit="ms",
        check=not_negative,
        differs="Linkerd 1 never closes one unless told to.",
    )
    life_time_ms: int | None = option(
        "Close a connection that is so old, once it has no request in flight.",
        default=None,
        unit="ms",
        check=at_least_one,
    )
    tunnel_idle_time_ms: int = option(
        "Reset a tunnel, such as a WebSocket, in which no byte has moved for so long; 0 is never.",
        default=3_600_000,
        unit="ms",
        check=not_negative,
        differs="Linkerd 1 has no such key, and no tunnels.",
    )


@attrs.frozen(kw_only=True)
class ListenerConfig(Section):
    """A listening address, whatever protocol is spoken there."""

    summary: ClassVar[str] = "An address that a router accepts connections on."
    not_yet: ClassVar[dict[str, str]] = {
        "announce": "no announcer is built",
    }

    port: Port = option("The port to listen on; 0 lets the system choose one.", default=Port(4140))
    ip: IpAddress = option(
        "The address to listen on; `0.0.0.0` is every IPv4 address.", default=IpAddress("127.0.0.1")
    )
    socket_options: SocketOptions = option(
        "What is asked of the system for the sockets.", default=DEFAULT_OPTIONS
    )
    tls: ServerTls | None = option(
        "Speak TLS with those who connect; without this section, plain text.", default=None
    )
    label: str | None = option("Accepted and unused, as in Linkerd.", default=None)


@attrs.frozen(kw_only=True)
class ServerConfig(ListenerConfig):
    """A listening address."""

    server_session: ServerSessionConfig = option(
        "How long connections last.", default=ServerSessionConfig()
    )
    summary: ClassVar[str] = "An address that a router accepts connections on."
    timeout_ms: int | None = option(
        "How long a request may take, from its head to the head of its answer. 0 is no limit.",
        default=None,
        unit="ms",
        check=not_negative,
    )
    max_concurrent_requests: int | None = option(
        "How many requests may be in flight at once. What is beyond that is answered 503 at once,"
        " as not processed and safe to retry; without this key there is no limit.",
        default=None,
        check=at_least_one,
    )
    clear_context: bool = option(
        "Trust nobody who connects here: headers that begin with `l5d-` are removed from requests,"
        " unread, and from answers, and an answer with `l5d-err` loses its body.",
        default=False,
    )
    add_forwarded_header: AddForwardedHeaderConfig | None = option(
        "Tell from whom each request came, in a Forwarded header; without this key, do not.",
        default=None,
    )
    timestamp_header: str | None = option(
        "A header to add to each request, with the time at which it came: milliseconds since 1970.",
        default=None,
        example="x-request-start",
        check=_addable,
        differs="Linkerd 1 takes any name, also of a header that frames or routes.",
    )
    max_call_depth: int = option(
        "How many proxies a request may have passed, by its Via; beyond that it is answered 400.",
        default=1000,
        check=at_least_one,
        differs="All Via fields count; Linkerd 1 looks at the first.",
    )
    head_timeout_ms: int = option(
        "How long the head of a request may take from its first byte; 0 is for ever.",
        default=10_000,
        unit="ms",
        check=not_negative,
        differs="Linkerd 1 has no such key, and no limit.",
    )
    body_idle_timeout_ms: int = option(
        "How long a body may pause, while we are ready for it; 0 is for ever.",
        default=30_000,
        unit="ms",
        check=not_negative,
        differs="Linkerd 1 has no such key, and no limit.",
    )


__all__ = ["AddForwardedHeaderConfig", "ListenerConfig", "ServerConfig", "ServerSessionConfig"]
