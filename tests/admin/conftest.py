"""A proxy as the admin server sees it, made of plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from linkerd.admin.view import (
    BalancerView,
    CannotDelegate,
    ClientView,
    ConnectionView,
    EndpointView,
    MaterialView,
    RouterView,
    ServerView,
    ServiceView,
)
from linkerd.telemetry.metrics import Scope
from linkerd.telemetry.request_stats import CHANNEL_CLOSED, RequestStats

if TYPE_CHECKING:
    from collections.abc import Iterator


@attrs.define
class FakeView:
    """Keeps what it was asked; `shown` are its routers, the answers are those set."""

    metrics: Scope = attrs.Factory(Scope)
    started_at: float = 1_700_000_000.0
    shown: list[RouterView] = attrs.Factory(list)
    delegated: object = None
    explained: list[dict[str, Any]] | Exception = attrs.Factory(list)
    asked: list[object] = attrs.Factory(list)
    ended: list[float | None] = attrs.Factory(list)
    materials: list[MaterialView] = attrs.Factory(list)
    open: list[ConnectionView] = attrs.Factory(list)

    def uptime(self) -> float:
        return 3725.0

    def config_json(self) -> object:
        return {"routers": [{"protocol": "http"}]}

    def routers(self) -> list[RouterView]:
        return self.shown

    def delegate(self, router: object, dtab: object, path: object) -> object:
        self.asked.append((router, dtab, path))
        if router == "mute":
            raise CannotDelegate
        return self.delegated

    async def explain(self, *question: object) -> list[dict[str, Any]]:
        self.asked.append(question)
        if isinstance(self.explained, Exception):
            raise self.explained
        return self.explained

    def connections(self, router: str | None) -> Iterator[ConnectionView]:
        return (each for each in self.open if router in (None, each.router))

    def material(self) -> list[MaterialView]:
        return self.materials

    def interpreters(self) -> list[tuple[str, str]]:
        return [("http", "io.l5d.fs")]

    def interpreter_state(self, router: str, kind: str) -> object | None:
        return {"file": "a"} if (router, kind) == ("http", "io.l5d.fs") else None

    def bound_names(self) -> list[str]:
        return ["/#/io.l5d.fs/web"]

    def namer_state(self, prefix: str) -> object | None:
        return {"state": "ok"} if prefix == "io.l5d.fs" else None

    def shutdown(self, grace: float | None) -> None:
        self.ended.append(grace)


@pytest.fixture
def view() -> FakeView:
    """Give a view of one router with traffic, one endpoint dead."""
    made = FakeView(
        shown=[
            RouterView(
                "http",
                dtab="/svc => /#/io.l5d.fs ;\n/svc/slow => 9 * /#/io.l5d.fs/a & 1 * /#/io.l5d.fs/b",
                servers=[ServerView("127.0.0.1/4140", "127.0.0.1:4140", connections=12)],
                services=[
                    ServiceView("/svc/web", 0),
                    ServiceView("/svc/<script>alert(1)</script>"),
                ],
                clients=[
                    ClientView(
                        "/#/io.l5d.fs/web",
                        "http",
                        BalancerView("p2c", "requests", size=3, available=2, busy=1),
                        endpoints=[
                            EndpointView("127.0.0.1:8001", pending=2, connections=3, load=2.0),
                            EndpointView(
                                "127.0.0.1:8002",
                                "dead",
                                "7 failures in a row",
                                dead_for=4.25,
                                until=1_700_003_729.5,
                            ),
                            EndpointView("127.0.0.1:8003", "probing", load=1250.0, weight=0.5),
                        ],
                        requeue_budget=98,
                    ),
                    ClientView(
                        "/#/io.l5d.fs/gone", balancer=BalancerView("ewma", "ms"), state="Neg"
                    ),
                ],
            )
        ]
    )
    fill(made.metrics)
    return made


def fill(metrics: Scope) -> None:
    """Count some traffic."""
    router = metrics.scope("rt", "http")
    for scope in (
        router.scope("server", "127.0.0.1/4140"),
        router.scope("service", "svc/web"),
        router.scope("client", "#/io.l5d.fs/web"),
    ):
        stats = RequestStats(scope)
        for number in range(1500):
            stats.begin()
            stats.done(number % 100 != 0, number // 40)
        stats.begin()
        stats.failed_with((CHANNEL_CLOSED,), 5)
        stats.begin()
        stats.latency.snapshot()
    metrics.gauge("jvm", "mem", "current", "used", read=lambda: 41.5 * 2**20)
