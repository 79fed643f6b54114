"""The `client` section: what it refuses."""

from __future__ import annotations

import pytest
from tests.router.configured import client_policy, faults, read

from linkerd.client.session import SessionTimes
from linkerd.router.client_config import UNBOUNDED, ClientParameters


@pytest.mark.parametrize("key", sorted(ClientParameters.not_yet))
def test_what_is_not_built_is_refused_by_name(key: str) -> None:
    (fault,) = faults(f"  client:\n    {key}: 1\n")
    assert (fault.code, fault.line, fault.path) == ("L5D-4007", 5, f"routers[0].client.{key}")


def test_the_time_for_a_try() -> None:
    assert read().client.request_attempt_timeout_ms is None
    assert client_policy().attempt_timeout_s == 0.0
    assert client_policy("  client: {requestAttemptTimeoutMs: 250}\n").attempt_timeout_s == 0.25
    (fault,) = faults("  client: {requestAttemptTimeoutMs: -1}\n")
    assert (fault.code, fault.path) == ("L5D-4004", "routers[0].client.requestAttemptTimeoutMs")


def test_how_long_connections_last() -> None:
    assert client_policy().session is None
    text = "  client: {clientSession: {idleTimeMs: 500, lifeTimeMs: 60000}}\n"
    assert client_policy(text).session == SessionTimes(0.5, 60.0)
    for key in ("idleTimeMs", "lifeTimeMs"):
        (fault,) = faults(f"  client: {{clientSession: {{{key}: 0}}}}\n")
        assert (fault.code, fault.path) == ("L5D-4004", f"routers[0].client.clientSession.{key}")


def test_certificates_are_told_if_that_is_wanted() -> None:
    assert client_policy().show_certificate is None
    assert client_policy("  client: {forwardClientCert: true}\n").show_certificate is not None


def test_how_many_connections_there_are() -> None:
    assert client_policy().pool is None
    text = "  client: {hostConnectionPool: {minSize: 2, maxSize: 9, idleTimeMs: 0}}\n"
    policy = client_policy(text)
    assert policy.pool == (9, UNBOUNDED)
    assert policy.session == SessionTimes(kept=2, spare_s=0.0)
    assert client_policy("  client: {hostConnectionPool: {minSize: 2}}\n").session is None


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("minSize: -1", "minSize"),
        ("maxSize: 0", "maxSize"),
        ("idleTimeMs: -1", "idleTimeMs"),
        ("maxWaiters: -1", "maxWaiters"),
        ("minSize: 3, maxSize: 2", "minSize"),
    ],
)
def test_pools_that_cannot_be(written: str, key: str) -> None:
    (fault,) = faults(f"  client: {{hostConnectionPool: {{{written}}}}}\n")
    assert fault.path == f"routers[0].client.hostConnectionPool.{key}"
