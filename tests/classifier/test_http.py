"""Linkerd's table of HTTP classifiers, cell by cell."""

from __future__ import annotations

import pytest
from tests.contracts.classifier import ERRORS, METHODS, classifier_contract

from linkerd.classifier.base import FAILURE, OTHER, RETRYABLE, SUCCESS
from linkerd.classifier.http import (
    AllSuccessfulConfig,
    NonRetryable5XXConfig,
    RetryableAll5XXConfig,
    RetryableIdempotent5XXConfig,
    RetryableRead5XXConfig,
)

READ = {b"GET", b"HEAD", b"OPTIONS", b"TRACE"}
IDEMPOTENT = READ | {b"PUT", b"DELETE"}
RETRIED = {
    NonRetryable5XXConfig: set(),
    RetryableRead5XXConfig: READ,
    RetryableIdempotent5XXConfig: IDEMPOTENT,
    RetryableAll5XXConfig: IDEMPOTENT | {b"POST", b"PATCH"},
}
KINDS = [*RETRIED, AllSuccessfulConfig]


RULES = [
    pytest.param(*rule.values, id=f"{config.__name__}-{rule.id}")
    for config in KINDS
    for rule in classifier_contract(config().mk)
]


@pytest.mark.parametrize("rule", RULES)
def test_contract(rule):
    rule()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("config", RETRIED)
def test_5xx_by_method(config, method):
    classifier = config().mk()
    expected = RETRYABLE if method in RETRIED[config] else FAILURE
    for status in range(500, 600):
        assert classifier.response(method, status, False, False, False) == expected


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("config", RETRIED)
def test_errors_by_method(config, method):
    classifier = config().mk()
    for kind in ERRORS:
        retried = method in RETRIED[config] and kind != OTHER
        assert classifier.error(method, kind, False) == (RETRYABLE if retried else FAILURE)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("config", RETRIED)
def test_a_nack_may_be_sent_again_whatever_the_method(config, method):
    classifier = config().mk()
    assert classifier.response(method, 503, True, False, False) == RETRYABLE
    if method not in RETRIED[config]:
        assert classifier.response(method, 500, True, False, False) == FAILURE


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("config", RETRIED)
def test_l5d_retryable_holds_for_any_method(config, method):
    classifier = config().mk()
    for status in (500, 502, 503, 599):
        assert classifier.response(method, status, False, True, False) == RETRYABLE


def test_everything_is_good_that_answers():
    classifier = AllSuccessfulConfig().mk()
    for method in METHODS:
        for status in range(500, 600):
            assert classifier.response(method, status, True, True, False) == SUCCESS
        for kind in ERRORS:
            assert classifier.error(method, kind, False) == FAILURE


def test_the_kinds():
    assert {config.kind for config in KINDS} == {
        "io.l5d.http.nonRetryable5XX",
        "io.l5d.http.retryableRead5XX",
        "io.l5d.http.retryableIdempotent5XX",
        "io.l5d.http.retryableAll5XX",
        "io.l5d.http.allSuccessful",
    }
    assert {config.family for config in KINDS} == {"classifier"}
