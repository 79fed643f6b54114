"""Tunnels: bytes both ways, as fast as the slower side, with every end and every loss passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.router.playbook import Playbook, PlaybookCase
from tests.router.test_tunnelling import ASK, CONSENT, tunnel

from linkerd.router.tunnel import Tunnel

if TYPE_CHECKING:
    from tests.support.memory import Recorder, TestClient

COUNTED = ("open", "opened", "cut", "received_bytes", "sent_bytes")


def counted(play: Playbook) -> tuple[float, ...]:
    """What is counted of tunnels."""
    return tuple(play.number(f"server/127.0.0.1/4140/tunnels/{name}") for name in COUNTED)


class Ends(PlaybookCase):
    def setUp(self) -> None:
        super().setUp()
        self.bench = self.play()
        self.client: TestClient
        self.peer: Recorder
        self.client, self.peer = tunnel(self.bench)

    def do(self, *steps: object) -> None:
        self.bench.advance()

    def test_the_client_ends_first(self) -> None:
        self.client.send(b"ping")
        self.do(self.client.finish())
        self.assertEqual((self.peer.take(), self.peer.eof, self.peer.lost), (b"ping", True, None))
        self.do(self.peer.send(b"pong"))
        self.assertEqual((self.client.take(), self.client.eof), (b"pong", False))
        self.do(self.peer.close())
        self.assertEqual((self.client.lost, self.peer.lost), ("", ""))
        self.assertEqual(counted(self.bench), (0, 1, 0, 4, 4))

    def test_the_endpoint_ends_first(self) -> None:
        self.peer.send(b"pong")
        self.do(self.peer.finish())
        self.assertEqual((self.client.take(), self.client.eof), (b"pong", True))
        self.assertIsNone(self.client.lost)
        self.do(self.client.send(b"ping"))
        self.assertEqual((self.peer.take(), self.peer.eof), (b"ping", False))
        self.do(self.client.close())
        self.assertEqual((self.client.lost, self.peer.lost), ("", ""))
        self.assertEqual(counted(self.bench), (0, 1, 0, 4, 4))

    def test_both_end_at_once(self) -> None:
        self.client.send(b"a")
        self.peer.send(b"b")
        self.client.finish()
        self.do(self.peer.finish())
        self.assertEqual((self.client.take(), self.peer.take()), (b"b", b"a"))
        self.assertEqual((self.client.lost, self.peer.lost), ("", ""))
        self.assertEqual(counted(self.bench), (0, 1, 0, 1, 1))

    def test_a_reset_by_the_client(self) -> None:
        self.do(self.client.abort())
        self.assertEqual(self.peer.lost, "connection reset by peer")
        self.assertEqual(counted(self.bench), (0, 1, 1, 0, 0))

    def test_a_reset_by_the_endpoint(self) -> None:
        self.do(self.peer.abort())
        self.assertEqual(self.client.lost, "connection reset by peer")
        self.assertEqual(counted(self.bench), (0, 1, 1, 0, 0))

    def test_a_reset_behind_the_clients_end(self) -> None:
        """What it had said was complete: the endpoint gets that, and a reset if it answers."""
        self.peer.pause()
        self.client.send(b"x" * 65_536)
        self.do(self.client.finish())
        self.do(self.client.abort())
        self.do(self.peer.resume())
        self.assertEqual((len(self.peer.take()), self.peer.eof), (65_536, True))
        self.assertEqual(counted(self.bench), (0, 1, 1, 65_536, 0))
        self.do(self.peer.send(b"y"))
        self.assertEqual(self.peer.lost, "connection reset by peer")

    def test_a_reset_behind_the_endpoints_end(self) -> None:
        self.client.pause()
        self.peer.send(b"x" * 65_536)
        self.do(self.peer.finish())
        self.do(self.peer.abort())
        self.do(self.client.resume())
        self.assertEqual((len(self.client.take()), self.client.eof), (65_536, True))
        self.assertEqual(counted(self.bench), (0, 1, 1, 0, 65_536))
        self.bench.advance(5.0)
        self.assertEqual(self.bench.listener.connections, set())

    def test_a_reset_instead_of_the_second_end(self) -> None:
        self.do(self.client.finish())
        self.do(self.peer.abort())
        self.assertEqual((self.client.eof, self.client.lost), (False, "connection reset by peer"))
        play = self.play()
        client, peer = tunnel(play)
        peer.finish()
        play.advance()
        client.abort()
        play.advance()
        self.assertEqual((peer.eof, peer.lost), (False, "connection reset by peer"))

    def test_what_came_before_a_reset_is_passed_on(self) -> None:
        self.peer.pause()
        self.do(self.client.send(b"x" * 300_000))
        self.do(self.client.abort())
        self.assertIsNone(self.peer.lost)
        self.do(self.peer.resume())
        self.assertGreaterEqual(len(self.peer.take()), 131_072)
        self.assertEqual(self.peer.lost, "connection reset by peer")

    def test_the_proxy_gives_a_half_closed_client_up(self) -> None:
        self.do(self.peer.finish())
        [connection] = self.bench.listener.connections
        self.do(connection.transport.abort())
        self.assertEqual((self.peer.eof, self.peer.lost), (False, "connection reset by peer"))

    def test_the_end_of_one_side_is_no_end_for_a_slow_other(self) -> None:
        self.peer.pause()
        self.client.send(b"x" * 300_000)
        self.client.finish()
        self.do(self.peer.finish())
        self.assertIsNone(self.peer.lost)
        self.assertEqual(counted(self.bench)[0], 1)
        self.do(self.peer.resume())
        self.assertEqual((len(self.peer.take()), self.peer.lost), (300_000, ""))
        self.assertEqual(counted(self.bench), (0, 1, 0, 300_000, 0))

    def test_the_grace_is_over(self) -> None:
        self.bench.listener.abort()
        self.do()
        self.assertEqual(self.client.lost, "connection reset by peer")
        self.assertEqual(self.peer.lost, "connection reset by peer")

    def test_it_outlives_a_removed_endpoint(self) -> None:
        self.bench.bind("web", 81)
        self.bench.advance(60.0)
        self.do(self.client.send(b"still"))
        self.assertEqual(self.peer.take(), b"still")

    def test_it_may_rest_and_grow_old(self) -> None:
        session = {"idleTimeMs": 1000, "lifeTimeMs": 5000}
        play = self.play(
            servers=[{"port": 4140, "serverSession": session}], client={"clientSession": session}
        )
        client, peer = tunnel(play)
        play.advance(1000.0)
        play.say(client, b"still")
        play.say(peer, b"here")
        self.assertEqual((client.take(), peer.take()), (b"here", b"still"))


class Before(PlaybookCase):
    def test_a_client_that_ended_before_the_answer(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(ASK + b"ping", end_with_peer=False)
        client.finish()
        play.advance()
        self.assertFalse(web.peer.eof)
        play.say(web.peer, CONSENT)
        self.assertTrue(web.peer.received.endswith(b"ping"))
        self.assertTrue(web.peer.eof)
        play.advance(10.0)
        play.say(web.peer, b"pong")
        self.assertTrue(client.received.endswith(b"pong"))

    def test_an_endpoint_that_ends_with_its_answer(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(ASK, end_with_peer=False)
        web.peer.send(CONSENT + b"bye")
        web.peer.finish()
        play.advance()
        self.assertTrue(client.received.endswith(b"\r\n\r\nbye"))
        self.assertTrue(client.eof)
        play.say(client, b"bye")
        self.assertTrue(web.peer.received.endswith(b"bye"))

    def test_much_that_came_early(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(ASK)
        play.say(client, b"x" * 1_000_000)
        [connection] = play.listener.connections
        self.assertLessEqual(len(connection.held), 65536)
        play.say(web.peer, CONSENT)
        self.assertEqual(web.peer.received.count(b"x" * 1000), 1000)


class Pressure(PlaybookCase):
    def test_a_slow_endpoint_stops_the_client(self) -> None:
        play = self.play(window=4096)
        client, peer = tunnel(play)
        peer.pause()
        play.say(client, b"x" * 1_000_000)
        self.assertLess(client.transport.bytes_out, 20_000)
        peer.resume()
        play.advance()
        self.assertEqual(len(peer.take()), 1_000_000)
        play.say(peer, b"y")
        self.assertEqual(client.take(), b"y")

    def test_a_slow_client_stops_the_endpoint(self) -> None:
        play = self.play(window=4096)
        client, peer = tunnel(play)
        client.pause()
        play.say(peer, b"x" * 1_000_000)
        self.assertLess(peer.transport.bytes_out, 20_000)
        client.resume()
        play.advance()
        self.assertEqual(len(client.take()), 1_000_000)
        play.say(client, b"y")
        self.assertEqual(peer.take(), b"y")

    def test_both_slow(self) -> None:
        play = self.play(window=4096)
        client, peer = tunnel(play)
        client.pause()
        peer.pause()
        client.send(b"x" * 100_000)
        play.say(peer, b"y" * 100_000)
        client.resume()
        play.advance()
        self.assertEqual((len(client.take()), len(peer.take())), (100_000, 0))
        peer.resume()
        play.advance()
        self.assertEqual(peer.take(), b"x" * 100_000)


class GoneAltogether(PlaybookCase):
    """A client that was reset while what it had said was held back."""

    def stuck(self) -> tuple[Playbook, Recorder]:
        play = self.play()
        client, peer = tunnel(play)
        peer.pause()
        client.send(b"x" * 300_000)
        play.advance()
        client.abort()
        play.advance()
        return play, peer

    def test_an_endpoint_that_takes_nothing_more_is_reset(self) -> None:
        play, peer = self.stuck()
        play.advance(29.0)
        self.assertEqual(len(play.listener.connections), 1)
        play.advance(2.0)
        self.assertEqual(play.listener.connections, set())
        peer.resume()
        play.advance()
        self.assertEqual(peer.lost, "connection reset by peer")

    def test_one_that_takes_something_has_its_time_again(self) -> None:
        play = self.play()
        client, peer = tunnel(play)
        peer.pause()
        peer.on_data = lambda peer: peer.pause()
        for size in (*[1000] * 66, 60_000, 60_000):
            client.send(b"x" * size)
            play.advance()
        client.abort()
        for _ in range(2):
            play.advance(25.0)
            peer.resume()
            play.advance()
        play.advance(20.0)
        self.assertEqual((len(peer.received), len(play.listener.connections)), (2000, 1))
        play.advance(45.0)
        self.assertEqual(play.listener.connections, set())

    def test_nothing_is_read_for_nobody(self) -> None:
        play, peer = self.stuck()
        [connection] = play.listener.connections
        for _ in range(9):
            peer.send(b"y" * 65_536)
            play.advance()
        assert isinstance(connection.exchange, Tunnel)
        self.assertEqual(connection.exchange.sent, 0)

    def test_an_end_before_the_consent_is_no_such_thing(self) -> None:
        play = self.play()
        web = play.web()
        client = play.client(ASK, end_with_peer=False)
        client.finish()
        play.advance(0.1)
        play.say(web.peer, CONSENT)
        play.advance(40.0)
        self.assertIsNone(web.peer.lost)
        play.say(web.peer, b"late")
        self.assertTrue(client.received.endswith(b"late"))
