"""Clients outlive the names that lead to them, within bounds."""

from __future__ import annotations

from tests.name.fakes import bound
from tests.router.playbook import OK, Playbook, PlaybookCase

from linkerd.name.tree import NEG, Leaf


def get(name: str) -> bytes:
    return b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % name.encode()


class Clients(PlaybookCase):
    def abc(self, **caches: int) -> Playbook:
        play = self.play(bindingCache=caches)
        for port, name in enumerate("abc", 80):
            play.bind(name, port)
            play.serve(port, OK)
        return play

    def test_a_client_outlives_its_name_with_its_connection(self) -> None:
        play = self.play(bindingCache={"paths": 1})
        web = play.web(OK)
        client = play.client(get("web"))
        play.say(client, get("nowhere"))
        self.assertEqual(set(play.bindings.table), {b"nowhere"})
        play.say(client, get("web"))
        self.assertEqual(len(web.peers), 1)
        self.assertEqual(play.number("client/#/fake/web/success"), 2)

    def test_the_client_that_rested_longest_makes_room(self) -> None:
        play = self.abc(paths=1, clients=2)
        client = play.client()
        for name in "abac":
            play.say(client, get(name))
            play.advance(1.0)
        self.assertEqual(set(play.bindings.by_client), {"/#/fake/a", "/#/fake/c"})
        self.assertEqual(play.number("bindcache/client/evicts"), 1)
        self.assertEqual(play.number("bindcache/client/misses"), 3)

    def test_an_idle_name_goes_to_make_room_for_a_client(self) -> None:
        play = self.abc(clients=2)
        client = play.client(get("a") * 2 + get("b"))
        play.say(client, get("c"))
        self.assertEqual(set(play.bindings.table), {b"a", b"c"}, "b had one request only")
        self.assertEqual(set(play.bindings.by_client), {"/#/fake/a", "/#/fake/c"})
        self.assertEqual(play.number("bindcache/client/oneshots"), 0)

    def test_if_all_are_in_use_a_client_is_made_that_goes_with_its_name(self) -> None:
        play = self.abc(clients=1)
        play.bind("busy", 90)
        busy = play.serve(90)
        one = play.client(get("busy"))
        client = play.client(get("a"))
        self.assertEqual(client.received.count(b"HTTP/1.1 200 "), 1)
        self.assertEqual(set(play.bindings.by_client), {"/#/fake/busy", "/#/fake/a"})
        self.assertEqual(play.number("bindcache/client/oneshots"), 1)
        play.bindings.routes.drop(play.bindings.table[b"a"])
        self.assertEqual(set(play.bindings.by_client), {"/#/fake/busy"})
        play.say(busy.peer, OK)
        self.assertEqual(one.received.count(b"HTTP/1.1 200 "), 1)

    def test_a_client_that_rested_follows_the_addresses_of_the_name_that_comes_back(self) -> None:
        play = self.abc(paths=1)
        client = play.client(get("a"))
        play.say(client, get("nowhere"))
        play.namer.set("/a", NEG)
        play.namer.set("/a", Leaf(bound("/#/fake/a", 81)))
        play.say(client, get("a"))
        play.advance(0.1)
        self.assertEqual(list(play.the_client("/#/fake/a").endpoints), [("127.0.0.1", 81)])
