"""DNS with real servers: BIND, whose zone changes while it is asked, and dnsmasq.

Nothing sleeps but where time has to pass: a test waits for what it wants to see, and looks at the
clock.
"""

from __future__ import annotations

import random  # noqa: TID251
import signal
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.backends import origin
from tests.support.dns_servers import Bind, dnsmasq
from tests.support.loads import open_loop
from tests.support.namers import Seen
from tests.support.processes import free_ports
from tests.support.proxy import running_proxy
from twisted.internet import defer, task, threads
from twisted.trial.unittest import TestCase

from linkerd.name.activity import Ok
from linkerd.namer.discovery import Tally
from linkerd.namer.dns_lookup import Files
from linkerd.namer.hosts import HostTable, system_lookup
from linkerd.runtime import Runtime
from linkerd.telemetry.metrics import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

now = time.monotonic  # noqa: TID251

SLACK_S = 2.0
"""Seconds by which something may be late here, where two cores run other tests, too."""

MANY = 200

HOSTS = """
web 2 IN A 10.0.0.1
web 2 IN A 10.0.0.2
web 2 IN AAAA 2001:db8::1
slow 300 IN A 10.0.0.1
www 2 IN CNAME web
""" + "".join(f"many 60 IN A 10.1.0.{i}\n" for i in range(MANY))


def addresses(*found: str) -> Ok[frozenset[str]]:
    return Ok(frozenset(found))


class Hosts(TestCase):
    """Hosts of `/$/inet`, with BIND as the name server of resolv.conf."""

    timeout = 30

    def setUp(self) -> None:
        from twisted.internet import reactor

        folder = FilePath(self.mktemp()).absolute()
        folder.mkdir(parents=True)
        self.bind = Bind(folder, HOSTS)
        self.addCleanup(self.bind.close)
        self.bind.start()
        conf = folder / "resolv.conf"
        conf.write_text(
            f"nameserver [127.0.0.1]:{self.bind.port}\nsearch example.test\n"
            "options timeout:1 attempts:1\n"
        )
        rng = random.Random(1)
        runtime = Runtime(reactor, now, time.time, rng, Scope(), None)  # noqa: TID251
        files = Files(runtime, str(conf), str(folder / "hosts"))
        tally = Tally(now, time.time, runtime.metrics.scope("n"))  # noqa: TID251
        self.table = HostTable(runtime, tally, system_lookup(runtime, files))
        self.reactor = reactor

    def see(self, host: str) -> Seen[Any]:
        seen = Seen(self.table.addresses(host))
        self.addCleanup(seen.close)
        return seen

    def update(self, *changes: str) -> defer.Deferred[None]:
        return threads.deferToThread(self.bind.update, *changes)

    async def until(self, seen: Seen[Any], wanted: Ok[frozenset[str]], limit_s: float) -> None:
        """Wait for addresses, and tell what came instead if they do not in time."""
        waiting = seen.when(lambda state: state == wanted)
        try:
            await waiting.addTimeout(limit_s, self.reactor)
        except defer.TimeoutError:
            raise AssertionError(f"{wanted} not within {limit_s} s, but {seen.all}") from None

    def phase(self, host: str) -> str:
        standing = self.table.standing(host)
        return "" if standing is None else standing.phase

    def test_changes_follow_the_ttl(self) -> defer.Deferred[None]:
        async def run() -> None:
            web, slow = self.see("web"), self.see("slow.example.test")
            await self.until(web, addresses("10.0.0.1", "10.0.0.2", "2001:db8::1"), SLACK_S)
            await self.until(slow, addresses("10.0.0.1"), SLACK_S)
            www = self.see("www")
            await self.until(www, web.last, SLACK_S)
            await self.update(
                "delete web A", "add web 2 A 10.0.0.3", "delete slow A", "add slow 300 A 10.0.0.9"
            )
            await self.until(web, addresses("10.0.0.3", "2001:db8::1"), 2.2 + SLACK_S)
            await self.until(www, addresses("10.0.0.3", "2001:db8::1"), 2.2 + SLACK_S)
            self.assertEqual(slow.last, addresses("10.0.0.1"))

        return defer.Deferred.fromCoroutine(run())

    def test_a_name_that_comes_later_and_goes(self) -> defer.Deferred[None]:
        async def run() -> None:
            later = self.see("later")
            await self.until(later, addresses(), SLACK_S)
            await self.update("add later 1 A 10.0.0.4")
            await self.until(later, addresses("10.0.0.4"), 1.1 + SLACK_S)
            await self.update("delete later")
            await self.until(later, addresses(), 1.1 + SLACK_S)

        return defer.Deferred.fromCoroutine(run())

    def test_more_than_a_datagram_holds(self) -> defer.Deferred[None]:
        wanted = addresses(*(f"10.1.0.{i}" for i in range(MANY)))
        return defer.Deferred.fromCoroutine(self.until(self.see("many"), wanted, 2 * SLACK_S))

    def test_the_server_stops_and_goes_on_and_dies_and_comes_back(self) -> defer.Deferred[None]:
        async def phase(wanted: str, limit_s: float) -> None:
            end = now() + limit_s
            while self.phase("web") != wanted:
                self.assertLess(now(), end, f"{self.phase('web')} and not {wanted}")
                await task.deferLater(self.reactor, 0.02)

        async def run() -> None:
            web = self.see("web")
            good = addresses("10.0.0.1", "10.0.0.2", "2001:db8::1")
            await self.until(web, good, SLACK_S)
            self.bind.signal(signal.SIGSTOP)
            await phase("stale", 2.2 + 1.0 + SLACK_S)
            self.bind.signal(signal.SIGCONT)
            await phase("ok", 2.0 + SLACK_S)
            self.bind.kill()
            await phase("stale", 2.2 + SLACK_S)
            self.assertEqual([each for each in web.all if each != good], web.all[:1])
            await threads.deferToThread(self.bind.start)
            await self.update("delete web")
            await self.until(web, addresses(), 4.0 + SLACK_S)

        return defer.Deferred.fromCoroutine(run())


NAMES = ("one", "two")
TOP = """
namers:
- kind: io.l5d.dnssrv
  refreshIntervalSeconds: 1
  dnsHosts: ["127.0.0.1:{port}"]
"""
DTAB = "/svc/{name} => /#/io.l5d.dnssrv/_{name}._tcp.example.test ;"


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """Two back ends."""
    found = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
    with ExitStack() as stack:
        for name, port in found.items():
            stack.enter_context(origin(name, port, tmp_path_factory.mktemp(name)))
        yield found


@pytest.fixture
def bind(tmp_path: FilePath, ports: dict[str, int]) -> Iterator[Bind]:
    """BIND, in whose zone the first back end is the service `web`."""
    folder = tmp_path / "bind"
    folder.mkdir()
    zone = f"_web._tcp 60 IN SRV 0 0 {ports['one']} host\nhost 60 IN A 127.0.0.1\n"
    server = Bind(folder, zone)
    server.start()
    yield server
    server.close()


def test_services_of_bind(tmp_path: FilePath, bind: Bind, ports: dict[str, int]) -> None:
    """BIND sends the hosts' addresses along; it dies and comes back under 100 GETs a second."""
    dtab, top = DTAB.format(name="web"), TOP.format(port=bind.port)

    def put(name: str) -> None:
        service = f"0 0 {ports[name]} host.example.test."
        bind.update("delete _web._tcp SRV", f"add _web._tcp 60 SRV {service}")

    with running_proxy(tmp_path, "pure", dtab, top=top) as proxy:

        def is_phase(phase: str) -> bool:
            state = proxy.admin_json("/namer_state/io.l5d.dnssrv.json")
            return state["_web._tcp.example.test"]["phase"] == phase

        assert proxy.get() == (200, b"one\n")
        put("two")
        proxy.wait_until(lambda: proxy.get() == (200, b"two\n"), "changed", 1.1 + SLACK_S)
        bind.kill()
        report = open_loop(
            proxy.port,
            100,
            3.5,
            events=[
                (1.5, partial(proxy.wait_until, lambda: is_phase("stale"), "stale", SLACK_S)),
                (2.0, bind.start),
            ],
        )
        assert report.failed() == []
        put("one")
        proxy.wait_until(lambda: proxy.get() == (200, b"one\n"), "back", 4.0 + SLACK_S)
        assert is_phase("ok")
        bind.update("delete _web._tcp SRV", "add _web._tcp 60 SRV 0 0 0 .")
        proxy.wait_until(lambda: proxy.get()[0] == 502, "gone", 1.1 + SLACK_S)
        assert proxy.stop(), proxy.output
    assert proxy.troubles() == []


def test_services_of_dnsmasq(tmp_path: FilePath, ports: dict[str, int]) -> None:
    """Dnsmasq sends no addresses along, so hosts are looked up; an unknown one is negative."""
    options = [
        f"--srv-host=_web._tcp.example.test,host.example.test,{ports['one']},0,0",
        "--address=/host.example.test/127.0.0.1",
        f"--srv-host=_lost._tcp.example.test,nowhere.example.test,{ports['one']},0,0",
        "--local=/example.test/",
    ]
    with dnsmasq(tmp_path, options) as port:
        dtab = DTAB.format(name="web") + DTAB.format(name="lost")
        with running_proxy(tmp_path, "pure", dtab, top=TOP.format(port=port)) as proxy:
            assert proxy.get(host="web") == (200, b"one\n")
            assert proxy.get(host="lost")[0] == 502
            state = proxy.admin_json("/namer_state/io.l5d.dnssrv.json")
            assert state["hosts"]["host.example.test."]["phase"] == "ok"
            assert proxy.stop(), proxy.output
    assert proxy.troubles() == []
