"""`none`: an endpoint lives whatever happens."""

from __future__ import annotations

import random  # noqa: TID251  # seeded here

import pytest
from tests.contracts.accrual import accrual_contract

from linkerd.accrual.none import NoneConfig


@pytest.mark.parametrize("rule", accrual_contract(NoneConfig().mk))
def test_contract(rule):
    rule()


def test_never():
    policy = NoneConfig().mk(random.Random(1)).make()
    assert {policy.mark_dead_on_failure(float(i)) for i in range(1000)} == {-1.0}
    assert policy.show() == "none"
