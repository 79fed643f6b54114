"""The `servers` section: where a router listens.

The binder makes one `ServerConfig` per entry; the router's configuration builds listeners from
them.
"""

from __future__ import annotations

from typing import ClassVar

import attrs

from linkerd.config.option import option
from linkerd.config.scalars import IpAddress, Port
from linkerd.config.section import Section


@attrs.frozen(kw_only=True)
class ServerConfig(Section):
    """A listening address."""

    summary: ClassVar[str] = "An address that a router accepts connections on."
    not_yet: ClassVar[dict[str, str]] = {
        "tls": "this release speaks plain text on both sides",
        "maxConcurrentRequests": "",
        "announce": "no announcer is built",
        "serverSession": "connections may rest and live for ever, as by default in Linkerd",
        "socketOptions": "the defaults of Linkerd are in force",
        "timeoutMs": "",
        "addForwardedHeader": "",
        "timestampHeader": "",
        "maxCallDepth": "",
    }

    port: Port = option("The port to listen on; 0 lets the system choose one.", default=Port(4140))
    ip: IpAddress = option(
        "The address to listen on; `0.0.0.0` is every IPv4 address.", default=IpAddress("127.0.0.1")
    )
    clear_context: bool = option(
        "Trust nobody who connects here: headers that begin with `l5d-` are removed from requests,"
        " unread, and from answers, and an answer with `l5d-err` loses its body.",
        default=False,
    )
    label: str | None = option("Accepted and unused, as in Linkerd.", default=None)


__all__ = ["ServerConfig"]
