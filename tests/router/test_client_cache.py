"""Clients outlive the names that lead to them, within bounds."""

from __future__ import annotations

from tests.router.playbook import OK, Playbook, PlaybookCase


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

    def test_beyond_the_capacity_a_client_goes_with_the_last_name(self) -> None:
        play = self.abc(paths=2, clients=1)
        client = play.client(get("a") * 2 + get("b"))
        self.assertEqual(set(play.bindings.by_client), {"/#/fake/a", "/#/fake/b"})
        play.say(client, get("nowhere"))
        self.assertEqual(set(play.bindings.by_client), {"/#/fake/a"})
        self.assertEqual(play.number("bindcache/client/oneshots"), 1)
