"""Namers that stand for those of a dtab that comes without a configuration.

What is built in (`/$/...`) does what it does in the proxy, but nobody is asked for addresses. Below
`/#` either every name is there, or none is. Used by `linkerd dtab`.
"""

from __future__ import annotations

import random  # noqa: TID251 - never drawn from
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from linkerd.name.activity import Activity, Constant, Ok
from linkerd.name.addr import ADDR_PENDING, BoundName
from linkerd.name.delegate import asking_order
from linkerd.name.path import Path
from linkerd.name.tree import NEG, Leaf
from linkerd.namer.builtin import BuiltinNamer
from linkerd.runtime import Runtime
from linkerd.telemetry.metrics import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.name.addr import Standing
    from linkerd.name.delegate import Lookups
    from linkerd.name.evaluation import Tree

CONFIGURED = Path.of("#")


class AnyName:
    """A namer that has every name."""

    def lookup(self, path: Path) -> Activity[Tree]:
        """Bind the whole path; its endpoints are never known."""
        return Constant(Ok(Leaf(BoundName(CONFIGURED + path, Constant(ADDR_PENDING)))))

    def standing(self, path: Path) -> Standing | None:
        """Nothing is watched."""
        return None

    def near(self, path: Path) -> Sequence[Path]:
        """Nothing is suggested."""
        return ()


class NoName(AnyName):
    """A namer that has no name."""

    def lookup(self, path: Path) -> Activity[Tree]:
        """There is no such name."""
        return Constant(Ok(NEG))


def any_name() -> Lookups:
    """Namers that have every name below `/#`."""
    return asking_order(((builtin().prefix, builtin()), (CONFIGURED, AnyName())))


def no_name() -> Lookups:
    """Namers that have no name below `/#`."""
    return asking_order(((builtin().prefix, builtin()), (CONFIGURED, NoName())))


def builtin() -> BuiltinNamer:
    """The names below `/$`; hosts are never looked up."""
    clock = Clock()
    runtime = Runtime(clock, clock.seconds, clock.seconds, random.Random(0), Scope(), None)
    return BuiltinNamer(runtime, lambda _host: Deferred())


__all__ = ["CONFIGURED", "AnyName", "NoName", "any_name", "builtin", "no_name"]
