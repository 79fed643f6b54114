"""Hosts that are looked up once."""

from __future__ import annotations

from typing import Any

from tests.support.namers import Seen, virtual_runtime

from linkerd.name.activity import PENDING, Constant, Failed, Ok, Source, State
from linkerd.name.addr import Standing
from linkerd.namer.fixedinet import FixedHosts

ONE, TWO, NONE = frozenset(["10.0.0.1"]), frozenset(["10.0.0.2"]), frozenset[str]()


class LiveHosts:
    """A table of hosts that the test sets."""

    def __init__(self) -> None:
        self.known: dict[str, Source[State[frozenset[str]]]] = {}

    def addresses(self, host: str) -> Source[State[frozenset[str]]]:
        return self.known.setdefault(host, Source(PENDING))

    def set(self, host: str, addresses: frozenset[str]) -> None:
        self.addresses(host).set(Ok(addresses))

    def observers(self, host: str) -> int:
        return self.addresses(host).observers

    def standing(self, host: str) -> Standing | None:
        return Standing("pending", 1.0) if self.observers(host) else None

    def state(self) -> dict[str, Any]:
        return {}


class Play:
    def __init__(self, limit: int = 10) -> None:
        self.live = LiveHosts()
        self.runtime = virtual_runtime()
        self.hosts = FixedHosts(self.live, self.runtime.clock, limit)

    def see(self, host: str = "web") -> Seen[State[frozenset[str]]]:
        return Seen(self.hosts.addresses(host))


def test_the_first_addresses_stay() -> None:
    play = Play()
    seen = play.see()
    assert seen.all == [PENDING]
    play.live.set("web", ONE)
    assert seen.last == Ok(ONE)
    assert play.live.observers("web") == 0
    play.live.set("web", TWO)
    assert seen.all == [PENDING, Ok(ONE)]
    assert play.see().all == [Ok(ONE)]
    assert play.live.observers("web") == 0


def test_addresses_that_are_there_at_once() -> None:
    play = Play()
    play.live.set("web", ONE)
    assert play.see().all == [Ok(ONE)]
    assert play.live.observers("web") == 0


def test_what_is_not_found_is_looked_for_until_it_is() -> None:
    play = Play()
    seen = play.see()
    play.live.set("web", NONE)
    assert seen.last == Ok(NONE)
    assert play.hosts.state() == {}
    play.live.set("web", ONE)
    assert seen.last == Ok(ONE)


def test_who_waits_together_gets_the_same() -> None:
    play = Play()
    first, second = play.see(), play.see()
    play.live.set("web", ONE)
    assert first.last == second.last == Ok(ONE)


def test_what_was_remembered_meanwhile_counts() -> None:
    play = Play()
    waiting = play.see()
    play.hosts.remember("web", TWO)
    play.live.set("web", ONE)
    assert waiting.last == Ok(TWO)


def test_a_sample_is_what_is_known() -> None:
    play = Play()
    addresses = play.hosts.addresses("web")
    play.live.set("web", NONE)
    assert addresses.sample() == Ok(NONE)
    play.hosts.remember("web", TWO)
    assert addresses.sample() == Ok(TWO)


def test_nobody_observes_for_nobody() -> None:
    play = Play()
    addresses = play.hosts.addresses("web")
    assert play.live.observers("web") == 0
    seen = Seen(addresses)
    assert play.live.observers("web") == 1
    seen.close()
    assert play.live.observers("web") == 0
    again = Seen(addresses)
    play.live.set("web", ONE)
    assert again.last == Ok(ONE)


def test_the_host_asked_for_longest_ago_is_forgotten() -> None:
    play = Play(limit=2)
    for host in ("a", "b"):
        play.live.set(host, ONE)
        play.see(host)
    play.see("a")
    play.live.set("c", ONE)
    play.see("c")
    assert play.hosts.state() == {"a": ["10.0.0.1"], "c": ["10.0.0.1"]}
    play.live.set("b", TWO)
    assert play.see("b").last == Ok(TWO)


def test_literals_are_not_remembered() -> None:
    class Literals(LiveHosts):
        def addresses(self, host: str) -> Any:
            return Constant(Ok(frozenset([host])))

    hosts = FixedHosts(Literals(), virtual_runtime().clock)
    assert Seen(hosts.addresses("127.0.0.1")).last == Ok(frozenset(["127.0.0.1"]))
    assert hosts.state() == {}


def test_standing() -> None:
    play = Play()
    assert play.hosts.standing("web") is None
    play.see()
    assert play.hosts.standing("web") == Standing("pending", 1.0)
    play.live.set("web", ONE)
    play.runtime.reactor.advance(3)
    assert play.hosts.standing("web") == Standing("ok", 3.0)


def test_no_failure_is_remembered() -> None:
    play = Play()
    seen = play.see()
    play.live.addresses("web").set(Failed("no answer"))
    assert seen.last == Failed("no answer")
    play.live.set("web", ONE)
    assert seen.last == Ok(ONE)
