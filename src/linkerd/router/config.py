"""The `routers` section: from one entry to a router with its listeners.

The binder makes one `HttpRouterConfig` per entry; `mk` builds the parts in the order of a request's
way and starts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.accrual.base import AccrualConfig
from linkerd.accrual.consecutive_failures import DEFAULT_ACCRUAL
from linkerd.backoff.base import BackoffConfig
from linkerd.balancer.base import BalancerConfig
from linkerd.balancer.p2c import P2cConfig
from linkerd.classifier.base import ClassifierConfig
from linkerd.classifier.http import NonRetryable5XXConfig
from linkerd.config.option import option
from linkerd.config.section import Plugin, Section
from linkerd.identifier.base import IdentifierConfig, first_of
from linkerd.identifier.header_token import HeaderTokenConfig
from linkerd.interpreter.base import InterpreterConfig
from linkerd.interpreter.default import DefaultInterpreterConfig
from linkerd.name.dtab import EMPTY_DTAB, Dtab
from linkerd.name.path import Path
from linkerd.retry.budget import BudgetConfig
from linkerd.router.access_log import FORMATS, STANDARD_OUTPUT, AccessLog, format_of
from linkerd.router.access_log_policy import RollPolicy, misread, read_policy
from linkerd.router.binding import RouterBindings
from linkerd.router.caches import BindingCacheConfig
from linkerd.router.policy import ClientPolicy, ServicePolicy
from linkerd.router.router import Router
from linkerd.router.untrusted import UntrustedDispatch
from linkerd.server.config import ServerConfig
from linkerd.server.listener import Listener
from linkerd.wire.head import UNLIMITED, Limits

if TYPE_CHECKING:
    from linkerd.interpreter.base import Interpreter
    from linkerd.name.delegate import Lookups
    from linkerd.runtime import Runtime


def positive(value: int) -> str | None:
    """Check a size, count or time that cannot be zero."""
    return None if value > 0 else "must be at least 1"


@attrs.frozen(kw_only=True)
class ClientConfig(Plugin):
    """How requests go to endpoints."""

    family: ClassVar[str] = "client"
    default_kind: ClassVar[str] = "io.l5d.global"
    not_yet: ClassVar[dict[str, str]] = {
        "hostConnectionPool": "pools are unlimited, as by default in Linkerd",
        "tls": "this release speaks plain text on both sides",
        "failFast": "failure accrual does its work",
        "requestAttemptTimeoutMs": "",
        "clientSession": "connections may rest and live for ever, as by default in Linkerd",
        "socketOptions": "the defaults of Linkerd are in force",
        "forwardClientCert": "",
        "requestAuthorizers": "",
        "configs": "kind io.l5d.static is not built",
    }

    load_balancer: BalancerConfig = option(
        "Which endpoint takes the next request.", default=P2cConfig()
    )
    failure_accrual: AccrualConfig = option(
        "When an endpoint is left alone, and for how long.", default=DEFAULT_ACCRUAL
    )
    requeue_budget: BudgetConfig = option(
        "How many requests may be tried elsewhere because they certainly were not processed.",
        default=BudgetConfig(),
    )
    connect_timeout_ms: int = option(
        "How long opening a connection may take.",
        default=1000,
        unit="ms",
        check=positive,
        differs="Linkerd 1 has no such key; its limit is fixed at 1 s.",
    )


@attrs.frozen(kw_only=True)
class GlobalClientConfig(ClientConfig):
    """The same for all clients of the router."""

    kind: ClassVar[str] = "io.l5d.global"
    summary: ClassVar[str] = "One set of parameters for every client."


@attrs.frozen(kw_only=True)
class RetriesConfig(Section):
    """How failed requests are tried again."""

    summary: ClassVar[str] = "Whether and when a request that the classifier lets retry is retried."

    budget: BudgetConfig = option("How many retries there may be.", default=BudgetConfig())
    backoff: BackoffConfig | None = option(
        "The wait before each retry; by default there is none.", default=None
    )
    max_per_request: int = option(
        "How often one request is retried at the most.",
        default=10,
        check=lambda value: None if value >= 0 else "must not be negative",
        differs="Linkerd 1 has no such limit and tries up to 100 times at once.",
    )


@attrs.frozen(kw_only=True)
class ServiceConfig(Plugin):
    """What requests of a logical name may expect."""

    family: ClassVar[str] = "service"
    default_kind: ClassVar[str] = "io.l5d.global"
    not_yet: ClassVar[dict[str, str]] = {
        "totalTimeoutMs": "",
        "configs": "kind io.l5d.static is not built",
    }

    response_classifier: ClassifierConfig = option(
        "Which answers are failures, and which of those may be retried.",
        default=NonRetryable5XXConfig(),
    )
    retries: RetriesConfig = option("How failures are retried.", default=RetriesConfig())


@attrs.frozen(kw_only=True)
class GlobalServiceConfig(ServiceConfig):
    """The same for all services of the router."""

    kind: ClassVar[str] = "io.l5d.global"
    summary: ClassVar[str] = "One set of parameters for every service."


@attrs.frozen(kw_only=True)
class RouterConfig(Plugin):
    """What routers of all protocols have."""

    family: ClassVar[str] = "protocol"
    tag: ClassVar[str] = "protocol"
    not_yet: ClassVar[dict[str, str]] = {"announcers": ""}
    renamed: ClassVar[dict[str, str]] = {
        "baseDtab": "write `dtab`",
        "failFast": "it belongs into `client`",
        "responseClassifier": "it belongs into `service`",
        "timeoutMs": "write `totalTimeoutMs` in `service`",
        "tracers": "tracers are telemeters: see `telemetry`",
        "loggers": "write `requestAuthorizers` in `client`",
    }

    label: str = option("The name of the router in metrics and on the admin page.", default="http")
    servers: tuple[ServerConfig, ...] = option("The addresses to listen on.")
    dtab: Dtab = option("The rules that names are delegated by.", default=EMPTY_DTAB)
    dst_prefix: Path = option("What every name begins with.", default=Path.of("svc"))
    originator: bool = option(
        "Mark this router in the metrics as the first that a request meets.", default=False
    )
    interpreter: InterpreterConfig = option(
        "What turns names into addresses.", default=DefaultInterpreterConfig()
    )
    client: ClientConfig = option("Towards the endpoints.", default=GlobalClientConfig())
    service: ServiceConfig = option("Towards the callers.", default=GlobalServiceConfig())
    binding_timeout_ms: int = option(
        "How long a request may wait for its name and for a connection.",
        default=10_000,
        unit="ms",
        check=positive,
    )

    binding_cache: BindingCacheConfig = option(
        "How many names and clients are remembered, and for how long.",
        default=BindingCacheConfig(),
    )

    def mk(self, runtime: Runtime, namers: Lookups) -> HttpRouter:
        """Build the router; `runtime` counts in the root of the metrics tree."""
        raise NotImplementedError

    def faults(self) -> list[tuple[str, str]]:
        """A router that listens nowhere is of no use."""
        return [] if self.servers else [("servers", f"router '{self.label}' has no servers")]


@attrs.frozen(kw_only=True)
class HttpRouterConfig(RouterConfig):
    """`protocol: http`: HTTP/1.1."""

    kind: ClassVar[str] = "http"
    summary: ClassVar[str] = "Routes HTTP/1.1 requests."
    not_yet: ClassVar[dict[str, str]] = {
        "streamingEnabled": "bodies are always streamed beyond streamAfterContentLengthKB",
        "maxErrResponseKB": "",
        "compressionLevel": "bodies are never compressed",
        "tracePropagator": "trace headers pass through untouched",
    }
    renamed: ClassVar[dict[str, str]] = {
        "maxChunkKB": "it was removed in Linkerd 1.6",
        "maxRequestKB": "it was removed in Linkerd 1.7; `maxRequestBodyKB` limits bodies here",
        "maxResponseKB": "it was removed in Linkerd 1.7",
        "engine": "it was removed in Linkerd 1.3",
    }

    identifier: tuple[IdentifierConfig, ...] = option(
        "What a request's name is read from; of a list the first that finds one.",
        default=(HeaderTokenConfig(),),
        one_or_many=True,
    )
    http_access_log: str | None = option(
        "The file that gets a line for each answer; `-` is standard output.", default=None
    )
    http_access_log_append: bool = option(
        "Append to an existing file; `false` empties it at start.", default=True
    )
    http_access_log_roll_policy: str = option(
        "When the access log begins a new file: `never`, `hourly`, `daily`, `weekly(n)` with n"
        " from 1 for Sunday, `sighup`, or a size such as `3.megabytes`.",
        default="never",
        check=misread,
    )
    http_access_log_rotate_count: int = option(
        "How many files that are finished are kept; -1 keeps all.",
        default=-1,
        check=lambda value: None if value >= -1 else "must be -1 or more",
    )
    http_access_log_format: str = option(
        "How a line looks: `linkerd`, `common`, `combined` or `json`.",
        default="linkerd",
        check=lambda value: None if value in FORMATS else f"expected one of {', '.join(FORMATS)}",
        differs="Linkerd 1 has no such key; its one format is `linkerd`.",
    )
    stream_after_content_length_kb: int = option(
        "Request bodies up to this size are taken in whole, and only those can be sent again.",
        default=5,
        unit="KB",
        check=lambda value: None if value >= 0 else "must not be negative",
    )
    max_headers_kb: int = option(
        "How large the header fields of a request or an answer may be together.",
        default=16,
        unit="KB",
        check=positive,
        differs="Linkerd 1's default is 8.",
    )
    max_initial_line_kb: int = option(
        "How long a request line may be.",
        default=8,
        unit="KB",
        check=positive,
        differs="Linkerd 1's default is 4; RFC 9112 asks for 8000 bytes.",
    )
    max_headers: int = option(
        "How many header fields a request or an answer may have.",
        default=100,
        check=positive,
        differs="Linkerd 1 has no such key, and no limit.",
    )
    max_chunk_line_bytes: int = option(
        "How long the line before a chunk of a body may be, with its extensions.",
        default=256,
        unit="bytes",
        check=lambda value: None if value >= 32 else "must be at least 32",
        differs="Linkerd 1 has no such key, and no limit.",
    )
    max_trailers_kb: int = option(
        "How large the fields behind a chunked body may be together.",
        default=8,
        unit="KB",
        check=positive,
        differs="Linkerd 1 has no such key; `maxHeadersKB` holds there too.",
    )
    max_request_body_kb: int | None = option(
        "How large the body of a request may be; one that is larger is answered 413.",
        default=None,
        unit="KB",
        check=lambda value: None if value is None or value >= 0 else "must not be negative",
        differs="Linkerd 1 has no such key, and no limit.",
    )

    def faults(self) -> list[tuple[str, str]]:
        """A list of identifiers cannot be empty."""
        found = super().faults()
        if not self.identifier:
            found.append(("identifier", "empty identifier list"))
        rolled = read_policy(self.http_access_log_roll_policy) != RollPolicy()
        if rolled and self.http_access_log == STANDARD_OUTPUT:
            found.append(("httpAccessLogRollPolicy", "standard output cannot be rolled"))
        return found

    def mk(self, runtime: Runtime, namers: Lookups) -> HttpRouter:
        """Build the router; `runtime` counts in the root of the metrics tree."""
        scoped = runtime.scoped(runtime.metrics.scope("rt", self.label))
        limits = self.limits()
        interpreter = self.interpreter.build(scoped, namers)
        bindings = RouterBindings(
            scoped,
            interpreter,
            self.dtab,
            ClientPolicy(
                self.client.load_balancer,
                self.client.failure_accrual,
                self.client.requeue_budget,
                self.client.connect_timeout_ms / 1000.0,
            ),
            self.service_policy(),
            limits,
            self.binding_cache,
        )
        access_log = None
        if self.http_access_log is not None:
            access_log = AccessLog(
                scoped,
                self.http_access_log,
                format_of(self.http_access_log_format, self.label),
                read_policy(self.http_access_log_roll_policy),
                self.http_access_log_append,
                self.http_access_log_rotate_count,
            )
        identifier = first_of([each.mk(self.dst_prefix) for each in self.identifier])
        timeout_s = self.binding_timeout_ms / 1000.0
        router = Router(self.label, scoped, identifier, bindings, timeout_s, access_log)
        buffered = self.stream_after_content_length_kb * 1024
        listeners = [
            Listener(
                scoped,
                UntrustedDispatch(router) if server.clear_context else router,
                server.ip,
                server.port,
                limits,
                buffered,
                server.clear_context,
            )
            for server in self.servers
        ]
        if self.originator:
            scoped.metrics.gauge("originator", read=lambda: 1)
        return HttpRouter(self, router, bindings, interpreter, listeners, access_log)

    def limits(self) -> Limits:
        """How large messages may be."""
        body_kb = self.max_request_body_kb
        return Limits(
            self.max_initial_line_kb * 1024,
            self.max_headers_kb * 1024,
            self.max_headers,
            self.max_chunk_line_bytes,
            self.max_trailers_kb * 1024,
            UNLIMITED if body_kb is None else body_kb * 1024,
        )

    def service_policy(self) -> ServicePolicy:
        """The policy of the `service` section."""
        retries = self.service.retries
        return ServicePolicy(
            self.service.response_classifier.mk(),
            retries.budget,
            retries.backoff.mk() if retries.backoff is not None else None,
            retries.max_per_request,
        )


@attrs.frozen
class HttpRouter:
    """A router that has been built, with everything that starts, stops or is shown."""

    config: HttpRouterConfig
    router: Router
    bindings: RouterBindings
    interpreter: Interpreter
    listeners: list[Listener]
    access_log: AccessLog | None


__all__ = [
    "ClientConfig",
    "GlobalClientConfig",
    "GlobalServiceConfig",
    "HttpRouter",
    "HttpRouterConfig",
    "RetriesConfig",
    "RouterConfig",
    "ServiceConfig",
]
