"""The names below `/$`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.contracts.namer import NAMER_CONTRACT, Registry
from tests.support.namers import Seen, bound_in, virtual_runtime
from twisted.internet import defer

from linkerd.interpreter.default import DefaultInterpreter
from linkerd.name.activity import Failed, Ok
from linkerd.name.addr import AddrBound, Address, Standing
from linkerd.name.dtab import EMPTY_DTAB, Dtab
from linkerd.name.path import Path
from linkerd.name.tree import EMPTY, FAIL, NEG, Leaf
from linkerd.namer.builtin import STATUS_META, BuiltinNamer
from linkerd.namer.rewriting import REWRITES

if TYPE_CHECKING:
    from collections.abc import Callable

WEB = Path.of("inet", "web.example", "8001")


class Builtins:
    """The contract's registry: the built-in namer over DNS that answers at once."""

    always_bound = True
    path = WEB

    def __init__(self) -> None:
        self.answer: frozenset[str] | Exception = frozenset()
        self.asked = 0
        self.runtime = virtual_runtime()
        self.metrics = self.runtime.metrics
        self.namer = BuiltinNamer(self.runtime, self._ask)

    def _ask(self, host: str) -> defer.Deferred[frozenset[str]]:
        self.asked += 1
        answer = self.answer
        return defer.fail(answer) if isinstance(answer, Exception) else defer.succeed(answer)

    def put(self, addresses: frozenset[Address]) -> None:
        self.answer = frozenset(each.host for each in addresses)

    def remove(self) -> None:
        self.answer = frozenset()

    def fail(self) -> None:
        self.answer = OSError("Temporary failure in name resolution")

    def settle(self) -> None:
        self.runtime.reactor.pump([0.1] * 60)

    def look(self, path: str) -> Any:
        """Give the answer for a path below `/$`."""
        return self.namer.lookup(Path.read(path)).sample()


@pytest.mark.parametrize("rule", NAMER_CONTRACT)
def test_keeps_the_contract(rule: Callable[[Registry], None]) -> None:
    rule(Builtins())


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ("/", Ok(NEG)),
        ("/nil", Ok(EMPTY)),
        ("/nil/a/b", Ok(EMPTY)),
        ("/fail", Ok(FAIL)),
        ("/fail/a/b", Ok(FAIL)),
        ("/io.buoyant.rinet/80", Ok(NEG)),
        ("/io.buoyant.http.anyHost/a.b/svc", Ok(Leaf(Path.of("svc")))),
        ("/io.buoyant.http.anyHost/a%b/svc", Ok(NEG)),
        ("/io.buoyant.http.anyHost", Ok(NEG)),
        ("/x", Failed("Unknown namer: x for path: /$/x")),
        ("/x/y/z", Failed("Unknown namer: x for path: /$/x/y/z")),
        (r"/\x20/y", Failed(r"Unknown namer:   for path: /$/\x20/y")),
        ("/Nil", Failed("Unknown namer: Nil for path: /$/Nil")),
        ("/inet/host/http", Failed("Unknown namer: inet for path: /$/inet/host/http")),
        ("/inet", Failed("Unknown namer: inet for path: /$/inet")),
        ("/fixedinet/host/x", Failed("Unknown namer: fixedinet for path: /$/fixedinet/host/x")),
    ],
)
def test_answers(path: str, state: object) -> None:
    assert Builtins().look(path) == state


@pytest.mark.parametrize("name", sorted(REWRITES))
def test_every_rewriting_namer_is_there(name: str) -> None:
    assert Builtins().look(f"/{name}") == Ok(NEG)


@pytest.mark.parametrize(
    ("path", "id_", "residual"),
    [
        ("/inet/127.0.0.1/80/rest", "/$/inet/127.0.0.1/80", "/rest"),
        ("/inet/80/rest", "/$/inet/80", "/rest"),
        ("/fixedinet/127.0.0.1/80/rest", "/$/fixedinet/127.0.0.1/80", "/rest"),
        ("/io.buoyant.rinet/80/127.0.0.1/rest", "/$/io.buoyant.rinet/80/127.0.0.1", "/rest"),
    ],
)
def test_hosts_are_bound(path: str, id_: str, residual: str) -> None:
    bound = bound_in(Builtins().look(path))
    assert (bound.id.show(), bound.residual.show()) == (id_, residual)
    assert Seen(bound.addr).last == AddrBound(frozenset([Address("127.0.0.1", 80)]))


@pytest.mark.parametrize(("code", "residual"), [("100", "/"), ("401", "/foo/bar"), ("599", "/")])
def test_a_status_is_bound_to_itself(code: str, residual: str) -> None:
    path = Path.of("io.buoyant.http.status", code) + Path.read(residual)
    bound = bound_in(Builtins().look(path.show()))
    assert bound.id == Path.of("$", "io.buoyant.http.status", code)
    assert bound.residual == Path.read(residual)
    assert bound.addr.sample() == AddrBound(frozenset(), ((STATUS_META, int(code)),))


@pytest.mark.parametrize(
    "code", ["", "/foo/bar", "/600", "/099", "/99", "/1000", r"/\x34\x30\x31\x0a"]
)
def test_what_is_no_status_is_negative(code: str) -> None:
    assert Builtins().look(f"/io.buoyant.http.status{code}") == Ok(NEG)


def test_a_fixed_host_is_looked_up_once() -> None:
    play = Builtins()
    play.put(frozenset([Address("10.0.0.1", 1)]))
    seen = Seen(bound_in(play.look("/fixedinet/web.example/8001")).addr)
    play.put(frozenset([Address("10.0.0.2", 1)]))
    play.settle()
    Seen(bound_in(play.look("/fixedinet/web.example/8002")).addr)
    assert seen.all[-1] == AddrBound(frozenset([Address("10.0.0.1", 8001)]))
    assert play.asked == 1


def test_all_share_one_lookup_of_a_host() -> None:
    play = Builtins()
    play.put(frozenset([Address("10.0.0.1", 1)]))
    for path in ("/inet/web.example/80", "/io.buoyant.rinet/80/web.example"):
        assert Seen(bound_in(play.look(path)).addr).last == AddrBound(
            frozenset([Address("10.0.0.1", 80)])
        )
    assert play.asked == 1


def test_standing_of_hosts() -> None:
    play = Builtins()
    play.put(frozenset([Address("10.0.0.1", 1)]))
    assert play.namer.standing(WEB) is None
    Seen(bound_in(play.namer.lookup(WEB).sample()).addr)
    play.runtime.reactor.advance(1)
    assert play.namer.standing(WEB) == Standing("ok", 1.0)
    assert play.namer.standing(Path.read("/io.buoyant.rinet/8001/web.example")) is not None
    for path in ("/", "/nil", "/io.buoyant.http.anyHost/web.example"):
        assert play.namer.standing(Path.read(path)) is None


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/io.buoyant.hostPortPfx/a/b:80", ["/io.buoyant.hostportPfx"]),
        ("/hostportPfx", ["/io.buoyant.hostportPfx"]),
        ("/inett/web/80", ["/inet"]),
        ("/inet/web/http", []),
        ("/io.buoyant.http.anyHost/a%b", []),
        ("/quite-another", []),
        ("/", []),
    ],
)
def test_near(path: str, names: list[str]) -> None:
    assert [near.show() for near in Builtins().namer.near(Path.read(path))] == names


def test_state() -> None:
    play = Builtins()
    play.put(frozenset([Address("10.0.0.1", 1)]))
    Seen(bound_in(play.look("/inet/web.example/80")).addr)
    Seen(bound_in(play.look("/fixedinet/db.example/80")).addr)
    state = json.loads(json.dumps(play.namer.state()))
    assert list(state["inet"]["hosts"]) == ["web.example"]
    assert state["fixedinet"] == {"hosts": {"db.example": ["10.0.0.1"]}}


def test_closed_it_is_gone_from_the_metrics() -> None:
    play = Builtins()
    Seen(bound_in(play.namer.lookup(WEB).sample()).addr)
    (watched,) = [
        metric for labels, metric in play.metrics.walk() if labels == ("namer", "$/inet", "watched")
    ]
    assert watched.read() == 1
    play.namer.close()
    assert watched.read() is None


def test_each_namer_of_hosts_has_a_state_of_its_own() -> None:
    shown = [namer.prefix.show() for namer in Builtins().namer.inets]
    assert shown == ["/$/inet", "/$/fixedinet", "/$/io.buoyant.rinet"]


def bind(path: str, dtab: Dtab = EMPTY_DTAB) -> Any:
    namer = Builtins().namer
    interpreter = DefaultInterpreter([(namer.prefix, namer)])
    return interpreter.bind(dtab, Path.read(path)).sample()


def test_a_negative_answer_goes_to_the_next_alternative() -> None:
    dtab = Dtab.read("/svc => /$/io.buoyant.http.anyHostPfx/ok | /$/nil; /ok => /$/fail")
    assert bind("/svc/a%b", dtab) == Ok(EMPTY)
    assert bind("/svc/a.b", dtab) == Ok(FAIL)
    assert bind("/$") == Ok(NEG)


def test_a_rewritten_name_goes_through_the_dtab() -> None:
    dtab = Dtab.read("""
        /host => /$/io.buoyant.http.domainToPathPfx/srv;
        /srv/com/example => /$/io.buoyant.hostportPfx/ports;
        /ports => /$/inet;
    """)
    bound = bound_in(bind("/host/localhost:80.example.com/rest", dtab))
    assert (bound.id.show(), bound.residual.show()) == ("/$/inet/localhost/80", "/rest")
