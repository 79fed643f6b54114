"""What is shown of each endpoint, and that looking changes nothing."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Any

from tests.router.playbook import GET, OK, Playbook, PlaybookCase

from linkerd.name.addr import AddrBound, Address
from linkerd.overview.endpoints import SORTED, EndpointViews

if TYPE_CHECKING:
    from linkerd.admin.view import EndpointView

FIVE_S = {"kind": "constant", "ms": 5000}


def views(play: Playbook) -> EndpointViews:
    return EndpointViews(play.the_client(), play.runtime.clock, play.runtime.wall)


class Endpoints(PlaybookCase):
    def play_with(self, **section: Any) -> Playbook:
        return self.play(client={"kind": "io.l5d.global", **section})

    def the_view(self, play: Playbook) -> EndpointView:
        (view,) = views(play)
        return view

    def test_at_work_and_at_rest(self) -> None:
        play = self.play()
        server = play.web()
        play.client(GET)
        view = self.the_view(play)
        self.assertEqual((view.address, view.status, view.reason), ("127.0.0.1:80", "open", ""))
        self.assertEqual((view.pending, view.load), (1, 1))
        self.assertEqual((view.connections, view.idle, view.waiting), (1, 0, 0))
        self.assertEqual((view.dead_for, view.until, view.failures_in_a_row), (None, None, 0))
        play.say(server.peer, OK)
        view = self.the_view(play)
        self.assertEqual((view.pending, view.connections, view.idle), (0, 1, 1))

    def test_dead_then_probing(self) -> None:
        play = self.play_with(
            failureAccrual={"kind": "io.l5d.consecutiveFailures", "failures": 5, "backoff": FIVE_S}
        )
        play.bind("web", 80)
        play.client(GET)
        view = self.the_view(play)
        self.assertEqual((view.status, view.failures_in_a_row), ("dead", 5))
        self.assertEqual(view.reason, "5 failures in a row")
        assert view.dead_for is not None
        assert view.until is not None
        self.assertTrue(4.9 < view.dead_for <= 5.0, view.dead_for)
        self.assertAlmostEqual(view.until, play.runtime.wall() + view.dead_for)
        play.advance(5.2)
        view = self.the_view(play)
        self.assertEqual((view.status, view.dead_for, view.until), ("probing", None, None))
        self.assertEqual(view.reason, "5 failures in a row; the next request is its probe")
        play.the_endpoint().started()
        self.assertIn("its probe is under way", self.the_view(play).reason)
        play.the_endpoint().succeeded(play.runtime.clock())
        self.assertEqual((self.the_view(play).status, self.the_view(play).reason), ("open", ""))

    def test_the_time_counts_and_not_the_timer(self) -> None:
        play = self.play()
        play.bind("web", 80)
        play.client(GET)
        accrual = play.the_endpoint().accrual
        (view,) = EndpointViews(play.the_client(), lambda: accrual.until, play.runtime.wall)
        self.assertEqual(view.status, "probing")
        self.assertTrue(accrual.is_busy())

    def test_success_rates(self) -> None:
        for kind, more, over in (
            ("io.l5d.successRate", {"requests": 5}, "5 requests"),
            ("io.l5d.successRateWindowed", {"window": 5}, "5 s"),
        ):
            play = self.play_with(failureAccrual={"kind": kind, "successRate": 0.9, **more})
            play.web(OK)
            play.client(GET)
            endpoint = play.the_endpoint()
            self.assertEqual(self.the_view(play).success_rate, 1.0)
            self.assertIsNone(self.the_view(play).failures_in_a_row)
            for _ in range(8):
                play.advance(1.0)
                endpoint.failed(play.runtime.clock())
            view = self.the_view(play)
            assert view.success_rate is not None
            self.assertEqual(view.status, "dead")
            self.assertRegex(view.reason, rf"^success rate 0\.\d\d over {over}, below 0\.9$")

    def test_without_failure_accrual(self) -> None:
        play = self.play_with(failureAccrual={"kind": "none"})
        play.web(OK)
        play.client(GET)
        view = self.the_view(play)
        self.assertEqual((view.failures_in_a_row, view.success_rate), (None, None))

    def test_fail_fast(self) -> None:
        play = self.play_with(failFast=True)
        play.bind("web", 80)
        play.client(GET)
        view = self.the_view(play)
        self.assertEqual((view.status, view.reason), ("down", "connection refused"))
        assert view.dead_for is not None
        self.assertTrue(0.0 < view.dead_for <= 2.0, view.dead_for)
        play.the_endpoint().down.deadline = 0.0  # type: ignore[union-attr]
        view = self.the_view(play)
        self.assertEqual(view.reason, "connection refused; being tried again")
        self.assertEqual((view.status, view.until), ("down", None))

    def test_ewma_is_in_milliseconds_and_does_not_fade_by_being_looked_at(self) -> None:
        play = self.play_with(loadBalancer={"kind": "ewma", "decayTimeMs": 1000})
        play.web(OK)
        play.client(GET)
        endpoint = play.the_endpoint()
        endpoint.cost, endpoint.stamp, endpoint.pending = 0.25, play.runtime.clock(), 2
        play.advance(1.0)
        before = (endpoint.cost, endpoint.stamp)
        view = self.the_view(play)
        assert view.latency_ms is not None
        assert view.load is not None
        self.assertAlmostEqual(view.latency_ms, 250.0 * exp(-1.0), 1)
        self.assertAlmostEqual(view.load, 3 * view.latency_ms)
        self.assertEqual((endpoint.cost, endpoint.stamp), before)
        endpoint.cost = 0.0
        view = self.the_view(play)
        self.assertEqual((view.load, view.latency_ms), (None, None))
        endpoint.pending = 0

    def test_the_aperture(self) -> None:
        play = self.play_with(loadBalancer={"kind": "aperture"})
        play.web(OK)
        play.client(GET)
        play.bind("web", 80, 81, 82)
        self.assertEqual(
            sorted(view.in_aperture is True for view in views(play)), [False, False, True]
        )

    def test_round_robin_knows_no_load(self) -> None:
        play = self.play_with(loadBalancer={"kind": "roundRobin"})
        play.web(OK)
        play.client(GET)
        self.assertIsNone(self.the_view(play).load)

    def test_those_who_wait_for_a_connection(self) -> None:
        play = self.play_with(hostConnectionPool={"maxSize": 1})
        play.web()
        for _ in range(3):
            play.client(GET)
        view = self.the_view(play)
        self.assertEqual((view.pending, view.connections, view.waiting), (3, 1, 2))

    def test_in_order_each_when_it_is_asked_for(self) -> None:
        play = self.play()
        play.bind("web", 82)
        play.client(GET)
        play.bind("web", 82, 80, 81)
        found = views(play)
        names = [f"127.0.0.1:{port}" for port in (80, 81, 82)]
        self.assertEqual([each.address for each in found], names)
        self.assertEqual([each.address for each in found[1:]], names[1:])
        self.assertEqual((len(found), found[0].pending), (3, 0))
        play.the_endpoint(80).pending = 5
        self.assertEqual(found[0].pending, 5)
        play.the_endpoint(80).pending = 0

    def test_too_many_to_be_put_in_order(self) -> None:
        play = self.play()
        play.web(OK)
        play.client(GET)
        wanted = {Address(f"127.1.{i >> 8}.{i & 255}", 80) for i in range(SORTED + 1)}
        play.addresses("web", AddrBound(frozenset(wanted)))
        for _ in range(20):
            play.advance(0.01)
        self.assertEqual(len({each.address for each in views(play)}), SORTED + 1)
