"""What the router's caches have in common: their sizes, their counters and the time to clean up.

In come the `bindingCache` section and the time; the caches themselves are
`linkerd.router.route_cache` and `linkerd.router.client_cache`. Owned by the router's bindings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import at_least_one, option
from linkerd.config.section import Section
from linkerd.net.wheel import Timed

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.net.wheel import Wheel
    from linkerd.telemetry.metrics import Scope


@attrs.frozen(kw_only=True)
class BindingCacheConfig(Section):
    """The `bindingCache` section."""

    summary: ClassVar[str] = "How many names and clients a router remembers, and for how long."

    paths: int = option(
        "How many names, each with its request's own dtab, are remembered.",
        default=1000,
        check=at_least_one,
    )
    trees: int = option(
        "Accepted and unused: a name keeps its bound tree itself.",
        default=1000,
        check=at_least_one,
        differs="Linkerd 1 has a cache of bound trees.",
    )
    bounds: int = option(
        "Accepted and unused: a name keeps its bound names itself.",
        default=1000,
        check=at_least_one,
        differs="Linkerd 1 has a cache of bound names with their residual paths.",
    )
    clients: int = option(
        "How many clients are kept, with their connections and statistics; those in use by names"
        " that are remembered are always kept.",
        default=1000,
        check=at_least_one,
    )
    idle_ttl_secs: int = option(
        "How long a name or client that nobody uses is remembered.",
        default=600,
        unit="s",
        check=at_least_one,
    )


class CacheCounts:
    """The counters of one cache, Finagle's names."""

    __slots__ = ("evicts", "expires", "misses", "oneshots")

    def __init__(self, scope: Scope) -> None:
        self.misses = scope.counter("misses")
        self.evicts = scope.counter("evicts")
        self.expires = scope.counter("expires")
        self.oneshots = scope.counter("oneshots")


class Sweep(Timed):
    """Has the caches look for what nobody uses, once each `idle_s` seconds while there is any."""

    __slots__ = ("expire", "idle_s", "wheel")

    def __init__(self, wheel: Wheel, idle_s: float, expire: Callable[[float], bool]) -> None:
        super().__init__()
        self.wheel = wheel
        self.idle_s = idle_s
        self.expire = expire

    def start(self, now: float) -> None:
        """Begin, unless it has begun."""
        if self.deadline == 0.0:
            self.wheel.arm(self, now + self.idle_s)

    def stop(self) -> None:
        """Never again."""
        self.deadline = 0.0

    def expired(self, now: float) -> None:
        if self.expire(now):
            self.wheel.arm(self, now + self.idle_s)


__all__ = ["BindingCacheConfig", "CacheCounts", "Sweep"]
