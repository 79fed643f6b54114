"""The caches: bounded, fair to known names, and without anything left behind."""

from __future__ import annotations

from tests.router.playbook import GET, OK, OK_SEEN, Playbook, PlaybookCase

from linkerd.name.activity import PENDING

OTHERS = 5000


def get(name: str) -> bytes:
    return b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % name.encode()


class Caches(PlaybookCase):
    def test_a_flood_of_names_is_bounded_and_does_not_push_out_known_ones(self) -> None:
        play = self.play()
        play.web(OK)
        known = play.client(GET)
        flood = play.client()
        for number in range(OTHERS):
            play.say(flood, get(f"made-up-{number}"))
            if number % 100 == 0:
                play.advance(0.01)
                play.say(known, GET)
        self.assertEqual(flood.received.count(b"HTTP/1.1 502 "), OTHERS)
        self.assertEqual(known.received.count(b"HTTP/1.1 200 "), 1 + OTHERS // 100)
        self.assertEqual(len(play.bindings.table), 1000)
        self.assertEqual(len(play.bindings.by_service), 1000)
        self.assertEqual(play.number("bindcache/path/misses"), OTHERS + 1)
        self.assertEqual(play.number("bindcache/path/evicts"), OTHERS + 1 - 1000)
        services = {name.split("/")[2] for name in play.numbers() if name.startswith("service/")}
        self.assertEqual(len(services), 1000)
        self.assertEqual(play.namer.observers, 1000, "nobody watches what is forgotten")

    def test_the_route_that_rested_longest_goes_first(self) -> None:
        play = self.play()
        play.web(OK)
        play.bindings.capacity = 3
        client = play.client()
        for name in ("web", "b", "c"):
            play.say(client, get(name))
            play.advance(1.0)
        play.say(client, get("web"))
        play.advance(1.0)
        play.say(client, get("d"))
        self.assertEqual(set(play.bindings.table), {b"web", b"c", b"d"})

    def test_routes_in_use_are_not_given_up(self) -> None:
        play = self.play()
        play.bindings.capacity = 2
        web = play.web()
        for name in ("a", "b"):
            play.namer.set(f"/{name}", PENDING)
            play.client(get(name))
        client = play.client(GET)
        play.say(web.peer, OK)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(play.number("bindcache/path/oneshots"), 1)
        self.assertEqual(set(play.bindings.table), {b"a", b"b"})
        self.assertEqual(play.bindings.by_client, {}, "all of it is gone with its request")
        self.assertEqual(len(play.bindings.by_service), 2)
        play.advance()
        self.assertTrue(web.peer.eof)

    def test_a_one_shot_that_fails_goes_too(self) -> None:
        play = self.play()
        play.bindings.capacity = 1
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
        self.assertEqual(play.bindings.table, {})
        self.assertEqual(play.number("bindcache/path/expires"), 1)
        self.assertEqual(self.clients_of(play), set())
        self.assertEqual(play.namer.observers, 0)
        self.assertTrue(web.peer.eof)
        self.assertEqual(play.network.wheel.armed, 0)
        client = play.client(GET)
        self.assertEqual(client.received, OK_SEEN)
        self.assertEqual(play.number("client/#/fake/web/success"), 1, "counted anew")

    def test_routes_in_use_do_not_expire(self) -> None:
        play = self.play()
        play.web(OK)
        client = play.client()
        for _ in range(8):
            play.say(client, GET)
            play.advance(300.0)
        self.assertEqual(play.number("bindcache/path/expires"), 0)

    def test_names_share_the_client_of_what_they_are_bound_to(self) -> None:
        play = self.play(dtab="/svc/a => /#/fake/web ; /svc/b => /#/fake/web")
        web = play.web(OK)
        client = play.client(get("a") + get("b"))
        self.assertEqual(len(web.peers), 1)
        self.assertEqual(client.received, OK_SEEN * 2)
        for name in ("a", "b"):
            self.assertEqual(play.number(f"client/#/fake/web/service/svc/{name}/success"), 1)
        self.assertEqual(play.number("client/#/fake/web/success"), 2)
        self.assertEqual(play.the_client().uses, 2)

    def clients_of(self, play: Playbook) -> set[str]:
        node = play.runtime.metrics.find("rt", "http", "client")
        return {label for label, _ in node.children()} if node is not None else set()
