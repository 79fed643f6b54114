"""`/$/inet` and `/$/io.buoyant.rinet`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.contracts.namer import NAMER_CONTRACT, Registry
from tests.support.namers import Seen, bound_in, virtual_runtime
from twisted.internet import defer

from linkerd.name.activity import Constant, Failed, Ok
from linkerd.name.addr import AddrBound, Address, AddrFailed, AddrNeg, Standing
from linkerd.name.path import Path
from linkerd.name.tree import NEG
from linkerd.namer.discovery import Tally
from linkerd.namer.hosts import HostTable
from linkerd.namer.inet import INET, REVERSED, InetNamer, ReversedInetNamer

if TYPE_CHECKING:
    from collections.abc import Callable


class Dns:
    """A resolver that answers at once; what it does not know is unknown."""

    def __init__(self) -> None:
        self.known: dict[str, frozenset[str] | Exception] = {}
        self.asked: list[str] = []

    def __call__(self, host: str) -> defer.Deferred[frozenset[str]]:
        self.asked.append(host)
        answer = self.known.get(host, frozenset())
        return defer.fail(answer) if isinstance(answer, Exception) else defer.succeed(answer)


class Inet:
    """The contract's registry over DNS."""

    always_bound = True
    path = Path.of("web.example", "8001")

    def __init__(self) -> None:
        self.dns = Dns()
        self.runtime = virtual_runtime()
        self.metrics = self.runtime.metrics
        scope = self.metrics.scope("namer", "$/inet")
        tally = Tally(self.runtime.clock, self.runtime.wall, scope)
        self.hosts = HostTable(self.runtime, tally, self.dns)
        self.namer = InetNamer(INET, self.hosts)

    def put(self, addresses: frozenset[Address]) -> None:
        self.dns.known["web.example"] = frozenset(each.host for each in addresses)

    def remove(self) -> None:
        self.dns.known["web.example"] = frozenset()

    def fail(self) -> None:
        self.dns.known["web.example"] = OSError("Temporary failure in name resolution")

    def settle(self) -> None:
        self.runtime.reactor.pump([0.1] * 60)


class Reversed(Inet):
    """The same with the port first."""

    path = Path.of("8001", "web.example")

    def __init__(self) -> None:
        super().__init__()
        self.namer = ReversedInetNamer(REVERSED, self.hosts)


@pytest.mark.parametrize("rule", NAMER_CONTRACT)
@pytest.mark.parametrize("registry", [Inet, Reversed])
def test_keeps_the_contract(
    registry: Callable[[], Registry], rule: Callable[[Registry], None]
) -> None:
    rule(registry())


def addr_of(inet: Inet, path: str) -> tuple[Any, Any]:
    """Give bound name and addresses of a path."""
    bound = bound_in(Seen(inet.namer.lookup(Path.read(path))).last)
    return bound, Seen(bound.addr).last


@pytest.mark.parametrize(
    ("path", "id_", "residual", "address"),
    [
        ("/127.1/80", "/$/inet/127.1/80", "/", Address("127.0.0.1", 80)),
        ("/10.0.0.1/80/a/b", "/$/inet/10.0.0.1/80", "/a/b", Address("10.0.0.1", 80)),
        ("/::1/443", "/$/inet/::1/443", "/", Address("::1", 443)),
        ("/localhost/8080/x", "/$/inet/localhost/8080", "/x", Address("127.0.0.1", 8080)),
        ("/8080", "/$/inet/8080", "/", Address("127.0.0.1", 8080)),
        ("/8080/a/b", "/$/inet/8080", "/a/b", Address("127.0.0.1", 8080)),
        ("/1/2", "/$/inet/1/2", "/", Address("0.0.0.1", 2)),
        ("/10.0.0.1/080", "/$/inet/10.0.0.1/080", "/", Address("10.0.0.1", 80)),
    ],
)
def test_literals_are_bound_at_once(path: str, id_: str, residual: str, address: Address) -> None:
    inet = Inet()
    bound, addr = addr_of(inet, path)
    assert bound.id == Path.read(id_)
    assert bound.residual == Path.read(residual)
    assert addr == AddrBound(frozenset([address]))
    assert inet.dns.asked == []


@pytest.mark.parametrize(
    "path", ["/", "/web", "/web/http", "/web/http/80", "/web/8x", "/web/99999999999"]
)
def test_without_a_port_the_namer_is_unknown(path: str) -> None:
    shown = "/$/inet" if path == "/" else f"/$/inet{path}"
    lookup = Inet().namer.lookup(Path.read(path))
    assert lookup.sample() == Failed(f"Unknown namer: inet for path: {shown}")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "2147483647"])
def test_a_port_out_of_range_fails(port: str) -> None:
    failed = Failed(f"port out of range:{port}")
    for path in (Path.of("web", port), Path.of(port)):
        assert Inet().namer.lookup(path).sample() == failed
    assert Reversed().namer.lookup(Path.of(port, "web")).sample() == failed


@pytest.mark.parametrize(
    ("path", "id_", "residual", "address"),
    [
        ("/80/10.0.0.1", "/80/10.0.0.1", "/", Address("10.0.0.1", 80)),
        ("/80/::1/a/b", "/80/::1", "/a/b", Address("::1", 80)),
        ("/8080/localhost/x", "/8080/localhost", "/x", Address("127.0.0.1", 8080)),
        ("/2/1", "/2/1", "/", Address("0.0.0.1", 2)),
    ],
)
def test_the_port_before_the_host(path: str, id_: str, residual: str, address: Address) -> None:
    bound, addr = addr_of(Reversed(), path)
    assert bound.id == Path.read("/$/io.buoyant.rinet" + id_)
    assert bound.residual == Path.read(residual)
    assert addr == AddrBound(frozenset([address]))


@pytest.mark.parametrize("path", ["/", "/80"])
def test_too_short_for_port_and_host(path: str) -> None:
    assert Reversed().namer.lookup(Path.read(path)).sample() == Ok(NEG)


def test_a_word_for_a_port_before_the_host_fails_the_addresses() -> None:
    bound, addr = addr_of(Reversed(), "/http/web")
    assert bound.id == Path.read("/$/io.buoyant.rinet/http/web")
    assert addr == AddrFailed("the port is not a number")


def test_an_unknown_host_is_bound_and_negative() -> None:
    _, addr = addr_of(Inet(), "/nowhere.example/80")
    assert addr == AddrNeg("there is no host nowhere.example")


@pytest.mark.parametrize("host", [b"a b", b"\xff", b"a\x00", b"..", b"a/b", b"256.1.1.1"])
def test_what_cannot_be_a_host_is_negative_and_not_looked_up(host: bytes) -> None:
    inet = Inet()
    bound = bound_in(Seen(inet.namer.lookup(Path((host, b"80")))).last)
    assert isinstance(Seen(bound.addr).last, AddrNeg)
    assert inet.dns.asked == []


def test_refreshed_every_five_seconds_while_observed() -> None:
    inet = Inet()
    inet.put(frozenset([Address("10.0.0.1", 8001)]))
    tree = inet.namer.lookup(inet.path)
    assert isinstance(tree, Constant)
    assert isinstance(tree.sample(), Ok)
    assert inet.dns.asked == [], "the tree alone needs no addresses"
    addr = Seen(bound_in(tree.sample()).addr)
    inet.runtime.reactor.pump([0.5] * 120)
    assert 11 <= len(inet.dns.asked) <= 15
    addr.close()
    asked = len(inet.dns.asked)
    inet.runtime.reactor.pump([0.5] * 120)
    assert len(inet.dns.asked) == asked


def test_a_broken_resolver_before_any_answer_fails_the_addresses() -> None:
    inet = Inet()
    inet.fail()
    _, addr = addr_of(inet, "/web.example/80")
    assert addr == AddrFailed("Temporary failure in name resolution")


@pytest.mark.parametrize("registry", [Inet, Reversed])
def test_standing_is_that_of_the_host(registry: Callable[[], Inet]) -> None:
    inet = registry()
    assert inet.namer.standing(inet.path) is None
    inet.put(frozenset([Address("10.0.0.1", 8001)]))
    Seen(bound_in(inet.namer.lookup(inet.path).sample()).addr)
    inet.runtime.reactor.advance(2)
    assert inet.namer.standing(inet.path + Path.of("rest")) == Standing("ok", 2.0)
    assert inet.namer.standing(Path.of("80", "80")) is None
    assert inet.namer.standing(Path.of("web")) is None


def test_state_shows_the_hosts() -> None:
    inet = Inet()
    inet.put(frozenset([Address("10.0.0.1", 8001)]))
    Seen(bound_in(inet.namer.lookup(inet.path).sample()).addr)
    assert inet.namer.state()["hosts"]["web.example"]["state"]["value"] == ["10.0.0.1"]
