from __future__ import annotations

from linkerd.classifier.base import ResponseClassifier
from linkerd.name.path import Path
from linkerd.retry.budget import RetryBudget
from linkerd.router.service import RetryPolicy, Service
from linkerd.telemetry.metrics import Scope


def test_a_service_counts_under_its_name() -> None:
    metrics = Scope()
    policy = RetryPolicy(RetryBudget(), None, 10)
    service = Service(Path.read("/svc/a/b"), metrics, ResponseClassifier(), policy)
    assert service.name == "/svc/a/b"
    assert service.scope.labels() == ("service", "svc/a/b")
    service.total.value += 1
    assert metrics.counter("service", "svc/a/b", "retries", "total").value == 1
    assert service.retry.limit == 10


def test_answers_of_ours_are_counted_by_their_code() -> None:
    metrics = Scope()
    policy = RetryPolicy(RetryBudget(), None, 10)
    service = Service(Path.read("/svc/a"), metrics, ResponseClassifier(), policy)
    for _ in range(2):
        service.answered_with("L5D-1101")
    assert metrics.counter("service", "svc/a", "errors", "L5D-1101").value == 2


def test_a_name_of_any_bytes_has_a_name_of_characters() -> None:
    policy = RetryPolicy(RetryBudget(), None, 10)
    service = Service(Path((b"svc", b"\xff/")), Scope(), ResponseClassifier(), policy)
    assert service.name.isascii()
