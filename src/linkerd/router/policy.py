"""The policies in force for a router's clients and services, as values ready for use.

In come the parameters that the `client` and `service` sections have for a name, out go the parts
that one client or service is built from. Made by the router's `build` each time one is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from linkerd.net.socket_options import DEFAULT_OPTIONS, SocketOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.x509 import Certificate

    from linkerd.accrual.base import AccrualConfig
    from linkerd.backoff.base import Backoff
    from linkerd.balancer.base import BalancerConfig
    from linkerd.classifier.base import ResponseClassifier
    from linkerd.client.session import SessionTimes
    from linkerd.net.security import Security
    from linkerd.retry.budget import BudgetConfig
    from linkerd.telemetry.metrics import Scope


@attrs.frozen
class ClientPolicy:
    """What a client is built from. `attempt_timeout_s`: 0.0 is no limit.

    `secure` makes the security of the client's connections, which counts in the client's scope; it
    raises `BadServerName`. None is plain text.
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
