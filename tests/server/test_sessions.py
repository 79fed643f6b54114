"""`serverSession`: how long connections rest and live, without a request being lost by it."""

from __future__ import annotations

from tests.router.playbook import GET, GOOD, OK, OK_SEEN, Playbook, PlaybookCase, post
from tests.router.test_tunnelling import tunnel

SERVER = "server/127.0.0.1/4140/"
RESET = "connection reset by peer"
CLOSING = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + GOOD + b"Connection: close\r\n\r\nhi"


class SessionCase(PlaybookCase):
    def sessions(self, **times: int) -> Playbook:
        session = {"idleTimeMs": 0, "tunnelIdleTimeMs": 0} | times
        return self.play(servers=[{"port": 4140, "serverSession": session}])


class Resting(SessionCase):
    def test_a_connection_that_never_asked(self) -> None:
        play = self.sessions(idleTimeMs=8000)
        client = play.client()
        play.advance(8.0)
        self.assertIsNone(client.lost)
        play.advance(1.5)
        self.assertEqual((client.lost, client.received), ("", b""))
        self.assertEqual(play.number(SERVER + "idle"), 1)
        self.assertEqual(play.number(SERVER + "lifetime"), 0)

    def test_a_connection_between_requests(self) -> None:
        play = self.sessions(idleTimeMs=8000)
        play.web(OK)
        client = play.client(GET)
        for _ in range(3):
            play.advance(7.5)
            play.say(client, GET)
        play.advance(7.9)
        self.assertIsNone(client.lost)
        play.advance(1.5)
        self.assertEqual((client.received, client.lost), (OK_SEEN * 4, ""))

    def test_never_too_early_after_a_long_request(self) -> None:
        play = self.sessions(idleTimeMs=8000)
        web = play.web()
        client = play.client(GET)
        play.advance(20.9)
        play.say(web.peer, OK)
        play.advance(7.9)
        self.assertIsNone(client.lost)
        play.advance(1.6)
        self.assertEqual(client.lost, "")

    def test_an_upload_and_a_download_are_no_rest(self) -> None:
        play = self.sessions(idleTimeMs=1000)
        web = play.web()
        up = play.client(post(9000))
        for _ in range(9):
            play.advance(1.0)
            play.say(up, b"x" * 1000)
        play.advance(5.0)
        play.say(web.peer, b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n")
        play.advance(5.0)
        play.say(web.peer, b"y" * 9000)
        self.assertTrue(up.received.endswith(b"y" * 9000))
        self.assertEqual(play.number(SERVER + "idle"), 0)

    def test_half_a_head_is_no_rest(self) -> None:
        play = self.sessions(idleTimeMs=1000)
        play.web(OK)
        client = play.client(GET[:9])
        play.advance(5.0)
        play.say(client, GET[9:])
        self.assertEqual(client.received, OK_SEEN)

    def test_what_comes_at_the_last_moment_is_answered(self) -> None:
        play = self.sessions(idleTimeMs=8000)
        play.web(OK)
        client = play.client()
        _, sessions = play.listener.looks
        play.advance(7.0)
        sessions.expired(play.listener.clock() + 9.0)
        client.send(GET)
        play.advance(0.1)
        self.assertEqual((client.received, client.lost), (OK_SEEN, None))
        self.assertEqual(play.number(SERVER + "idle"), 0)

    def test_ten_minutes_by_default(self) -> None:
        play = self.play()
        client = play.client()
        play.advance(600.0)
        self.assertIsNone(client.lost)
        play.advance(76.0)
        self.assertEqual(client.lost, "")

    def test_for_ever_if_told_so(self) -> None:
        play = self.sessions()
        client = play.client()
        self.assertEqual(play.listener.looks, [play.listener.sweep])
        play.advance(7200.0)
        self.assertIsNone(client.lost)


class Ageing(SessionCase):
    def test_a_connection_that_rests_is_closed(self) -> None:
        play = self.sessions(lifeTimeMs=8000)
        play.web(OK)
        client = play.client(GET)
        play.advance(7.9)
        self.assertIsNone(client.lost)
        play.advance(1.5)
        self.assertEqual((client.received, client.lost), (OK_SEEN, ""))
        self.assertEqual(play.number(SERVER + "lifetime"), 1)
        self.assertEqual(play.number(SERVER + "idle"), 0)

    def test_the_answer_that_is_due_says_so(self) -> None:
        play = self.sessions(lifeTimeMs=8000)
        web = play.web()
        client = play.client(GET)
        play.advance(20.0)
        play.say(web.peer, OK)
        play.advance(0.1)
        self.assertEqual((client.received, client.lost), (CLOSING, ""))
        self.assertEqual(play.number(SERVER + "lifetime"), 1)

    def test_an_answer_that_has_begun_is_not_the_last(self) -> None:
        play = self.sessions(lifeTimeMs=8000)
        web = play.web()
        client = play.client(GET)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n"
        play.say(web.peer, head + b"\r\nx")
        play.advance(20.0)
        play.say(web.peer, b"x" * 8999)
        play.say(client, GET)
        play.say(web.peer, OK)
        seen = head + GOOD + b"\r\n" + b"x" * 9000 + CLOSING
        self.assertEqual(client.received, seen)

    def test_a_connection_in_use_hears_of_it_with_an_answer(self) -> None:
        play = self.sessions(lifeTimeMs=8000)
        play.web(OK)
        client = play.client()
        while client.lost is None:
            play.say(client, GET)
            self.assertTrue(client.received.startswith(b"HTTP/1.1 200 "))
            last = client.take()
            play.advance(0.33)
        self.assertEqual(last, CLOSING)
        self.assertLess(play.listener.clock(), 9.6)
        self.assertEqual(play.number(SERVER + "lifetime"), 1)

    def test_requests_that_wait_in_line_are_answered_first(self) -> None:
        play = self.sessions(lifeTimeMs=8000)
        web = play.web()
        client = play.client(GET * 2)
        play.advance(10.0)
        play.say(web.peer, OK)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN + CLOSING)

    def test_one_that_ends_anyway_is_not_counted(self) -> None:
        play = self.sessions(lifeTimeMs=8000)
        web = play.web()
        client = play.client(GET[:-2] + b"Connection: close\r\n\r\n")
        play.advance(20.0)
        play.say(web.peer, OK)
        play.advance(0.1)
        self.assertEqual((client.received, client.lost), (CLOSING, ""))
        self.assertEqual(play.number(SERVER + "lifetime"), 0)

    def test_a_tunnel_is_not_cut(self) -> None:
        play = self.sessions(lifeTimeMs=8000, idleTimeMs=4000)
        client, peer = tunnel(play)
        play.advance(60.0)
        play.say(client, b"ping")
        self.assertIsNone(client.lost)
        self.assertEqual(peer.take(), b"ping")
        self.assertEqual(play.number(SERVER + "lifetime"), 0)

    def test_young_connections_stay(self) -> None:
        play = self.sessions(lifeTimeMs=8000)
        old = play.client()
        play.advance(4.0)
        young = play.client()
        play.advance(6.0)
        self.assertEqual((old.lost, young.lost), ("", None))


class Tunnels(SessionCase):
    def test_a_silent_one_is_reset_on_both_sides(self) -> None:
        play = self.sessions(tunnelIdleTimeMs=8000)
        client, peer = tunnel(play)
        play.advance(8.0)
        self.assertEqual((client.lost, peer.lost), (None, None))
        play.advance(2.1)
        self.assertEqual((client.lost, peer.lost), (RESET, RESET))
        for name, number in {"idle": 1, "cut": 1, "open": 0}.items():
            self.assertEqual(play.number(f"{SERVER}tunnels/{name}"), number, name)
        self.assertEqual(play.number(SERVER + "idle"), 0)

    def test_bytes_either_way_keep_it(self) -> None:
        play = self.sessions(tunnelIdleTimeMs=8000)
        client, peer = tunnel(play)
        for _ in range(3):
            for speaker in (client, peer):
                play.advance(7.9)
                play.say(speaker, b"x")
        self.assertEqual((client.take(), peer.take()), (b"xxx", b"xxx"))

    def test_also_after_one_side_has_ended(self) -> None:
        for side in (0, 1):
            play = self.sessions(tunnelIdleTimeMs=8000)
            ends = tunnel(play)
            ends[side].finish()
            play.advance(11.0)
            self.assertEqual([end.lost for end in ends], [RESET, RESET])

    def test_an_hour_by_default(self) -> None:
        play = self.play()
        client, _ = tunnel(play)
        play.advance(3600.0)
        self.assertIsNone(client.lost)
        play.advance(150.0)
        self.assertEqual(client.lost, RESET)

    def test_for_ever_if_told_so(self) -> None:
        play = self.sessions(idleTimeMs=8000)
        client, _ = tunnel(play)
        play.advance(7200.0)
        self.assertIsNone(client.lost)

    def test_the_time_for_tunnels_is_none_for_requests(self) -> None:
        play = self.sessions(tunnelIdleTimeMs=1000)
        web = play.web()
        client = play.client(GET)
        play.advance(9.0)
        play.say(web.peer, OK)
        play.advance(9.0)
        self.assertEqual((client.received, client.lost), (OK_SEEN, None))
