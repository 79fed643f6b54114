"""What every response classifier does, whatever its kind.

In: a function that makes a classifier. Out: rules to parametrize a test with.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product

import pytest

from linkerd.classifier.base import (
    CLOSED,
    CONNECT,
    FAILURE,
    FRAMING,
    OTHER,
    RETRYABLE,
    SUCCESS,
    TIMEOUT,
    WRITE,
    ResponseClassifier,
)

Make = Callable[[], ResponseClassifier]

METHODS = (
    b"GET",
    b"HEAD",
    b"OPTIONS",
    b"TRACE",
    b"PUT",
    b"DELETE",
    b"POST",
    b"PATCH",
    b"CONNECT",
    b"PROPFIND",
    b"get",
)
ERRORS = (OTHER, TIMEOUT, WRITE, CLOSED, FRAMING, CONNECT)
FLAGS = tuple(product((False, True), repeat=2))


def what_is_no_5xx_is_success(make: Make) -> None:
    classifier = make()
    others = (*range(100, 500), *range(600, 1000))
    for method, status, (nack, marked) in product(METHODS, others, FLAGS):
        assert classifier.response(method, status, nack, marked, False) == SUCCESS
        assert classifier.response(method, status, nack, marked, True) == SUCCESS


def an_error_is_never_success(make: Make) -> None:
    classifier = make()
    for method, kind in product(METHODS, ERRORS):
        assert classifier.error(method, kind, False) in (FAILURE, RETRYABLE)


def what_was_streamed_is_never_retryable(make: Make) -> None:
    classifier = make()
    for method, status, (nack, marked) in product(METHODS, range(500, 600), FLAGS):
        assert classifier.response(method, status, nack, marked, True) != RETRYABLE
    for method, kind in product(METHODS, ERRORS):
        assert classifier.error(method, kind, True) == FAILURE


def a_streamed_body_changes_nothing_else(make: Make) -> None:
    classifier = make()
    for method, status in product(METHODS, range(100, 600)):
        kept = classifier.response(method, status, False, False, False)
        streamed = classifier.response(method, status, False, False, True)
        assert streamed == (FAILURE if kept == RETRYABLE else kept)


def an_unknown_error_is_not_retryable(make: Make) -> None:
    classifier = make()
    for method in METHODS:
        assert classifier.error(method, OTHER, False) == FAILURE


RULES = (
    what_is_no_5xx_is_success,
    an_error_is_never_success,
    what_was_streamed_is_never_retryable,
    a_streamed_body_changes_nothing_else,
    an_unknown_error_is_not_retryable,
)


def classifier_contract(make: Make) -> list[object]:
    """Give the rules, bound to one kind, as parameters of a test."""
    return [pytest.param(partial(rule, make), id=rule.__name__) for rule in RULES]
