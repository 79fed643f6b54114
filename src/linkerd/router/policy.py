"""The policies in force for a router's clients and services, as values ready for use.

In come the parameters that the `client` and `service` sections have for a name, out go the parts
that one client or service is built from. Made by the router's `build` each time one is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from linkerd.client.session import FOR_EVER, SessionTimes
from linkerd.config.duration import limit_s
from linkerd.net.socket_options import DEFAULT_OPTIONS, SocketOptions
from linkerd.router.client_config import PROXY_VERSIONS, UNBOUNDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.x509 import Certificate

    from linkerd.accrual.base import AccrualConfig
    from linkerd.backoff.base import Backoff
    from linkerd.balancer.base import BalancerConfig
    from linkerd.classifier.base import ResponseClassifier
    from linkerd.name.path import Path
    from linkerd.net.security import Security
    from linkerd.retry.budget import BudgetConfig
    from linkerd.router.client_config import ClientConfig, ClientParameters
    from linkerd.router.securing import ClientSecurities
    from linkerd.router.service_config import ServiceConfig, ServiceParameters
    from linkerd.telemetry.metrics import Scope


@attrs.frozen
class ClientPolicy:
    """What a client is built from. `attempt_timeout_s`: 0.0 is no limit.

    `pipelined` is how many calls a connection carries at once. `proxy_protocol`: the version of the
    header that raw connections begin with, 0 for none. `ttwitter`: connections ask for
    TTwitter's upgrade. `secure` makes the security of the client's connections, which counts in the
    client's scope; it raises `BadServerName`. None is plain text.
    """

    balancer: BalancerConfig
    accrual: AccrualConfig
    requeues: BudgetConfig
    connect_timeout_s: float
    attempt_timeout_s: float = 0.0
    session: SessionTimes | None = None
    pool: tuple[int, int] | None = None
    show_certificate: Callable[[Certificate], bytes] | None = None
    socket_options: SocketOptions = DEFAULT_OPTIONS
    fail_fast: bool = False
    ttwitter: bool = False
    pipelined: int = 1
    proxy_protocol: int = 0
    secure: Callable[[Scope], Security | None] | None = None


@attrs.frozen
class ServicePolicy:
    """What a service is built from; `backoff` is None where retries do not wait.

    `total_timeout_s`: 0.0 is no limit.
    """

    classifier: ResponseClassifier
    budget: BudgetConfig
    backoff: Backoff | None
    max_retries: int
    total_timeout_s: float = 0.0


def client_policies(
    config: ClientConfig, securities: ClientSecurities
) -> Callable[[Path], ClientPolicy]:
    """What tells the policy of a client by its id."""

    def policy(client_id: Path) -> ClientPolicy:
        parameters = config.parameters(client_id)
        return client_policy(parameters, securities.of(client_id, parameters.tls))

    return policy


def service_policies(config: ServiceConfig) -> Callable[[Path], ServicePolicy]:
    """What tells the policy of a service by its name."""
    return lambda name: service_policy(config.parameters(name))


def client_policy(
    config: ClientParameters,
    secure: Callable[[Scope], Security | None] | None = None,
) -> ClientPolicy:
    """The policy of a client with these parameters."""
    return ClientPolicy(
        config.load_balancer,
        config.failure_accrual,
        config.requeue_budget,
        config.connect_timeout_ms / 1000.0,
        session=session_of(config),
        pool=pool_of(config),
        show_certificate=certificates_of(config),
        attempt_timeout_s=limit_s(config.request_attempt_timeout_ms),
        socket_options=config.socket_options,
        fail_fast=config.fail_fast,
        ttwitter=config.attempt_t_twitter_upgrade,
        pipelined=config.pipelined_calls,
        proxy_protocol=PROXY_VERSIONS[config.send_proxy_protocol],
        secure=secure,
    )


def session_of(config: ClientParameters) -> SessionTimes | None:
    """How long connections to endpoints last; None is for ever."""
    session = config.client_session
    pool = config.host_connection_pool
    times = SessionTimes(
        seconds(session.idle_time_ms),
        seconds(session.life_time_ms),
        pool.min_size,
        seconds(pool.idle_time_ms),
    )
    limited = times[:2] != SessionTimes()[:2] or pool.idle_time_ms is not None
    return times if limited or pool_of(config) is not None else None


def pool_of(config: ClientParameters) -> tuple[int, int] | None:
    """How many connections an endpoint has and how many requests wait; None is any number."""
    pool = config.host_connection_pool
    return None if pool.max_size == UNBOUNDED else (pool.max_size, pool.max_waiters)


def seconds(milliseconds: int | None) -> float:
    """A time that may not be limited."""
    return FOR_EVER if milliseconds is None else milliseconds / 1000.0


def certificates_of(config: ClientParameters) -> Callable[[Certificate], bytes] | None:
    """What writes the certificates of clients down, if that is wanted."""
    if not config.forward_client_cert:
        return None
    # It takes a library with it that is not needed otherwise.
    from linkerd.router.client_cert import show_certificate

    return show_certificate


def service_policy(config: ServiceParameters) -> ServicePolicy:
    """The policy of a service with these parameters."""
    retries = config.retries
    return ServicePolicy(
        config.response_classifier.mk(),
        retries.budget,
        retries.backoff.mk() if retries.backoff is not None else None,
        retries.max_per_request,
        limit_s(config.total_timeout_ms),
    )
