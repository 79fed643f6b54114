"""Pools with bounds: how many connections there are, who waits for one, and which are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.router.playbook import GET, GET_SEEN, OK, OK_SEEN, Playbook, PlaybookCase
from tests.support.peers import answering

if TYPE_CHECKING:
    from tests.support.memory import TestServer

CLIENT = "client/#/fake/web/"


class PoolCase(PlaybookCase):
    def pooled(self, **pool: int) -> Playbook:
        return self.play(client={"hostConnectionPool": pool})

    def numbers_of(self, play: Playbook) -> tuple[float, ...]:
        """Open connections, requests that wait, and how many have waited or were turned away."""
        names = ("pool_size", "pool_waiters", "pool_num_waited", "pool_num_too_many_waiters")
        return tuple(play.number(CLIENT + name) for name in names)


class Waiting(PoolCase):
    def test_requests_wait_in_their_order(self) -> None:
        play = self.pooled(maxSize=1)
        web = play.web()
        clients = [play.client(GET.replace(b"/", b"/%d" % number, 1)) for number in range(3)]
        self.assertEqual(self.numbers_of(play), (1, 2, 2, 0))
        for number, client in enumerate(clients):
            self.assertIn(b"/%d " % number, web.peer.received)
            self.assertNotIn(b"/%d " % (number + 1), web.peer.received)
            play.say(web.peer, OK)
            self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(len(web.peers), 1)
        self.assertEqual(self.numbers_of(play), (1, 0, 2, 0))

    def test_there_are_as_many_connections_as_there_may_be(self) -> None:
        play = self.pooled(maxSize=2)
        web = play.web()
        clients = [play.client(GET) for _ in range(3)]
        self.assertEqual(len(web.peers), 2)
        play.say(web.peers[1], OK)
        play.say(web.peers[0], OK)
        play.say(web.peers[1], OK)
        self.assertEqual([client.received for client in clients], [OK_SEEN] * 3)

    def test_too_many_are_turned_away(self) -> None:
        play = self.pooled(maxSize=1, maxWaiters=1)
        web = play.web()
        first, second, third = (play.client(GET) for _ in range(3))
        text = "Too many requests wait for a connection to 127.0.0.1:80"
        self.assert_error(third, 502, "L5D-2011", text)
        self.assertEqual(self.numbers_of(play), (1, 1, 1, 1))
        play.say(web.peer, OK)
        play.say(web.peer, OK)
        self.assertEqual((first.received, second.received), (OK_SEEN, OK_SEEN))

    def test_one_that_goes_waits_no_more(self) -> None:
        play = self.pooled(maxSize=1, maxWaiters=1)
        web = play.web()
        play.client(GET)
        play.client(GET).abort()
        play.advance()
        self.assertEqual(self.numbers_of(play)[:2], (1, 0))
        last = play.client(GET)
        play.say(web.peer, OK)
        play.say(web.peer, OK)
        self.assertEqual(last.received, OK_SEEN)

    def test_the_wait_is_bounded(self) -> None:
        play = self.play(client={"hostConnectionPool": {"maxSize": 1}}, bindingTimeoutMs=500)
        play.web()
        play.client(GET)
        second = play.client(GET)
        play.advance(0.6)
        self.assert_error(second, 502, "L5D-1106", "")
        self.assertEqual(self.numbers_of(play)[:2], (1, 0))

    def test_the_end_of_a_connection_makes_room(self) -> None:
        play = self.pooled(maxSize=1)
        web = play.web()
        play.client(GET)
        second = play.client(GET)
        web.peer.abort()
        play.advance()
        self.assertEqual(len(web.peers), 2)
        self.assertEqual(web.peer.received, GET_SEEN)
        play.say(web.peer, OK)
        self.assertEqual(second.received, OK_SEEN)

    def test_a_connect_that_fails_makes_room(self) -> None:
        play = self.pooled(maxSize=1)
        play.bind("web", 80)
        clients = [play.client(GET) for _ in range(3)]
        play.advance(1.0)
        for client in clients:
            self.assertTrue(client.received.startswith(b"HTTP/1.1 502 "), client.received)
        self.assertEqual(self.numbers_of(play)[:2], (0, 0))

    def test_and_whoever_waits_tries_too(self) -> None:
        play = self.pooled(maxSize=1)
        play.bind("web", 80)
        play.network.black_holes.add(("127.0.0.1", 80))
        clients = [play.client(GET) for _ in range(2)]
        play.advance(9.0)
        for client in clients:
            self.assertIn(b"l5d-err: L5D-200", client.received)

    def test_one_that_a_resting_connection_failed_gets_a_new_one(self) -> None:
        play = self.pooled(maxSize=2)
        web = play.web()
        for _ in range(2):
            play.client(GET)
        for peer in web.peers:
            play.say(peer, OK)
        client = play.client(GET)
        web.peers[1].abort()
        play.advance()
        self.assertEqual(len(web.peers), 3)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)

    def test_and_one_that_rests_elsewhere_makes_room_for_it(self) -> None:
        client = {"hostConnectionPool": {"maxSize": 1}, "loadBalancer": {"kind": "roundRobin"}}
        play = self.play(client=client)
        play.bind("web", 80, 81)
        first, second = play.serve(80), play.serve(81)
        for _ in range(2):
            play.client(GET)
        for web in (first, second):
            play.say(web.peer, OK)
        caller = play.client(GET)
        used, other = first, second
        if second.peer.received.count(b"GET") == 2:
            used, other = second, first
        used.peer.abort()
        play.advance()
        play.advance()
        self.assertEqual(len(other.peers), 2)
        play.say(other.peer, OK)
        self.assertEqual(caller.received, OK_SEEN)

    def test_however_many_wait_where_dials_fail_at_once(self) -> None:
        play = self.pooled(maxSize=1)
        web = play.web()
        for _ in range(600):
            play.client(GET)
        play.network.exhausted = True
        web.peer.abort()
        play.advance()
        play.network.exhausted = False
        web.on_data = answering(OK)
        play.advance(15.0)
        self.assertEqual(play.client(GET).received, OK_SEEN)


class Keeping(PoolCase):
    def rested(self, count: int, **pool: int) -> Playbook:
        """A playbook in which so many connections rest, or would."""
        play = self.pooled(**pool)
        self.busy(play, play.web(), count)
        return play

    def busy(self, play: Playbook, web: TestServer, count: int) -> None:
        """Let so many requests use connections, all at the same time."""
        for _ in range(count):
            play.client(GET)
        for peer in web.peers:
            if not peer.eof:
                peer.send(OK)
        play.advance()

    def left(self, play: Playbook) -> int:
        return len(play.the_endpoint().idle)

    def test_those_beyond_the_least_go_after_a_while(self) -> None:
        play = self.rested(3, minSize=1, idleTimeMs=1000)
        play.advance(0.9)
        self.assertEqual(self.left(play), 3)
        play.advance(0.2)
        self.assertEqual(self.left(play), 1)
        play.advance(3600.0)
        self.assertEqual(self.left(play), 1)
        self.assertEqual(play.number(CLIENT + "idle"), 0)

    def test_or_at_once(self) -> None:
        self.assertEqual(self.left(self.rested(3, minSize=2, idleTimeMs=0)), 2)
        self.assertEqual(self.left(self.rested(1, idleTimeMs=0)), 0)

    def test_those_that_have_gone_do_not_count(self) -> None:
        play = self.pooled(minSize=1, idleTimeMs=0)
        web = play.web()
        for _ in range(3):
            self.busy(play, web, 3)
            self.assertEqual(self.left(play), 1)

    def test_one_that_is_wanted_is_not_closed(self) -> None:
        play = self.pooled(maxSize=1, idleTimeMs=0)
        web = play.web()
        clients = [play.client(GET) for _ in range(2)]
        play.say(web.peer, OK)
        play.say(web.peer, OK)
        self.assertEqual([client.received for client in clients], [OK_SEEN] * 2)
        self.assertEqual(len(web.peers), 1)
        self.assertEqual(self.left(play), 0)

    def test_those_that_are_kept_have_a_session_too(self) -> None:
        play = self.play(
            client={
                "hostConnectionPool": {"minSize": 1, "idleTimeMs": 1000},
                "clientSession": {"idleTimeMs": 5000},
            }
        )
        web = play.web()
        play.client(GET)
        play.client(GET)
        for peer in web.peers:
            play.say(peer, OK)
        play.advance(1.1)
        self.assertEqual(self.left(play), 1)
        play.advance(5.1)
        self.assertEqual(self.left(play), 0)

    def test_all_are_kept_without_a_time(self) -> None:
        play = self.rested(3, minSize=1)
        play.advance(3600.0)
        self.assertEqual(self.left(play), 3)
