"""The caches: bounded, fair to known names, and without anything left behind."""

from __future__ import annotations

from tests.router.playbook import GET, OK, OK_SEEN, PlaybookCase

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

    def test_however_many_wait_for_a_name_it_is_bound_once(self) -> None:
        for paths in (1, 1000):
            play = self.play(bindingCache={"paths": paths})
            play.namer.set("/a", PENDING)
            play.client(get("a"))
            play.namer.set("/web", PENDING)
            clients = [play.client(GET) for _ in range(5)]
            self.assertEqual(play.namer.observers, 2)
            self.assertEqual(play.number("bindcache/path/misses"), 2)
            play.web(OK)
            play.advance()
            self.assertEqual([client.received for client in clients], [OK_SEEN] * 5)
            self.assertEqual(play.bindings.routes.singles, {})

    def test_budgets_begin_when_they_are_made(self) -> None:
        play = self.play()
        play.namer.set("/web", PENDING)
        play.advance(5.0)
        play.client(GET)
        play.advance(0.5)
        web = play.web()
        play.advance(0.4)
        play.say(web.peer, OK)
        [service] = play.bindings.by_service.values()
        begun = (service.retry.budget.started_ms, play.the_client().budget.started_ms)
        self.assertEqual(begun, (5000, 5500))

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
