"""Parameters by the beginnings of names: what matches, what is inherited, what holds for whom."""

from __future__ import annotations

import pytest
from tests.router.configured import client_policy, faults, read, service_policy
from tests.router.playbook import GET, PlaybookCase

from linkerd.config.show import plain
from linkerd.name.path import Path

CLIENTS = """
  client:
    kind: io.l5d.static
    configs:
    - prefix: /
      connectTimeoutMs: 1
      requestAttemptTimeoutMs: 10
      clientSession: {idleTimeMs: 5, lifeTimeMs: 50}
    - prefix: /#/io.l5d.fs
      connectTimeoutMs: 2
    - prefix: /#/io.l5d.fs/web-{zone}
      clientSession: {lifeTimeMs: 60}
      requestAttemptTimeoutMs:
    - prefix: /%/io.l5d.port/*/#
      connectTimeoutMs: 3
"""


def parameters(text: str, name: str) -> dict[str, object]:
    config = read(text)
    section = config.client if "client:" in text else config.service
    return plain(section.parameters(Path.read(name)))


@pytest.mark.parametrize(
    ("client_id", "connect_ms", "session"),
    [
        ("/$/inet/127.1/80", 1, {"idleTimeMs": 5, "lifeTimeMs": 50}),
        ("/#/io.l5d.fs/other", 2, {"idleTimeMs": 5, "lifeTimeMs": 50}),
        ("/#/io.l5d.fs/web-a", 2, {"lifeTimeMs": 60}),
        ("/%/io.l5d.port/80/#/io.l5d.fs/web-a", 3, {"idleTimeMs": 5, "lifeTimeMs": 50}),
    ],
)
def test_of_each_parameter_the_last_whole_value_counts(
    client_id: str, connect_ms: int, session: dict[str, int]
) -> None:
    assert parameters(CLIENTS, client_id) == {
        "connectTimeoutMs": connect_ms,
        "requestAttemptTimeoutMs": 10,
        "clientSession": session,
    }


def test_a_default_that_is_written_counts_too() -> None:
    text = CLIENTS + "    - {prefix: /#, connectTimeoutMs: 1000}\n"
    assert parameters(text, "/#/io.l5d.fs/x")["connectTimeoutMs"] == 1000


def test_values_say_where_they_were_written() -> None:
    found = read(CLIENTS).client.parameters(Path.read("/#/io.l5d.fs/web-a"))
    assert {key: place.line for key, place in found.places.items()} == {
        "connectTimeoutMs": 13,
        "requestAttemptTimeoutMs": 10,
        "clientSession": 15,
    }


def test_what_nothing_matches_has_the_defaults() -> None:
    text = "  client: {kind: io.l5d.static, configs: [{prefix: /a/b, connectTimeoutMs: 5}]}\n"
    assert client_policy(text, "/a/b/c").connect_timeout_s == 0.005
    assert parameters(text, "/a") == {}


SERVICES = """
  service:
    kind: io.l5d.static
    configs:
    - prefix: /svc
      totalTimeoutMs: 500
      retries: {budget: {minRetriesPerSec: 1}, backoff: {kind: constant, ms: 10}}
    - prefix: /svc/web
      responseClassifier: {kind: io.l5d.http.retryableRead5XX}
      retries: {budget: {ttlSecs: 20}}
    - prefix: /svc/web/*
      retries: {maxPerRequest: 3}
"""


@pytest.mark.parametrize(
    ("name", "retries"),
    [
        ("/svc/other", {"budget": {"minRetriesPerSec": 1}}),
        ("/svc/web", {"budget": {"ttlSecs": 20}}),
        ("/svc/web/GET", {"budget": {"ttlSecs": 20}, "maxPerRequest": 3}),
    ],
)
def test_keys_of_retries_are_inherited_each_by_itself(
    name: str, retries: dict[str, object]
) -> None:
    backoff = {"kind": "constant", "ms": 10}
    assert parameters(SERVICES, name)["retries"] == {"backoff": backoff, **retries}


def test_a_service_gets_the_policy_of_its_name() -> None:
    assert service_policy(SERVICES, "/svc/web/GET").max_retries == 3
    assert service_policy(SERVICES, "/svc/web").max_retries == 10


@pytest.mark.parametrize(
    ("written", "code", "path"),
    [
        ("kind: io.l5d.static", "L5D-4005", "configs"),
        ("kind: io.l5d.static, configs: [{}]", "L5D-4005", "configs[0].prefix"),
        ("kind: io.l5d.static, configs: [{prefix: '/{'}]", "L5D-4004", "configs[0].prefix"),
        ("kind: io.l5d.static, configs: [{prefix: /a, kind: x}]", "L5D-4002", "configs[0].kind"),
        ("kind: io.l5d.static, configs: [{prefix: /a, tls: {}}]", "L5D-4008", "configs[0].tls"),
        (
            "kind: io.l5d.static, configs: [{prefix: '/{a}', tls: {commonName: '{a}.{b}'}}]",
            "L5D-4008",
            "configs[0].tls",
        ),
        ("kind: io.l5d.static, configs: [], connectTimeoutMs: 1", "L5D-4002", "connectTimeoutMs"),
        ("configs: []", "L5D-4002", "configs"),
        ("prefix: /a", "L5D-4002", "prefix"),
    ],
)
def test_what_is_refused(written: str, code: str, path: str) -> None:
    (fault,) = faults(f"  client: {{{written}}}\n")
    assert (fault.code, fault.path) == (code, f"routers[0].client.{path}")


class Applied(PlaybookCase):
    def test_each_client_and_each_service_has_its_own(self) -> None:
        read_again = {"responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}}
        one_failure = {"kind": "io.l5d.consecutiveFailures", "failures": 1}
        play = self.play(
            dtab="/svc/* => /#/fake/web ; /svc/other => /#/fake/other",
            service={
                "kind": "io.l5d.static",
                "configs": [{"prefix": "/svc/web", **read_again}],
            },
            client={
                "kind": "io.l5d.static",
                "configs": [{"prefix": "/#/*/other", "failureAccrual": one_failure}],
            },
        )
        failed = b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
        play.web(failed)
        play.bind("other", 81)
        play.serve(81, failed)
        for name in (b"web", b"another", b"other"):
            play.client(GET.replace(b"web", name))
        self.assertGreater(play.number("service/svc/web/retries/total"), 0)
        self.assertEqual(play.number("service/svc/another/retries/total"), 0)
        self.assertEqual(play.number("client/#/fake/other/failure_accrual/removals"), 1)
