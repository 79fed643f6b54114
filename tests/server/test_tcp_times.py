"""How long raw connections last."""

from __future__ import annotations

from tests.router.streams import RESET, TcpCase


class TimesTest(TcpCase):
    def test_one_in_which_nothing_moves_is_reset_on_both_sides(self) -> None:
        client, peer = self.joined(
            servers=[{"port": 4140, "serverSession": {"idleTimeMs": 10_000}}]
        )
        for _ in range(3):
            self.bench.advance(8.0)
            self.do(client.send(b"x"))
            self.bench.advance(8.0)
            self.do(peer.send(b"y"))
        self.bench.advance(8.0)
        self.assertIsNone(client.lost)
        self.bench.advance(4.0)
        self.assertEqual((client.lost, peer.lost), (RESET, RESET))
        self.assertEqual(self.causes(), {"idle": 1})

    def test_one_that_is_too_old_is_reset_however_busy(self) -> None:
        client, peer = self.joined(
            servers=[{"port": 4140, "serverSession": {"lifeTimeMs": 20_000}}]
        )
        for _ in range(22):
            client.send(b"x")
            self.bench.advance(1.0)
        self.assertEqual((client.lost, peer.lost), (RESET, RESET))
        self.assertEqual(self.causes(), {"lifetime": 1})

    def test_a_client_that_takes_nothing_may_stay_until_then(self) -> None:
        client, peer = self.joined()
        client.pause()
        peer.send(b"x" * 500_000)
        self.bench.advance(600.0)
        self.assertIsNone(peer.lost)
