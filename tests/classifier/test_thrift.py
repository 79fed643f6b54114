"""What the ends of Thrift calls mean."""

from __future__ import annotations

import pytest

from linkerd.classifier.base import CLOSED, FAILURE, RETRYABLE, SUCCESS
from linkerd.classifier.thrift import (
    APPLICATION_EXCEPTION,
    ThriftClassifier,
    ThriftClassifierConfig,
)
from linkerd.wire.thrift_result import SUCCESS as VALUE
from linkerd.wire.thrift_result import VOID


@pytest.mark.parametrize(
    ("strict", "method", "status", "streamed", "verdict"),
    [
        (False, b"get", VALUE, False, SUCCESS),
        (False, b"get", VOID, False, SUCCESS),
        (False, b"get", 1, False, SUCCESS),
        (True, b"get", 1, False, RETRYABLE),
        (True, b"set", 1, False, FAILURE),
        (False, b"get", APPLICATION_EXCEPTION, False, RETRYABLE),
        (False, b"get", APPLICATION_EXCEPTION, True, FAILURE),
        (False, b"set", APPLICATION_EXCEPTION, False, FAILURE),
    ],
)
def test_answers(strict: bool, method: bytes, status: int, streamed: bool, verdict: int) -> None:
    classifier = ThriftClassifier(["get"], strict)
    assert classifier.response(method, status, False, False, streamed) == verdict


def test_errors() -> None:
    classifier = ThriftClassifierConfig(idempotent_methods=("get",)).mk()
    assert classifier.error(b"get", CLOSED, False) == RETRYABLE
    assert classifier.error(b"get", CLOSED, True) == FAILURE
    assert classifier.error(b"set", CLOSED, False) == FAILURE
