"""The table of all kinds, as strings: what is shipped, what is not built yet, what was renamed.

Nothing comes in; `linkerd.config.registry` reads the tables and imports a class when a
configuration names its kind. Families are called by the YAML key's word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = "linkerd.linker:LinkerConfig"
"""The class of a whole configuration."""

KINDS: tuple[tuple[str, str, str], ...] = (
    ("protocol", "http", "linkerd.router.http_config:HttpRouterConfig"),
    ("protocol", "thrift", "linkerd.router.thrift_config:ThriftRouterConfig"),
    ("protocol", "tcp", "linkerd.router.tcp_config:TcpRouterConfig"),
    ("protocol", "detect", "linkerd.router.detect_config:DetectRouterConfig"),
    ("identifier", "io.l5d.header.token", "linkerd.identifier.header_token:HeaderTokenConfig"),
    (
        "identifier",
        "io.l5d.methodAndHost",
        "linkerd.identifier.method_and_host:MethodAndHostConfig",
    ),
    ("identifier", "io.l5d.path", "linkerd.identifier.path:PathConfig"),
    ("identifier", "io.l5d.header", "linkerd.identifier.header:HeaderConfig"),
    ("identifier", "io.l5d.static", "linkerd.identifier.static:StaticConfig"),
    (
        "connectionIdentifier",
        "io.l5d.static",
        "linkerd.identifier.static_connection:StaticConnectionConfig",
    ),
    (
        "connectionIdentifier",
        "io.l5d.serverPort",
        "linkerd.identifier.server_port:ServerPortConfig",
    ),
    ("connectionIdentifier", "io.l5d.sni", "linkerd.identifier.sni:SniConfig"),
    (
        "connectionIdentifier",
        "io.l5d.proxyProtocol",
        "linkerd.identifier.proxy_protocol:ByProxyProtocolConfig",
    ),
    ("interpreter", "default", "linkerd.interpreter.default:DefaultInterpreterConfig"),
    ("interpreter", "io.l5d.fs", "linkerd.interpreter.fs:FsInterpreterConfig"),
    ("transformer", "io.l5d.localhost", "linkerd.transformer.localhost:LocalhostConfig"),
    (
        "transformer",
        "io.l5d.specificHost",
        "linkerd.transformer.specific_host:SpecificHostConfig",
    ),
    ("transformer", "io.l5d.port", "linkerd.transformer.port:PortConfig"),
    ("transformer", "io.l5d.replace", "linkerd.transformer.replace:ReplaceConfig"),
    ("transformer", "io.l5d.const", "linkerd.transformer.const:ConstConfig"),
    ("namer", "io.l5d.fs", "linkerd.namer.fs:FsConfig"),
    ("namer", "io.l5d.dnssrv", "linkerd.namer.dnssrv:DnsSrvConfig"),
    ("namer", "io.l5d.serversets", "linkerd.namer.serversets:ServersetsConfig"),
    ("namer", "io.l5d.zkLeader", "linkerd.namer.zk_leader:ZkLeaderConfig"),
    ("namer", "io.l5d.curator", "linkerd.namer.curator:CuratorConfig"),
    ("namer", "io.l5d.rewrite", "linkerd.namer.rewrite:RewriteConfig"),
    ("client", "io.l5d.global", "linkerd.router.client_config:GlobalClientConfig"),
    ("client", "io.l5d.static", "linkerd.router.static_config:StaticClientConfig"),
    ("service", "io.l5d.global", "linkerd.router.service_config:GlobalServiceConfig"),
    ("service", "io.l5d.static", "linkerd.router.static_config:StaticServiceConfig"),
    ("balancer", "p2c", "linkerd.balancer.p2c:P2cConfig"),
    ("balancer", "ewma", "linkerd.balancer.ewma:EwmaConfig"),
    ("balancer", "aperture", "linkerd.balancer.aperture:ApertureConfig"),
    ("balancer", "heap", "linkerd.balancer.heap:HeapConfig"),
    ("balancer", "roundRobin", "linkerd.balancer.round_robin:RoundRobinConfig"),
    (
        "failureAccrual",
        "io.l5d.consecutiveFailures",
        "linkerd.accrual.consecutive_failures:ConsecutiveFailuresConfig",
    ),
    ("failureAccrual", "io.l5d.successRate", "linkerd.accrual.success_rate:SuccessRateConfig"),
    (
        "failureAccrual",
        "io.l5d.successRateWindowed",
        "linkerd.accrual.success_rate_windowed:SuccessRateWindowedConfig",
    ),
    ("failureAccrual", "none", "linkerd.accrual.none:NoneConfig"),
    ("backoff", "constant", "linkerd.backoff.constant:ConstantConfig"),
    ("backoff", "jittered", "linkerd.backoff.jittered:JitteredConfig"),
    ("classifier", "io.l5d.http.nonRetryable5XX", "linkerd.classifier.http:NonRetryable5XXConfig"),
    (
        "classifier",
        "io.l5d.http.retryableRead5XX",
        "linkerd.classifier.http:RetryableRead5XXConfig",
    ),
    (
        "classifier",
        "io.l5d.http.retryableIdempotent5XX",
        "linkerd.classifier.http:RetryableIdempotent5XXConfig",
    ),
    ("classifier", "io.l5d.http.retryableAll5XX", "linkerd.classifier.http:RetryableAll5XXConfig"),
    ("classifier", "io.l5d.http.allSuccessful", "linkerd.classifier.http:AllSuccessfulConfig"),
    ("classifier", "io.l5d.thrift", "linkerd.classifier.thrift:ThriftClassifierConfig"),
    ("labeler", "ip", "linkerd.labeler.ip:IpConfig"),
    ("labeler", "ip:port", "linkerd.labeler.ip_port:IpPortConfig"),
    ("labeler", "connectionRandom", "linkerd.labeler.connection_random:ConnectionRandomConfig"),
    ("labeler", "requestRandom", "linkerd.labeler.request_random:RequestRandomConfig"),
    ("labeler", "router", "linkerd.labeler.router:RouterLabelerConfig"),
    ("labeler", "static", "linkerd.labeler.static:StaticLabelerConfig"),
    (
        "tracePropagator",
        "io.l5d.default",
        "linkerd.propagator.linkerd:LinkerdPropagatorConfig",
    ),
    ("tracePropagator", "io.l5d.zipkin", "linkerd.propagator.zipkin:ZipkinPropagatorConfig"),
    ("tracePropagator", "io.l5d.w3c", "linkerd.propagator.w3c:W3cPropagatorConfig"),
    ("tracePropagator", "none", "linkerd.propagator.none:NoneConfig"),
    ("telemeter", "io.l5d.prometheus", "linkerd.telemetry.prometheus:PrometheusConfig"),
)
"""Family, kind, and where its class is (`module:Class`)."""

_NOT_YET: Mapping[str, tuple[str, ...]] = {
    "protocol": ("h2", "thriftmux", "mux"),
    "identifier": (
        "io.l5d.header.path",
        "io.l5d.ingress",
        "io.l5d.k8s.istio",
        "io.l5d.k8s.istio-ingress",
    ),
    "interpreter": (
        "io.l5d.k8s.configMap",
        "io.l5d.consul.interpreter",
        "io.l5d.namerd",
        "io.l5d.namerd.http",
        "io.l5d.mesh",
        "io.l5d.k8s.istio",
    ),
    "namer": (
        "io.l5d.consul",
        "io.l5d.k8s",
        "io.l5d.k8s.ns",
        "io.l5d.k8s.external",
        "io.l5d.k8s.istio",
        "io.l5d.marathon",
        "io.l5d.rancher",
    ),
    "transformer": (
        "io.l5d.k8s.daemonset",
        "io.l5d.k8s.localnode",
    ),
    "classifier": (
        "io.l5d.h2.nonRetryable5XX",
        "io.l5d.h2.retryableRead5XX",
        "io.l5d.h2.retryableIdempotent5XX",
        "io.l5d.h2.retryableAll5XX",
        "io.l5d.h2.allSuccessful",
        "io.l5d.h2.grpc.default",
        "io.l5d.h2.grpc.compliant",
        "io.l5d.h2.grpc.alwaysRetryable",
        "io.l5d.h2.grpc.neverRetryable",
        "io.l5d.h2.grpc.retryableStatusCodes",
    ),
    "telemeter": (
        "io.l5d.influxdb",
        "io.l5d.statsd",
        "io.l5d.tracelog",
        "io.l5d.recentRequests",
        "io.l5d.zipkin",
    ),
    "requestAuthorizer": ("io.l5d.k8s.istio",),
    "announcer": ("io.l5d.serversets",),
}

NOT_YET: frozenset[tuple[str, str]] = frozenset(
    (family, kind) for family, names in _NOT_YET.items() for kind in names
)
"""Family and kind of everything Linkerd 1.7 has that is not built yet."""

RENAMED: Mapping[tuple[str, str], str] = {
    ("identifier", "io.l5d.headerToken"): "io.l5d.header.token",
    ("classifier", "io.l5d.nonRetryable5XX"): "io.l5d.http.nonRetryable5XX",
    ("classifier", "io.l5d.retryableRead5XX"): "io.l5d.http.retryableRead5XX",
    ("classifier", "io.l5d.retryableIdempotent5XX"): "io.l5d.http.retryableIdempotent5XX",
}
"""Family and kind of earlier Linkerd 1 releases, and the name of today."""

__all__ = ["KINDS", "NOT_YET", "RENAMED", "ROOT"]
