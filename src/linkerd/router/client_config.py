"""The `client` section: how a router's requests go to endpoints.

The binder makes a `ClientConfig`; the router's `build` makes a `ClientPolicy` of it.
"""

from __future__ import annotations

from typing import ClassVar

import attrs

from linkerd.accrual.base import AccrualConfig
from linkerd.accrual.consecutive_failures import DEFAULT_ACCRUAL
from linkerd.balancer.base import BalancerConfig
from linkerd.balancer.p2c import P2cConfig
from linkerd.config.option import at_least_one, option
from linkerd.config.section import Plugin
from linkerd.retry.budget import BudgetConfig


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
        check=at_least_one,
        differs="Linkerd 1 has no such key; its limit is fixed at 1 s.",
    )


@attrs.frozen(kw_only=True)
class GlobalClientConfig(ClientConfig):
    """The same for all clients of the router."""

    kind: ClassVar[str] = "io.l5d.global"
    summary: ClassVar[str] = "One set of parameters for every client."
