"""Connections outside the window of `aperture`: closed in time, whether requests come or not."""

from __future__ import annotations

from tests.router.playbook import GET, OK, Playbook, PlaybookCase

from linkerd.balancer.aperture import Aperture

EXPIRED = "client/#/fake/web/loadbalancer/expired"


class Expiries(PlaybookCase):
    def started(self) -> tuple[Playbook, Aperture]:
        """Two endpoints with idle connections, one of them outside the window since 3 s."""
        balancing = {"kind": "aperture", "smoothWindowMs": 1000, "lowLoad": 0.01}
        play = self.play(client={"loadBalancer": balancing})
        play.bind("web", 80, 81)
        for port in (80, 81):
            play.serve(port, OK)
        play.client(GET)
        balancer = play.the_client().balancer
        assert isinstance(balancer, Aperture)
        play.advance(3.0)
        balancer.aperture = 2
        for _ in range(10):
            play.client(GET)
        balancer.aperture = 1
        self.assertEqual(self.idle(balancer), [1, 1])
        return play, balancer

    def idle(self, balancer: Aperture) -> list[int]:
        return [len(endpoint.idle) for endpoint in balancer.endpoints]  # type: ignore[attr-defined]

    def test_without_requests(self) -> None:
        play, balancer = self.started()
        play.advance(11.9)  # the looks are at 5, 10 and 15 s
        self.assertEqual(self.idle(balancer), [1, 1])
        play.advance(0.2)
        self.assertEqual(self.idle(balancer), [1, 0])
        self.assertEqual(play.number(EXPIRED), 1)

    def test_requests_for_others_change_nothing(self) -> None:
        play, balancer = self.started()
        for _ in range(23):
            play.advance(0.5)
            play.client(GET)
        self.assertEqual(self.idle(balancer), [1, 1])
        play.advance(0.7)
        self.assertEqual(self.idle(balancer), [1, 0])

    def test_it_ends_with_the_client(self) -> None:
        play, _ = self.started()
        client = play.the_client()
        assert client.expiry is not None
        self.assertTrue(client.expiry.turn.active())
        client.close()
        self.assertFalse(client.expiry.turn.active())

    def test_other_balancers_have_none(self) -> None:
        play = self.play()
        play.web(OK)
        play.client(GET)
        self.assertIsNone(play.the_client().expiry)
