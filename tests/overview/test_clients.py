"""What is shown of one client as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.router.playbook import GET, OK, Playbook, PlaybookCase

from linkerd.admin.view import BalancerView, PoolView
from linkerd.name.addr import ADDR_PENDING, Addr, AddrBound, Address, AddrFailed
from linkerd.overview.clients import balance, client_view
from linkerd.retry.budget import RetryBudget

if TYPE_CHECKING:
    from linkerd.admin.view import ClientView


def shown(play: Playbook) -> ClientView:
    return client_view(play.the_client(), play.router, play.runtime)


class Clients(PlaybookCase):
    def client_of(self, addr: Addr | None = None, **section: Any) -> ClientView:
        play = self.play(client={"kind": "io.l5d.global", **section})
        play.web(OK)
        play.client(GET)
        if addr is not None:
            play.addresses("web", addr)
        return shown(play)

    def test_the_balancer(self) -> None:
        for section, expected in (
            ({}, BalancerView("p2c", "requests", 1, 1, 0)),
            ({"loadBalancer": {"kind": "ewma"}}, BalancerView("ewma", "ms", 1, 1, 0)),
            ({"loadBalancer": {"kind": "roundRobin"}}, BalancerView("roundRobin", "", 1, 1, 0)),
            (
                {"loadBalancer": {"kind": "aperture"}},
                BalancerView("aperture", "requests", 1, 1, 0, aperture=1),
            ),
        ):
            self.assertEqual(self.client_of(**section).balancer, expected)

    def test_different_weights_change_no_unit(self) -> None:
        weighted = frozenset([Address("127.0.0.1", 80, 2.0), Address("127.0.0.1", 81, 1.0)])
        client = self.client_of(AddrBound(weighted), loadBalancer={"kind": "ewma"})
        self.assertEqual(client.balancer, BalancerView("ewma", "ms", 2, 2, 0))

    def test_a_dead_endpoint_is_not_available(self) -> None:
        play = self.play()
        play.bind("web", 80)
        play.client(GET)
        self.assertEqual(shown(play).balancer, BalancerView("p2c", "requests", 1, 0, 1))

    def test_the_bounds_of_a_pool(self) -> None:
        for pool, expected in (({}, PoolView()), ({"maxSize": 4}, PoolView(4, None))):
            self.assertEqual(self.client_of(hostConnectionPool=pool).pool, expected)
        pool = {"maxSize": 4, "maxWaiters": 7}
        self.assertEqual(self.client_of(hostConnectionPool=pool).pool, PoolView(4, 7))

    def test_without_addresses(self) -> None:
        for addr, state in ((ADDR_PENDING, "Pending"), (AddrFailed("no DNS"), "Failed: no DNS")):
            play = self.play()
            play.addresses("web", addr)
            play.client(GET)
            self.assertEqual((shown(play).state, len(shown(play).endpoints)), (state, 0))

    def test_the_policy_is_what_was_written_for_it(self) -> None:
        written = {"failureAccrual": {"kind": "none"}}
        for section in (
            {"kind": "io.l5d.static", "configs": [{"prefix": "/#/fake", **written}]},
            {"kind": "io.l5d.global", **written},
        ):
            self.assertEqual(self.client_of(**section).policy(), written)

    def test_the_requeue_budget(self) -> None:
        self.assertEqual(self.client_of().requeue_budget, 100)


def test_reading_a_balance_leaves_the_budget_as_it_is() -> None:
    budget = RetryBudget()
    budget.deposit(0.5)
    assert budget.try_withdraw(0.5)
    before = (budget.started_ms, budget.index, budget.past, budget.current, list(budget.ring))
    assert [balance(budget, now) for now in (0.5, 20.0, 5.0)] == [99, 100, 99]
    assert (budget.started_ms, budget.index, budget.past, budget.current, budget.ring) == before
    assert balance(RetryBudget(min_per_s=2), 0.0) == 20
