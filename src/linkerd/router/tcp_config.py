"""One entry of the `routers` section with `protocol: tcp`.

The binder makes a `TcpRouterConfig`; `linkerd.router.tcp_build` makes a router of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import at_least_one, not_negative, option
from linkerd.config.scalars import Port
from linkerd.config.section import Section
from linkerd.identifier.connection import ConnectionIdentifierConfig
from linkerd.identifier.proxy_protocol import ByProxyProtocolConfig
from linkerd.identifier.server_port import ServerPortConfig
from linkerd.router.access_log_config import AccessLogConfig
from linkerd.router.config import RouterConfig
from linkerd.router.tcp_build import build_tcp
from linkerd.server.config import ListenerConfig

if TYPE_CHECKING:
    from linkerd.name.delegate import Lookups
    from linkerd.router.built import BuiltRouter
    from linkerd.runtime import Runtime
    from linkerd.tls.shared import SharedStore

MOST_IDENTIFIERS = 256
NOT_OF_TCP = (
    "attemptTTwitterUpgrade",
    "pipelinedCalls",
    "requestAttemptTimeoutMs",
    "forwardClientCert",
    "clientSession",
)
"""Keys of `client` that speak of requests, or of connections that rest."""
NO_HEADER = "`io.l5d.proxyProtocol` reads a header that no server of the router takes"


@attrs.frozen(kw_only=True)
class TcpSessionConfig(Section):
    """The section `serverSession` of a server of raw connections."""

    summary: ClassVar[str] = (
        "How long raw connections last. Both sides get a reset, for nobody else can tell whether"
        " they were done. The times are looked at eight times in their course, so they may be"
        " exceeded by an eighth."
    )

    idle_time_ms: int = option(
        "Reset a connection in which no byte has moved for so long; 0 is never.",
        default=3_600_000,
        unit="ms",
        check=not_negative,
    )
    life_time_ms: int | None = option(
        "Reset a connection that is so old.",
        default=None,
        unit="ms",
        check=at_least_one,
    )


@attrs.frozen(kw_only=True)
class TcpServerConfig(ListenerConfig):
    """A listening address for raw connections."""

    port: Port = option("The port to listen on; 0 lets the system choose one.", default=Port(4145))
    server_session: TcpSessionConfig = option(
        "How long connections last.", default=TcpSessionConfig()
    )
    max_concurrent_requests: int | None = option(
        "How many connections there may be at once; those beyond that are reset.",
        default=None,
        check=at_least_one,
    )
    proxy_protocol: bool = option(
        "Each connection begins with a PROXY header, version 1 or 2, that tells whose it is. One"
        " without it is reset. Whoever can connect here is believed.",
        default=False,
    )
    first_bytes_timeout_ms: int = option(
        "How long a client's first bytes are waited for, where an identifier or `proxyProtocol`"
        " needs them. Then the next identifier is asked.",
        default=3000,
        unit="ms",
        check=at_least_one,
    )

    def faults(self) -> list[tuple[str, ...]]:
        """What comes first must be read first."""
        if self.proxy_protocol and self.tls is not None:
            why = "a PROXY header before TLS that ends here is not supported yet"
            return [("proxyProtocol", why)]
        return []


@attrs.frozen(kw_only=True)
class TcpRouterConfig(RouterConfig):
    """`protocol: tcp`: any protocol, byte for byte."""

    kind: ClassVar[str] = "tcp"
    summary: ClassVar[str] = (
        "Routes connections, whatever is spoken on them. All of a connection goes to one endpoint."
    )
    differs: ClassVar[str] = "Linkerd 1 has no such protocol."

    label: str = option("The name of the router in metrics and on the admin page.", default="tcp")
    servers: tuple[TcpServerConfig, ...] = option("The addresses to listen on.")
    identifier: tuple[ConnectionIdentifierConfig, ...] = option(
        "What a connection's name is read from; of a list the first that finds one.",
        default=(ServerPortConfig(),),
        one_or_many=True,
    )
    access_log: AccessLogConfig | None = option("Write a line for each connection.", default=None)

    def faults(self) -> list[tuple[str, str]]:
        """What is only for requests has no meaning here, and must not look as if it had."""
        found = super().faults()
        if not 0 < len(self.identifier) <= MOST_IDENTIFIERS:
            found.append(("identifier", f"1 to {MOST_IDENTIFIERS} identifiers are possible"))
        found += [
            ("client", f"`{key}` has no meaning for raw connections")
            for key in NOT_OF_TCP
            if self.client.has(key)
        ]
        if "service" in self.places:
            found.append(("service", "nothing of it has a meaning for raw connections"))
        by_header = any(isinstance(each, ByProxyProtocolConfig) for each in self.identifier)
        if by_header and not any(server.proxy_protocol for server in self.servers):
            found.append(("identifier", NO_HEADER))
        return found

    def log_files(self) -> list[tuple[str, str, bool]]:
        return self.access_log.files() if self.access_log is not None else []

    def mk(self, runtime: Runtime, namers: Lookups, store: SharedStore) -> BuiltRouter:
        return build_tcp(self, runtime, namers, store)
