"""The retry budget: Finagle's numbers and the rules of its ten slices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.retry.budget import (
    BudgetConfig,
    RetryBudget,
    share_for_one,
    share_in_range,
    ttl_in_range,
)


def withdrawals(budget, now):
    """Withdraw until it is refused; give how often it was allowed."""
    n = 0
    while budget.try_withdraw(now):
        n += 1
    return n


def deposits(budget, now, n):
    for _ in range(n):
        budget.deposit(now)


def test_the_default_reserve_is_a_hundred_retries():
    budget = RetryBudget()
    assert budget.balance(0.0) == 100
    assert withdrawals(budget, 0.0) == 100
    assert budget.balance(0.0) == 0


def test_five_requests_pay_for_one_retry():
    budget = RetryBudget(min_per_s=0)
    deposits(budget, 0.0, 4)
    assert not budget.try_withdraw(0.0)
    budget.deposit(0.0)
    assert budget.balance(0.0) == 1
    assert budget.try_withdraw(0.0)
    assert not budget.try_withdraw(0.0)


@pytest.mark.parametrize(
    ("percent", "cost"),
    [(0.2, 5000), (0.75, 1333), (0.3, 3333), (0.1, 10_000), (1.0, 1000), (2.0, 500), (1000.0, 1)],
)
def test_what_a_retry_costs(percent, cost):
    budget = RetryBudget(percent=percent)
    assert budget.cost == cost
    assert budget.reserve == 100 * cost


def test_three_quarters_is_a_little_generous():
    budget = RetryBudget(min_per_s=0, percent=0.75)
    deposits(budget, 0.0, 4000)
    assert withdrawals(budget, 0.0) == 3000  # 4,000,000 // 1333, not 2999
    assert budget.balance(0.0) == 0


def test_only_the_reserve():
    budget = RetryBudget(ttl_s=2, min_per_s=3, percent=0.0)
    deposits(budget, 0.0, 1000)
    assert withdrawals(budget, 0.0) == 6


def test_the_empty_budget_never_allows():
    budget = RetryBudget(min_per_s=0, percent=0.0)
    for second in range(100):
        deposits(budget, float(second), 1000)
        assert budget.balance(float(second)) == 0
        assert not budget.try_withdraw(float(second))


def test_withdrawals_are_forgotten_too():
    budget = RetryBudget()
    assert withdrawals(budget, 0.0) == 100
    assert not budget.try_withdraw(9.9)
    assert withdrawals(budget, 20.0) == 100


def test_a_refused_withdrawal_costs_nothing():
    budget = RetryBudget(min_per_s=0)
    deposits(budget, 0.0, 4)
    assert not any(budget.try_withdraw(0.0) for _ in range(10))
    budget.deposit(0.0)
    assert budget.try_withdraw(0.0)


def test_an_amount_touched_every_slice_lives_ten_slices():
    budget = RetryBudget(min_per_s=0, percent=1.0)
    budget.deposit(0.0)
    balances = [budget.balance(float(second)) for second in range(12)]
    assert balances == [1] * 10 + [0, 0]


def test_a_deposit_late_in_its_slice_lives_nine_slices_and_a_bit():
    budget = RetryBudget(min_per_s=0, percent=1.0)
    budget.balance(0.0)
    budget.deposit(0.99)
    for second in range(1, 10):
        assert budget.balance(float(second)) == 1
    assert budget.balance(10.0) == 0


@pytest.mark.parametrize("slices", range(1, 10))
@pytest.mark.parametrize("begun_ms", [0, 100, 300, 1000, 123_456])
@pytest.mark.parametrize("ttl_s", [1, 3, 10])
def test_a_pause_of_whole_slices_skips_all_of_them(ttl_s, begun_ms, slices):
    """Though 0.3 s / 0.1 s is 2.9999 by floats, and 10.1 s - 4.1 s less than 6 s."""
    budget = RetryBudget(ttl_s, 0, 1.0, begun_ms / 1000)
    budget.deposit(begun_ms / 1000)
    paused_ms = begun_ms + slices * ttl_s * 100
    budget.deposit(paused_ms / 1000)
    left = (9 - slices) * ttl_s * 100
    assert budget.balance((paused_ms + left) / 1000) == 2
    assert budget.balance((begun_ms + ttl_s * 1000) / 1000) == 1


def test_the_first_slice_begins_with_the_budget():
    budget = BudgetConfig(min_retries_per_sec=0, percent_can_retry=1.0).mk(5.0)
    budget.deposit(5.9)
    assert [budget.balance(now) for now in (6.0, 15.0)] == [1, 0]


@pytest.mark.parametrize(
    ("touched", "balance"), [(0.5, 1), (1.0, 1), (5.0, 1), (9.99, 1), (10.0, 0), (1000.0, 0)]
)
def test_a_pause_skips_slices(touched, balance):
    budget = RetryBudget(min_per_s=0, percent=1.0)
    budget.deposit(0.0)
    assert budget.balance(touched) == balance


def test_a_slice_begins_when_it_is_touched():
    budget = RetryBudget(min_per_s=0, percent=1.0)
    budget.deposit(0.0)
    # Each touch comes 1.9 slices after the last and closes one slice only.
    touches = [1.9 * i for i in range(1, 12)]
    assert [budget.balance(now) for now in touches] == [1] * 9 + [0] * 2


def test_a_pause_forgets_the_oldest_first():
    budget = RetryBudget(min_per_s=0, percent=1.0)
    budget.balance(0.0)
    for second in range(5):
        budget.deposit(float(second))
    assert budget.balance(9.0) == 5
    assert [budget.balance(10.0 + i) for i in range(6)] == [4, 3, 2, 1, 0, 0]


def test_the_slice_is_a_tenth_of_the_window():
    budget = RetryBudget(ttl_s=60, min_per_s=0, percent=1.0)
    budget.deposit(0.0)
    assert budget.balance(59.9) == 1
    budget = RetryBudget(ttl_s=1, min_per_s=0, percent=1.0)
    budget.deposit(0.0)
    assert budget.balance(1.0) == 0


def test_a_clock_that_begins_anywhere():
    budget = RetryBudget(min_per_s=0, percent=1.0)
    budget.deposit(1_000_000.0)
    assert budget.balance(1_000_000.0) == 1
    assert budget.balance(1_000_010.0) == 0


def test_a_balance_below_zero_truncates_towards_zero():
    budget = RetryBudget(min_per_s=0, percent=0.2)
    deposits(budget, 0.0, 10)
    budget.balance(5.0)
    assert budget.try_withdraw(5.0)
    assert budget.try_withdraw(5.0)
    # The deposits are forgotten before the withdrawals they paid for.
    for second in range(6, 16):
        budget.balance(float(second))
        if budget.past + budget.current < 0:
            break
    assert budget.balance(float(second)) == -2
    assert not budget.try_withdraw(float(second))
    budget.deposit(float(second))
    assert budget.balance(float(second)) == -1


steps = st.lists(st.tuples(st.floats(0.0, 4.0), st.sampled_from(("deposit", "withdraw"))))


@given(steps)
def test_the_running_sum_is_the_sum(taken):
    budget = RetryBudget(ttl_s=3, min_per_s=1, percent=0.5)
    now = 0.0
    for wait, what in taken:
        now += wait
        if what == "deposit":
            budget.deposit(now)
        else:
            budget.try_withdraw(now)
        assert budget.past == sum(budget.ring)
        assert len(budget.ring) == 9


@pytest.mark.parametrize(
    "arguments",
    [
        {"ttl_s": 0},
        {"ttl_s": 61},
        {"min_per_s": -1},
        {"percent": -0.1},
        {"percent": 1000.1},
        {"percent": float("nan")},
    ],
)
def test_numbers_out_of_range(arguments):
    with pytest.raises(ValueError, match="must"):
        RetryBudget(**arguments)


def test_the_checks_of_the_configuration():
    assert [ttl_in_range(n) is None for n in (0, 1, 60, 61)] == [False, True, True, False]
    assert [share_in_range(n) is None for n in (-0.1, 0, 1000, 1001)] == [False, True, True, False]


def test_configuration():
    assert BudgetConfig().mk(0.0).balance(0.0) == 100
    budget = BudgetConfig(min_retries_per_sec=2, percent_can_retry=0.5, ttl_secs=5).mk(0.0)
    assert (budget.balance(0.0), budget.cost, budget.slice_ms) == (10, 2000, 500)
    assert "reserve=20000" in repr(budget)


@pytest.mark.parametrize(("balance", "share"), [(0, 0), (1, 1), (5, 1), (6, 2), (100, 20)])
def test_one_request_may_have_a_fifth(balance, share):
    assert share_for_one(balance) == share
