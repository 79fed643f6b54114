"""What the admin server is shown of a running router."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.router.playbook import GET, PlaybookCase
from twisted.internet.defer import Deferred

from linkerd.admin.view import CannotDelegate, ServiceView
from linkerd.interpreter.default import DefaultInterpreter
from linkerd.linker import load
from linkerd.name.addr import ADDR_PENDING
from linkerd.name.dtab import EMPTY_DTAB, Dtab
from linkerd.name.path import Path
from linkerd.overview.overview import Overview

if TYPE_CHECKING:
    from tests.router.playbook import Playbook

WHOLE = """
admin: {port: 9991, shutdownGraceMs: 500, security: {pathBlacklist: [/a]}}
usage: {enabled: false}
namers:
- kind: io.l5d.fs
  rootDir: .
  prefix: /disco
telemetry:
- kind: io.l5d.prometheus
routers:
- protocol: http
  label: in
  dtab: |
    /svc => /#/disco ;
    /svc/slow => 9 * /a & 1 * /b | ! ;
  dstPrefix: /http
  identifier:
  - kind: io.l5d.path
    segments: 2
  - kind: io.l5d.header.token
    header: my-header
  servers:
  - {port: 4140, ip: 0.0.0.0}
  - {port: 4141}
  client:
    loadBalancer: {kind: ewma, maxEffort: 3, decayTimeMs: 5000}
    failureAccrual:
      kind: io.l5d.consecutiveFailures
      failures: 3
      backoff: {kind: constant, ms: 5}
  service:
    responseClassifier: {kind: io.l5d.http.retryableRead5XX}
    retries:
      budget: {minRetriesPerSec: 5, percentCanRetry: 0.5, ttlSecs: 15}
      backoff: {kind: jittered, minMs: 10, maxMs: 1000}
"""


@pytest.mark.parametrize(
    "text", [WHOLE, '{"routers": [{"protocol": "http", "servers": [{"port": 4140}]}]}']
)
def test_the_configuration_can_be_read_again(text: str) -> None:
    config = load(text, "x")
    nothing: Any = None
    runtime: Any = FakeRuntime()
    shown = Overview(config, runtime, [], [], nothing, nothing).config_json()
    again = load(json.dumps(shown), "y")
    assert again == config
    assert Overview(again, runtime, [], [], nothing, nothing).config_json() == shown


class FakeRuntime:
    def wall(self) -> float:
        return 5.0

    def clock(self) -> float:
        return 7.0


class Views(PlaybookCase):
    def view(self, play: Playbook, **more: Any) -> Overview:
        interpreter = DefaultInterpreter(((Path.read("/#/fake"), play.namer),))
        config = load('{"routers": [{"protocol": "http", "servers": [{}]}]}', "x")
        shutdown = more.get("shutdown", lambda grace: None)
        namers: Any = more.get("namers", [])
        return Overview(config, play.runtime, [play.router], namers, interpreter, shutdown)

    def test_time(self) -> None:
        play = self.play()
        view = self.view(play)
        play.advance(3.0)
        self.assertAlmostEqual(view.uptime(), 3.0)
        self.assertEqual(view.started_at, 1546344000.0)
        self.assertIs(view.metrics, play.runtime.metrics)

    def test_a_router_at_work(self) -> None:
        play = self.play(label="in", dtab="/svc => /#/fake")
        play.web()
        play.client(GET)
        (router,) = self.view(play).routers()
        self.assertEqual(
            (router.label, router.protocol, router.dtab), ("in", "http", "/svc=>/#/fake")
        )
        (server,) = router.servers
        self.assertEqual((server.label, server.address), ("127.0.0.1/4140", "127.0.0.1:4140"))
        self.assertEqual((server.connections, server.pending), (1, 1))
        self.assertEqual(router.services, [ServiceView("/svc/web", 100)])
        (client,) = router.clients
        self.assertEqual((client.id, client.router, client.state), ("/#/fake/web", "in", "bound"))
        self.assertEqual([each.address for each in client.endpoints], ["127.0.0.1:80"])

    def test_a_delegation_comes_when_all_is_known(self) -> None:
        dtab, path = Dtab.read("/svc => /#/fake"), Path.read("/svc/web")
        for router in (None, "http"):
            play = self.play()
            view = self.view(play)
            play.addresses("web", ADDR_PENDING)
            result = view.delegate(router, dtab, path)
            self.assertNoResult(result)
            play.bind("web", 80)
            answer = json.dumps(self.successResultOf(result))
            self.assertIn("/#/fake/web", answer)
            self.assertEqual(play.namer.observers, 0)

    def test_a_delegation_nobody_waits_for_is_given_up(self) -> None:
        play = self.play()
        play.addresses("web", ADDR_PENDING)
        dtab = Dtab.read("/svc => /#/fake")
        result = self.view(play).delegate(None, dtab, Path.read("/svc/web"))
        self.assertEqual(play.namer.observers, 1)
        result.addErrback(lambda _: None)
        result.cancel()
        self.assertEqual(play.namer.observers, 0)
        play.bind("web", 80)

    def test_an_explanation(self) -> None:
        play = self.play(label="in")
        play.bind("web", 80)
        asking = self.view(play).explain("web", [("a", "b")], "in", Dtab.read("/x => /y"), 1.0)
        [shown] = self.successResultOf(Deferred.fromCoroutine(asking))
        self.assertEqual(shown["request"]["headers"], [["a", "b"]])
        self.assertEqual([rule["prefix"] for rule in shown["dtabs"][0]["rules"]], ["/x"])
        self.assertEqual(shown["verdict"]["code"], "L5D-1101")

    def test_interpreters_with_a_state(self) -> None:
        play = self.play(label="in")
        view = self.view(play)
        self.assertEqual(view.interpreters(), [])
        self.assertIsNone(view.interpreter_state("in", "default"))
        self.patch(DefaultInterpreter, "state", lambda _: {"file": "a"})
        self.assertEqual(view.interpreters(), [("in", "default")])
        self.assertEqual(view.interpreter_state("in", "default"), {"file": "a"})
        self.assertIsNone(view.interpreter_state("out", "default"))

    def test_no_such_router(self) -> None:
        with self.assertRaises(CannotDelegate):
            self.view(self.play()).delegate("mute", EMPTY_DTAB, Path.read("/a"))

    def test_namers(self) -> None:
        class Known:
            prefix = Path.read("/#/disco")

            def names(self) -> list[str]:
                return ["/#/disco/b", "/#/disco/a"]

            def state(self) -> dict[str, str]:
                return {"is": "well"}

        view = self.view(self.play(), namers=[Known()])
        self.assertEqual(view.bound_names(), ["/#/disco/a", "/#/disco/b"])
        self.assertEqual(view.namer_state("disco"), {"is": "well"})
        self.assertIsNone(view.namer_state("other"))

    def test_shutdown_is_passed_on(self) -> None:
        asked: list[float | None] = []
        self.view(self.play(), shutdown=asked.append).shutdown(2.5)
        self.assertEqual(asked, [2.5])
