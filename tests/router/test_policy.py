from __future__ import annotations

import attrs
import pytest

from linkerd.accrual.consecutive_failures import DEFAULT_ACCRUAL
from linkerd.balancer.p2c import P2cConfig
from linkerd.retry.budget import BudgetConfig
from linkerd.router.policy import ClientPolicy


def test_policies_are_values() -> None:
    one = ClientPolicy(P2cConfig(), DEFAULT_ACCRUAL, BudgetConfig(), 1.0)
    assert one == ClientPolicy(P2cConfig(), DEFAULT_ACCRUAL, BudgetConfig(), 1.0)
    assert one != attrs.evolve(one, connect_timeout_s=2.0)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        one.connect_timeout_s = 2.0  # type: ignore[misc]
