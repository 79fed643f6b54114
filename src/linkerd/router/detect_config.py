"""One entry of the `routers` section with `protocol: detect`: a port that others share.

The binder makes a `DetectRouterConfig`. It routes nothing itself: connections go to the first
server of the router, further up or down, whose protocol they speak.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.client.tcp import TcpConnections
from linkerd.config.option import at_least_one, option
from linkerd.config.scalars import Port
from linkerd.identifier.server_port import ServerPort
from linkerd.router.binding import RouterBindings
from linkerd.router.built import BuiltRouter
from linkerd.router.config import RouterConfig
from linkerd.router.policy import client_policies
from linkerd.router.securing import ClientSecurities
from linkerd.router.tcp_build import service_policy
from linkerd.router.tcp_junction import TcpJunction
from linkerd.server.config import ListenerConfig
from linkerd.server.detect import NAMES, DetectListener

if TYPE_CHECKING:
    from collections.abc import Mapping

    from linkerd.name.delegate import Lookups
    from linkerd.runtime import Runtime
    from linkerd.tls.shared import SharedStore

OWN = frozenset(("protocol", "label", "servers", "http", "thrift", "tcp", "experimental"))


@attrs.frozen(kw_only=True)
class DetectServerConfig(ListenerConfig):
    """A listening address for several protocols."""

    port: Port = option("The port to listen on; 0 lets the system choose one.", default=Port(4146))
    detect_timeout_ms: int = option(
        "How long a client's first bytes are waited for; then it goes to the router of `tcp`.",
        default=1000,
        unit="ms",
        check=at_least_one,
    )

    def faults(self) -> list[tuple[str, ...]]:
        """What is in TLS cannot be told apart."""
        if self.tls is not None:
            return [("tls", "TLS that ends before detection is not supported yet")]
        return []


@attrs.frozen(kw_only=True)
class DetectRouterConfig(RouterConfig):
    """`protocol: detect`: HTTP, Thrift and anything else on one port."""

    kind: ClassVar[str] = "detect"
    summary: ClassVar[str] = (
        "Hands connections to other routers, by what their first bytes say that they speak. They"
        " are then connections of the first server of that router, with its settings but for `tls`."
    )
    differs: ClassVar[str] = "Linkerd 1 has no such protocol."

    label: str = option(
        "The name of the router in metrics and on the admin page.", default="detect"
    )
    servers: tuple[DetectServerConfig, ...] = option("The addresses to listen on.")
    http: str | None = option("The label of the router for HTTP/1.1.", default=None)
    thrift: str | None = option("The label of the router for framed Thrift.", default=None)
    tcp: str | None = option(
        "The label of the router for everything else, HTTP/2 and TLS too, and for clients that say"
        " nothing in time. Without it those are reset.",
        default=None,
    )

    def targets(self) -> list[tuple[str, str]]:
        """The protocols with a router, and its label."""
        written = (("http", self.http), ("thrift", self.thrift), ("tcp", self.tcp))
        return [(protocol, label) for protocol, label in written if label is not None]

    def faults(self) -> list[tuple[str, str]]:
        """Nothing is routed here, so nothing can be said of it."""
        found = super().faults()
        if not self.targets():
            found.append(("", "at least one of `http`, `thrift` and `tcp` is needed"))
        strangers = [key for key in self.places if key not in OWN]
        found += [(key, "belongs to the routers that connections go to") for key in strangers]
        return found

    def mk(self, runtime: Runtime, namers: Lookups, store: SharedStore) -> BuiltRouter:
        scoped = runtime.scoped(runtime.metrics.scope("rt", self.label))
        interpreter = self.interpreter.build(scoped, namers)
        securities = ClientSecurities(self.client, store, scoped)
        bindings = RouterBindings(
            scoped,
            interpreter,
            self.dtab,
            client_policies(self.client, securities),
            service_policy,
            TcpConnections(),
            self.binding_cache,
        )
        router = TcpJunction(self.label, scoped, ServerPort(self.dst_prefix), bindings, 1.0, None)
        listeners = [
            DetectListener(
                scoped,
                server.ip,
                server.port,
                server.socket_options,
                server.detect_timeout_ms / 1000.0,
            )
            for server in self.servers
        ]
        return BuiltRouter(self, router, bindings, interpreter, listeners, None)

    def tie(self, built: BuiltRouter, others: Mapping[str, BuiltRouter]) -> None:
        by_name = {name: kind for kind, name in NAMES.items()}
        for listener in built.listeners:
            if isinstance(listener, DetectListener):
                for protocol, label in self.targets():
                    listener.targets[by_name[protocol]] = others[label].listeners[0]


__all__ = ["DetectRouterConfig", "DetectServerConfig"]
