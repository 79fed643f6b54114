"""The classifier of a service that has none: any response is good, any error is not."""

from __future__ import annotations

import pytest
from tests.contracts.classifier import ERRORS, classifier_contract

from linkerd.classifier.base import FAILURE, SUCCESS, ClassifierConfig, ResponseClassifier


@pytest.mark.parametrize("rule", classifier_contract(ResponseClassifier))
def test_contract(rule):
    rule()


def test_responses_are_good_and_errors_are_not():
    classifier = ResponseClassifier()
    assert {classifier.response(b"GET", s, True, True, False) for s in range(100, 600)} == {SUCCESS}
    assert {classifier.error(b"GET", kind, False) for kind in ERRORS} == {FAILURE}


def test_a_kind_must_make_one():
    with pytest.raises(NotImplementedError):
        ClassifierConfig().mk()
