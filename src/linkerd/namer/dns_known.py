"""What is known of name servers: who answered last, who is silent, who wants no EDNS.

In: what became of questions. Out: the order in which to ask. Owned by one resolver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from linkerd.namer.dns_conf import Server

SILENT_S = 60.0
"""Seconds that a silent server comes last, before it may have its turn again."""

PLAIN_S = 600.0
"""Seconds that a server is asked without EDNS that answered only so."""


class KnownServers:
    """Remembers how servers fared; they are few."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: Server | None = None
        self._answered: dict[Server, float] = {}
        self._silent: dict[Server, float] = {}
        self._plain: dict[Server, float] = {}

    def order(self, servers: Sequence[Server], first: int | None) -> list[Server]:
        """Give the servers in the order to ask: from `first` on, or the one that answered last.

        Silent ones come last, of these the one that answered at other times most recently first.
        """
        begin = first or 0
        order = [*servers[begin:], *servers[:begin]]
        if first is None and self._last in order:
            order.remove(self._last)
            order.insert(0, self._last)
        now = self._clock()
        self._silent = {
            server: since for server, since in self._silent.items() if now < since + SILENT_S
        }
        return sorted(order, key=lambda server: -self._silent.get(server, now + 1))

    def answered(self, server: Server) -> None:
        """It said something useful."""
        self._last = server
        self._answered[server] = self._clock()
        self._silent.pop(server, None)

    def silent(self, server: Server, asked_at: float) -> None:
        """It said nothing since `asked_at`; unless it answered others, this is remembered."""
        if self._answered.get(server, -1.0) < asked_at:
            self._silent.setdefault(server, self._clock())

    def plain(self, server: Server) -> None:
        """It answers only without EDNS."""
        self._plain[server] = self._clock() + PLAIN_S

    def is_plain(self, server: Server) -> bool:
        """Tell whether it is to be asked without EDNS."""
        return self._clock() < self._plain.get(server, 0.0)


__all__ = ["PLAIN_S", "SILENT_S", "KnownServers"]
