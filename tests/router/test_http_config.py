"""The entry of an HTTP router: its keys, their defaults and what is refused."""

from __future__ import annotations

import pytest
from tests.router.configured import faults, make, read

from linkerd.balancer.ewma import Ewma
from linkerd.name.path import Path
from linkerd.router.access_log_file import LogFile
from linkerd.router.access_log_json import JsonFormat
from linkerd.router.access_log_policy import RollPolicy
from linkerd.router.call_depth import CallDepthDispatch
from linkerd.router.config import RouterConfig
from linkerd.router.http_config import HttpRouterConfig
from linkerd.server.whole import WholeDispatch


def test_defaults() -> None:
    config = read()
    assert (config.label, config.dst_prefix.show(), config.dtab.show()) == ("http", "/svc", "")
    assert config.identifier[0].kind == "io.l5d.header.token"
    assert config.client.load_balancer.kind == "p2c"
    assert config.client.failure_accrual.kind == "io.l5d.consecutiveFailures"
    assert config.service.response_classifier.kind == "io.l5d.http.nonRetryable5XX"
    assert config.binding_timeout_ms == 10_000
    assert config.stream_after_content_length_kb == 5
    assert config.trace_propagator.kind == "io.l5d.default"
    assert config.http_access_log is None
    assert config.http_access_log_append
    assert config.http_access_log_roll_policy == "never"
    assert config.http_access_log_rotate_count == -1
    assert config.http_access_log_format == "linkerd"


def test_every_key_does_what_it_says() -> None:
    built = make(
        """
  label: in
  dtab: /svc => /#/fake
  dstPrefix: /http
  bindingTimeoutMs: 1500
  streamAfterContentLengthKB: 7
  maxHeadersKB: 9
  maxInitialLineKB: 3
  maxHeaders: 11
  maxChunkLineBytes: 64
  maxTrailersKB: 2
  maxRequestBodyKB: 4
  originator: true
  httpAccessLog: access.log
  httpAccessLogAppend: false
  httpAccessLogRollPolicy: Weekly(2)
  httpAccessLogRotateCount: 3
  httpAccessLogFormat: json
  identifier: {kind: io.l5d.methodAndHost}
  interpreter: {kind: default}
  client:
    loadBalancer: {kind: ewma, maxEffort: 3}
    failureAccrual: {kind: none}
    requeueBudget: {minRetriesPerSec: 1, percentCanRetry: 0.0, ttlSecs: 5}
    connectTimeoutMs: 250
  service:
    responseClassifier: {kind: io.l5d.http.retryableAll5XX}
    retries:
      budget: {minRetriesPerSec: 2, percentCanRetry: 0.1, ttlSecs: 20}
      backoff: {kind: constant, ms: 300}
      maxPerRequest: 4
"""
    )
    router, bindings, (listener,) = built.router, built.bindings, built.listeners
    assert router.label == "in"
    assert router.binding_timeout_s == 1.5
    assert router.identifier.prefix.show() == "/http"
    limits = listener.limits
    assert (limits.head, limits.line, limits.fields) == (9216, 3072, 11)
    assert (limits.chunk_line, limits.trailers, limits.body) == (64, 2048, 4096)
    # What is too large is not collected first.
    assert listener.buffered == 4096
    access_log = built.access_log
    assert access_log is not None
    assert (access_log.path, access_log.append) == ("access.log", False)
    assert isinstance(access_log.sink, LogFile)
    assert (access_log.sink.policy, access_log.sink.keep) == (RollPolicy("weekly", 2), 3)
    assert isinstance(access_log.form, JsonFormat)
    client = bindings.client_policy(Path.of("x"))
    assert client.connect_timeout_s == 0.25
    balancer = client.balancer.mk(bindings.runtime.rng)
    assert isinstance(balancer, Ewma)
    assert balancer.max_effort == 3
    assert client.requeues.mk(0.0).balance(0.0) == 5
    service = bindings.service_policy(Path.of("x"))
    assert service.max_retries == 4
    assert service.budget.mk(0.0).balance(0.0) == 40
    assert service.backoff is not None
    assert service.backoff.start(bindings.runtime.rng).next() == 0.3
    assert bindings.runtime.metrics.labels() == ("rt", "in")


@pytest.mark.parametrize(
    ("written", "code", "key", "why"),
    [
        (
            "httpAccessLogRollPolicy: monthly",
            "L5D-4004",
            "httpAccessLogRollPolicy",
            "never, hourly,",
        ),
        ("httpAccessLogRotateCount: -2", "L5D-4004", "httpAccessLogRotateCount", "-1 or more"),
        (
            "httpAccessLogFormat: xml",
            "L5D-4004",
            "httpAccessLogFormat",
            "linkerd, common, combined,",
        ),
        (
            'httpAccessLogRollPolicy: daily\n  httpAccessLog: "-"',
            "L5D-4008",
            "httpAccessLogRollPolicy",
            "standard output cannot be rolled",
        ),
    ],
)
def test_access_logs_that_cannot_be(written: str, code: str, key: str, why: str) -> None:
    (fault,) = faults(f"  {written}\n")
    assert (fault.code, fault.line, fault.path) == (code, 4, f"routers[0].{key}")
    assert why in fault.why


@pytest.mark.parametrize("key", sorted({**RouterConfig.not_yet, **HttpRouterConfig.not_yet}))
def test_what_is_not_built_is_refused_by_name(key: str) -> None:
    (fault,) = faults(f"  {key}: 1\n")
    assert (fault.code, fault.line, fault.column) == ("L5D-4007", 4, 3)
    assert fault.path == f"routers[0].{key}"


@pytest.mark.parametrize("key", sorted({**RouterConfig.renamed, **HttpRouterConfig.renamed}))
def test_keys_of_the_past_come_with_advice(key: str) -> None:
    (fault,) = faults(f"  {key}: 1\n")
    advice = {**RouterConfig.renamed, **HttpRouterConfig.renamed}[key]
    assert advice in str(fault)


@pytest.mark.parametrize(
    "text",
    [
        "  bindingTimeoutMs: 0\n",
        "  maxHeadersKB: 0\n",
        "  maxInitialLineKB: -1\n",
        "  maxHeaders: 0\n",
        "  maxChunkLineBytes: 31\n",
        "  maxTrailersKB: 0\n",
        "  maxRequestBodyKB: -1\n",
        "  streamAfterContentLengthKB: -1\n",
        "  maxResponseBodyKB: -1\n",
        "  maxErrResponseKB: -1\n",
        "  compressionLevel: -2\n",
        "  compressionLevel: 10\n",
        "  client: {connectTimeoutMs: 0}\n",
        "  service: {retries: {maxPerRequest: -1}}\n",
        "  service: {retries: {budget: {ttlSecs: 0}}}\n",
        "  client: {loadBalancer: {maxEffort: 0}}\n",
        "  dtab: /svc\n",
        "  dstPrefix: svc\n",
        "  originator: maybe\n",
        "  label: [a]\n",
    ],
)
def test_bad_values(text: str) -> None:
    (fault,) = faults(text)
    assert (fault.code, fault.line) == ("L5D-4004", 4)


def test_an_empty_list_of_identifiers() -> None:
    (fault,) = faults("  identifier: []\n")
    assert (fault.line, fault.path) == (4, "routers[0].identifier")
    assert "empty identifier list" in fault.why


def test_streaming_is_on_or_has_a_limit() -> None:
    (fault,) = faults("  streamingEnabled: false\n  streamAfterContentLengthKB: 5\n  label: in\n")
    assert fault.path == "routers[0].streamingEnabled"
    assert "Can't disable streaming and set streamAfterContentLengthKB in in" in fault.why
    assert read("  streamingEnabled: true\n  streamAfterContentLengthKB: 5\n").streaming_enabled
    built = make("  streamingEnabled: false\n")
    (listener,) = built.listeners
    assert listener.limits.body == 65536 * 1024
    assert isinstance(listener.dispatch, WholeDispatch)
    assert isinstance(listener.via_dispatch, CallDepthDispatch)
    assert isinstance(listener.via_dispatch.then, WholeDispatch)


def test_limits_of_what_is_kept() -> None:
    kept = make().bindings.connections.keeping
    assert (kept.up_to, kept.everything) == (5120, False)
    text = "  streamingEnabled: false\n  maxResponseBodyKB: 3\n  maxErrResponseKB: 2\n"
    built = make(text)
    kept = built.bindings.connections.keeping
    assert (kept.everything, kept.most) == (True, 3072)
    assert built.listeners[0].limits.error == 2048


def test_what_is_of_thrift_only() -> None:
    (fault,) = faults("  client: {attemptTTwitterUpgrade: true}\n")
    assert "Thrift only" in str(fault)
    by_prefix = "{kind: io.l5d.static, configs: [{prefix: /a, attemptTTwitterUpgrade: true}]}"
    (fault,) = faults(f"  client: {by_prefix}\n")
    assert "Thrift only" in str(fault)
