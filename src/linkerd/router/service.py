"""What is known about one logical name as its callers see it: policy, budget and statistics.

Shared by all routes of the name (one for each local dtab in use); owned by the router, closed with
the last of those routes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.telemetry.request_stats import RequestStats

if TYPE_CHECKING:
    from linkerd.backoff.base import Backoff
    from linkerd.classifier.base import ResponseClassifier
    from linkerd.name.path import Path
    from linkerd.net.relay_stats import ConnectionStats
    from linkerd.retry.budget import RetryBudget
    from linkerd.router.method_stats import MethodStats
    from linkerd.telemetry.metrics import Scope


class RetryPolicy:
    """How often a request may be tried again: at most `limit` times, each paid from the budget.

    `backoff` is None where there is no wait between tries.
    """

    __slots__ = ("backoff", "budget", "limit")

    def __init__(self, budget: RetryBudget, backoff: Backoff | None, limit: int) -> None:
        self.budget = budget
        self.backoff = backoff
        self.limit = limit


class Service:
    """A logical name, e.g. `/svc/web`. `total_timeout_s`: for each request; 0.0 is no limit.

    `methods` are counted apart where the protocol has such, by name; `connections` are what is
    counted of those where they are all there is.
    """

    __slots__ = (
        "budget_exhausted",
        "classifier",
        "connections",
        "methods",
        "name",
        "path",
        "per_request",
        "retry",
        "scope",
        "stats",
        "total",
        "total_timeout_s",
        "uses",
    )

    def __init__(
        self,
        path: Path,
        scope: Scope,
        classifier: ResponseClassifier,
        retry: RetryPolicy,
        total_timeout_s: float = 0.0,
    ) -> None:
        self.path = path
        self.name = path.show()
        self.scope = scope.scope("service", self.name.lstrip("/"))
        self.classifier = classifier
        self.retry = retry
        self.total_timeout_s = total_timeout_s
        self.stats = RequestStats(self.scope)
        self.methods: dict[bytes, MethodStats] = {}
        self.connections: ConnectionStats | None = None
        self.total = self.scope.counter("retries", "total")
        self.budget_exhausted = self.scope.counter("retries", "budget_exhausted")
        self.per_request = self.scope.stat("retries", "per_request")
        self.uses = 0

    def answered_with(self, code: str) -> None:
        """Count an answer of ours by its code, `errors/L5D-nnnn`."""
        self.scope.counter("errors", code).value += 1
