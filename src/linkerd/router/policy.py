"""The policies in force for a router's clients and services, as values ready for use.

In come the `client` and `service` sections, out go the parts that the caches build from. Made once
by the router's configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from linkerd.accrual.base import AccrualConfig
    from linkerd.backoff.base import Backoff
    from linkerd.balancer.base import BalancerConfig
    from linkerd.classifier.base import ResponseClassifier
    from linkerd.retry.budget import BudgetConfig


@attrs.frozen
class ClientPolicy:
    """What a client is built from."""

    balancer: BalancerConfig
    accrual: AccrualConfig
    requeues: BudgetConfig
    connect_timeout_s: float


@attrs.frozen
class ServicePolicy:
    """What a service is built from; `backoff` is None where retries do not wait."""

    classifier: ResponseClassifier
    budget: BudgetConfig
    backoff: Backoff | None
    max_retries: int
