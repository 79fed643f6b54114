"""One entry of the `routers` section with `protocol: thrift`.

The binder makes a `ThriftRouterConfig`; `linkerd.router.thrift_build` makes a router of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.classifier.thrift import ThriftClassifierConfig
from linkerd.config.option import at_least_one, not_negative, option
from linkerd.config.scalars import Port
from linkerd.router.access_log_config import AccessLogConfig
from linkerd.router.config import RouterConfig
from linkerd.router.thrift_build import build_thrift
from linkerd.router.thrift_idl import BadIdl
from linkerd.router.thrift_idl_config import IdlConfig, unknown_methods
from linkerd.server.config import ListenerConfig, ServerSessionConfig

if TYPE_CHECKING:
    from linkerd.classifier.base import ClassifierConfig
    from linkerd.name.delegate import Lookups
    from linkerd.router.built import BuiltRouter
    from linkerd.runtime import Runtime
    from linkerd.tls.shared import SharedStore

PROTOCOLS = ("binary", "compact")


NOT_OF_THRIFT = "the classifier `%s` judges HTTP; calls are judged by `io.l5d.thrift`"


def is_http(classifier: ClassifierConfig) -> bool:
    """Whether a classifier was written that knows nothing of calls."""
    return not isinstance(classifier, ThriftClassifierConfig)


def idempotent_in(classifier: ClassifierConfig) -> tuple[str, ...]:
    """The methods that a classifier lets retry."""
    return classifier.idempotent_methods if isinstance(classifier, ThriftClassifierConfig) else ()


def _framed(value: bool) -> str | None:
    return None if value else "buffered Thrift is not supported yet, only framed"


@attrs.frozen(kw_only=True)
class ThriftServerConfig(ListenerConfig):
    """A listening address for framed Thrift."""

    port: Port = option("The port to listen on; 0 lets the system choose one.", default=Port(4114))
    server_session: ServerSessionConfig = option(
        "How long connections last.", default=ServerSessionConfig()
    )
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
    clear_context: bool = option(
        "Trust nobody who connects here: trace, deadline, contexts and delegations that come with a"
        " call are not read and not passed on.",
        default=False,
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
    access_log: AccessLogConfig | None = option(
        "Write a line for each call.",
        default=None,
        differs="Linkerd 1 has no access log of Thrift.",
    )
    idl: IdlConfig | None = option(
        "What is known of the calls.", default=None, differs="Linkerd 1 has no such key."
    )
    max_frame_kb: int = option(
        "How large a frame may be; a larger one closes its connection.",
        default=16_384,
        unit="KB",
        check=at_least_one,
        differs="Linkerd 1 has no such key, and no limit.",
    )

    def faults(self) -> list[tuple[str, str]]:
        """What is said of methods must be true of those there are, where the IDL tells."""
        found = super().faults()
        classifiers = self.service.classifiers()
        found += [("service", NOT_OF_THRIFT % each.kind) for each in classifiers if is_http(each)]
        if self.client.has("sendProxyProtocol"):
            found.append(("client", "`sendProxyProtocol` is for routers of TCP only"))
        if self.idl is None:
            return found
        if self.idl.show and self.access_log is None:
            found.append(("idl", "`show` is for the access log, and there is no `accessLog`"))
        try:
            methods = self.idl.methods()
        except BadIdl:
            return found
        names = [name for each in classifiers for name in idempotent_in(each)]
        return found + [("service", why) for why in unknown_methods(names, methods)]

    def log_files(self) -> list[tuple[str, str, bool]]:
        return self.access_log.files() if self.access_log is not None else []

    def mk(self, runtime: Runtime, namers: Lookups, store: SharedStore) -> BuiltRouter:
        return build_thrift(self, runtime, namers, store)
