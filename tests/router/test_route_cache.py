"""Which routes are given up: those of strangers first, those in use never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.router.playbook import GET, OK, OK_SEEN, PlaybookCase

from linkerd.name.activity import PENDING

if TYPE_CHECKING:
    from tests.router.playbook import Playbook


def get(name: str) -> bytes:
    return b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % name.encode()


class Routes(PlaybookCase):
    def test_names_that_lead_nowhere_go_before_names_in_use(self) -> None:
        play = self.play(bindingCache={"paths": 3})
        play.web(OK)
        client = play.client(GET + GET)
        play.advance(300.0)
        for name in ("b", "c", "d", "d", "e", "d", "f"):
            play.say(client, get(name))
            play.advance(1.0)
        self.assertEqual(set(play.bindings.table), {b"web", b"e", b"f"})

    def test_names_asked_for_once_go_before_names_in_use(self) -> None:
        play = self.play(dtab="/svc/* => /#/fake/web", bindingCache={"paths": 3})
        play.web(OK)
        client = play.client(GET + GET)
        play.advance(300.0)
        for name in ("b", "c", "c", "d", "e"):
            play.say(client, get(name))
            play.advance(1.0)
        self.assertEqual(set(play.bindings.table), {b"web", b"c", b"e"})

    def test_of_names_in_use_the_one_that_rested_longest_goes(self) -> None:
        play = self.play(dtab="/svc/* => /#/fake/web", bindingCache={"paths": 3})
        play.web(OK)
        client = play.client()
        for name in ("a", "b", "c", "a"):
            play.say(client, get(name) * 2)
            play.advance(1.0)
        play.say(client, get("d"))
        self.assertEqual(set(play.bindings.table), {b"a", b"c", b"d"})

    def test_made_up_dtabs_on_a_known_name_do_not_push_out_known_names(self) -> None:
        play = self.play(bindingCache={"paths": 10})
        play.web(OK)
        client = play.client(GET * 3)
        for number in range(50):
            field = b"l5d-dtab: /made => /up-%d\r\n\r\n" % number
            play.say(client, GET[:-2] + field)
        self.assertIn(b"web", play.bindings.table)
        self.assertEqual(play.number("bindcache/path/misses"), 51)

    def test_names_that_wait_take_half_of_the_room_at_most(self) -> None:
        play = self.play(bindingCache={"paths": 10})
        play.web(OK)
        play.client(GET * 3)
        known = [b"web"]
        for number in range(3):
            play.bind(f"known-{number}", 80)
            play.client(get(f"known-{number}") * 3)
            known.append(b"known-%d" % number)
        for number in range(20):
            play.namer.set(f"/slow-{number}", PENDING)
            play.client(get(f"slow-{number}"))
        self.assertEqual([name for name in known if name not in play.bindings.table], [])
        self.assertEqual(play.number("bindcache/path/oneshots"), 14)

    def test_names_that_proved_themselves_do_not_stand_for_names_that_wait(self) -> None:
        play = self.play(dtab="/svc/* => /#/fake/web", bindingCache={"paths": 40})
        play.web(OK)
        client = play.client()
        for number in range(60):
            play.say(client, get(f"known-{number}") * 2)
            play.advance(1.0)
        self.assertEqual(play.number("bindcache/path/oneshots"), 0)

    def test_routes_in_use_are_not_given_up(self) -> None:
        play = self.play(bindingCache={"paths": 2})
        web = play.web()
        for name in ("a", "b"):
            play.namer.set(f"/{name}", PENDING)
            play.client(get(name))
        client = play.client(GET)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(play.number("bindcache/path/oneshots"), 1)
        self.assertEqual(set(play.bindings.table), {b"a", b"b"})
        self.assertEqual(play.bindings.routes.singles, {}, "it is gone with its request")
        self.assertEqual(len(play.bindings.by_service), 2)

    def test_a_one_shot_that_fails_goes_too(self) -> None:
        play = self.play(bindingCache={"paths": 1})
        play.namer.set("/a", PENDING)
        play.client(get("a"))
        client = play.client(GET)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 502 "))
        self.assertEqual(len(play.bindings.by_service), 1)

    def test_unused_routes_expire(self) -> None:
        play = self.play()
        web = play.web(OK)
        play.client(GET)
        self.assertEqual(self.clients_of(play), {"#/fake/web"})
        play.advance(1250.0)
        self.assertEqual(set(play.bindings.table), {b"web"}, "the last one stays")
        play.client(get("other"))
        play.advance(1250.0)
        self.assertEqual(set(play.bindings.table), {b"other"})
        self.assertEqual(play.number("bindcache/path/expires"), 1)
        play.advance(1250.0)
        self.assertEqual(play.number("bindcache/client/expires"), 1)
        self.assertEqual(self.clients_of(play), set())
        self.assertEqual(play.namer.observers, 1)
        self.assertTrue(web.peer.eof)
        client = play.client(GET)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(play.number("client/#/fake/web/success"), 1, "counted anew")

    def test_the_time_to_live_is_configured(self) -> None:
        play = self.play(bindingCache={"idleTtlSecs": 5})
        play.web(OK)
        play.client(GET + get("b"))
        play.advance(11.0)
        self.assertEqual(play.number("bindcache/path/expires"), 1)

    def test_routes_in_use_do_not_expire(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client()
        for _ in range(8):
            play.say(client, GET)
            play.advance(300.0)
        self.assertEqual(play.number("bindcache/path/expires"), 0)

    def clients_of(self, play: Playbook) -> set[str]:
        node = play.runtime.metrics.find("rt", "http", "client")
        return {label for label, _ in node.children()} if node is not None else set()
