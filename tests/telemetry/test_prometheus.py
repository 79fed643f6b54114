"""Prometheus text: Linkerd's names, and a real parser's view of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from linkerd.telemetry.metrics import Scope
from linkerd.telemetry.prometheus import PrometheusConfig, prometheus_text, series

RT = ("rt", "http")
CLOSED = "com.twitter.finagle.ChannelClosedException"


def text(root: Scope, prefix: str = "") -> str:
    return "".join(prometheus_text(root, prefix))


def parsed(root: Scope) -> list[tuple[str, dict[str, str], float]]:
    families: Any = text_string_to_metric_families(text(root))
    return [(s.name, s.labels, s.value) for family in families for s in family.samples]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("jvm", "uptime"), "jvm:uptime 1"),
        (("jvm", "mem", "post-GC x"), "jvm:mem:post_GC_x 1"),
        ((*RT, "originator"), 'rt:originator{rt="http"} 1'),
        (
            (*RT, "bindcache", "path", "misses"),
            'rt:bindcache:path:misses{rt="http"} 1',
        ),
        (
            (*RT, "server", "127.0.0.1/4140", "requests"),
            'rt:server:requests{rt="http", server="127.0.0.1/4140"} 1',
        ),
        (
            (*RT, "server", "127.0.0.1/4140", "exn", "a.B", "c.D"),
            'rt:server:exceptions{rt="http", server="127.0.0.1/4140", exception="a.B:c.D"} 1',
        ),
        (
            (*RT, "service", "svc/web", "method", "Users:find", "requests"),
            'rt:service:method:requests{rt="http", service="svc/web", method="Users:find"} 1',
        ),
        (
            (*RT, "service", "svc/web", "failures"),
            'rt:service:failures{rt="http", service="svc/web"} 1',
        ),
        (
            (*RT, "service", "svc/web", "failures", CLOSED),
            f'rt:service:failures{{rt="http", service="svc/web", exception="{CLOSED}"}} 1',
        ),
        (
            (*RT, "client", "#/io.l5d.fs/web", "service", "svc/web", "requests"),
            'rt:client:service:requests{rt="http", client="#/io.l5d.fs/web", service="svc/web"} 1',
        ),
        (
            (*RT, "client", "#/x", "service", "svc/web", "failures", "a.B"),
            'rt:client:service:failures:a_B{rt="http", client="#/x", service="svc/web"} 1',
        ),
        (
            (*RT, "service", "svc/web", "retries", "budget_exhausted"),
            'rt:service:retries:budget_exhausted{rt="http", service="svc/web"} 1',
        ),
    ],
)
def test_names_and_labels(path: tuple[str, ...], line: str) -> None:
    root = Scope()
    root.counter(*path).value = 1
    assert text(root) == line + "\n"


def test_kinds_of_numbers() -> None:
    root = Scope()
    root.counter("count").value = 7
    root.gauge("gauge", read=lambda: 1)
    assert text(root) == "count 7\ngauge 1.0\n"


def test_the_prefix_is_cleaned_too() -> None:
    root = Scope()
    root.counter("jvm", "uptime")
    assert text(root, "my-mesh:") == "my_mesh:jvm:uptime 0\n"


def test_histograms() -> None:
    root = Scope()
    stat = root.stat(*RT, "server", "127.0.0.1/4140", "request_latency_ms")
    root.stat("empty").snapshot()
    assert text(root) == ""
    for value in (4, 6):
        stat.add(value)
    stat.snapshot()
    labels = 'rt="http", server="127.0.0.1/4140"'
    name = "rt:server:request_latency_ms"
    assert text(root).splitlines() == [
        f"{name}_count{{{labels}}} 2",
        f"{name}_sum{{{labels}}} 10",
        f"{name}_avg{{{labels}}} 5.0",
        f'{name}{{{labels}, quantile="0"}} 4',
        f'{name}{{{labels}, quantile="0.5"}} 4',
        *[
            f'{name}{{{labels}, quantile="{quantile}"}} 6'
            for quantile in ("0.9", "0.95", "0.99", "0.999", "0.9999", "1")
        ],
    ]


def test_a_histogram_without_labels() -> None:
    root = Scope()
    root.stat("lag").add(3)
    root.stat("lag").snapshot()
    lines = text(root).splitlines()
    assert lines[0] == "lag_count 1"
    assert lines[3] == 'lag{quantile="0"} 3'


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_parser_reads_any_label_back(label: str) -> None:
    root = Scope()
    root.counter(*RT, "service", label, "requests").value = 5
    labels = {"rt": "http", "service": label}
    assert parsed(root) == [("rt:service:requests", labels, 5.0)]


def test_short_paths_stay_names() -> None:
    assert series(("rt", "http")) == (("rt", "http"), [])
    assert series((*RT, "server", "x")) == (("rt", "server", "x"), [("rt", "http")])


def test_the_section() -> None:
    config = PrometheusConfig()
    assert (config.kind, config.family) == ("io.l5d.prometheus", "telemeter")
    assert (config.path, config.prefix) == ("/admin/metrics/prometheus", "")
