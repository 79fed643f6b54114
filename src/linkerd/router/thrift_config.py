"""One entry of the `routers` section with `protocol: thrift`.

The binder makes a `ThriftRouterConfig`; `linkerd.router.thrift_build` makes a router of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import at_least_one, not_negative, option
from linkerd.config.scalars import Port
from linkerd.router.config import RouterConfig
from linkerd.router.thrift_build import build_thrift
from linkerd.server.config import ListenerConfig

if TYPE_CHECKING:
    from linkerd.name.delegate import Lookups
    from linkerd.router.built import BuiltRouter
    from linkerd.runtime import Runtime
    from linkerd.tls.shared import SharedStore

PROTOCOLS = ("binary", "compact")


def _framed(value: bool) -> str | None:
    return None if value else "buffered Thrift is not supported yet, only framed"


@attrs.frozen(kw_only=True)
class ThriftServerConfig(ListenerConfig):
    """A listening address for framed Thrift."""

    not_yet: ClassVar[dict[str, str]] = {
        **ListenerConfig.not_yet,
        "clearContext": "",
    }

    port: Port = option("The port to listen on; 0 lets the system choose one.", default=Port(4114))
    timeout_ms: int | None = option(
        "How long a call may take, to the beginning of its answer. 0 is no limit.",
        default=None,
        unit="ms",
        check=not_negative,
    )
    max_concurrent_requests: int | None = option(
        "How many calls may be in flight at once; those beyond that fail at once.",
        default=None,
        check=at_least_one,
    )
    thrift_framed: bool = option(
        "Calls come in frames; there is no other way here.", default=True, check=_framed
    )
    frame_idle_timeout_ms: int = option(
        "How long a call may pause, while we are ready for it; 0 is for ever.",
        default=30_000,
        unit="ms",
        check=not_negative,
        differs="Linkerd 1 has no such key, and no limit.",
    )


@attrs.frozen(kw_only=True)
class ThriftRouterConfig(RouterConfig):
    """`protocol: thrift`: framed Thrift, binary and compact."""

    kind: ClassVar[str] = "thrift"
    summary: ClassVar[str] = "Routes Thrift calls that come in frames."

    label: str = option(
        "The name of the router in metrics and on the admin page.", default="thrift"
    )
    servers: tuple[ThriftServerConfig, ...] = option("The addresses to listen on.")
    thrift_method_in_dst: bool = option(
        "Names end with the method: `/svc/method`, or `/svc/service/method`.", default=False
    )
    thrift_protocol: str = option(
        "`binary` or `compact`. Whatever is said here, the form of each message is seen by itself.",
        default="binary",
        check=lambda value: None if value in PROTOCOLS else f"unsupported thrift protocol {value}",
        differs="Linkerd 1 believes this key.",
    )
    max_frame_kb: int = option(
        "How large a frame may be; a larger one closes its connection.",
        default=16_384,
        unit="KB",
        check=at_least_one,
        differs="Linkerd 1 has no such key, and no limit.",
    )

    def mk(self, runtime: Runtime, namers: Lookups, store: SharedStore) -> BuiltRouter:
        return build_thrift(self, runtime, namers, store)
