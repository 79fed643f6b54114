"""Lines about refusals: one a second, with how many went before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.support.logs import logged
from twisted.internet.task import Clock

from linkerd.server.refusals import Refusals
from linkerd.telemetry.metrics import Scope


def test_one_line_a_second_tells_of_all() -> None:
    clock = Clock()

    refusals = Refusals(Scope(), "127.0.0.1/4145", clock.seconds)
    connection: Any = SimpleNamespace(transport=SimpleNamespace(peer=("192.0.2.1", 7)))
    clock.advance(5.0)
    with logged() as lines:
        for why in ("first", "second", "third"):
            refusals.note(connection, why)
        clock.advance(1.0)
        refusals.note(connection, "fourth")
        refusals.say(connection, "fifth")
    assert lines == [
        "warn: closed a connection of 192.0.2.1:7 on 127.0.0.1/4145: first",
        "warn: closed a connection of 192.0.2.1:7 on 127.0.0.1/4145: fourth"
        " (2 more were closed before)",
    ]
    assert refusals.count.value == 4
