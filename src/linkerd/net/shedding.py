"""A listening port without descriptors for newcomers: it pauses, says so, and goes on again.

In come the moments at which a newcomer cannot be served; out go pauses in accepting and a few log
lines, however long it lasts. Newcomers wait in the kernel's backlog meanwhile, and connections that
are open go on. One per port, on either carrier; owned by the port.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.logger import make_logger
from linkerd.net.wheel import Timed

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from linkerd.net.wheel import Wheel

    class Acceptor(Protocol):
        """A port that can pause."""

        label: str

        def hold(self) -> None:
            """Accept nobody."""

        def resume(self) -> None:
            """Accept again."""

        def is_closed(self) -> bool:
            """Whether it listens no more."""

        def make_room(self) -> None:
            """Close what can be spared."""

        def has_room(self) -> bool:
            """Whether a newcomer would find a descriptor."""


PAUSE_S = 0.1
CALM_S = 5.0
"""Seconds without a pause after which the shortage is over."""
TELL_S = 60.0
"""Seconds between two log lines of one shortage."""

log = make_logger()


class Shedding(Timed):
    """The shortage of one port; `since` is when it began, 0.0 while there is none."""

    __slots__ = ("acceptor", "clock", "paused", "pauses", "since", "told", "wheel")

    def __init__(self, acceptor: Acceptor, wheel: Wheel, clock: Callable[[], float]) -> None:
        super().__init__()
        self.acceptor = acceptor
        self.wheel = wheel
        self.clock = clock
        self.paused = False
        self.pauses = 0
        self.since = 0.0
        self.told = 0.0

    def begin(self, why: str) -> None:
        """Accept nobody for a moment."""
        if self.paused:
            return
        now = self.clock()
        self.paused = True
        self.acceptor.hold()
        if self.since == 0.0:
            self.since = self.told = now
            self.pauses = 0
            log.error(
                "{label} accepts nobody for the moment: {why}; newcomers wait",
                label=self.acceptor.label,
                why=why,
            )
        self.pause(now)

    def pause(self, now: float) -> None:
        """One pause more."""
        self.pauses += 1
        if now - self.told >= TELL_S:
            self.told = now
            log.error(
                "{label} is short of file descriptors since {seconds} s; {pauses} pauses",
                label=self.acceptor.label,
                seconds=int(now - self.since),
                pauses=self.pauses,
            )
        self.wheel.arm(self, now + PAUSE_S)

    def expired(self, now: float) -> None:
        if self.acceptor.is_closed():
            return
        if not self.paused:
            self.over(now)
            return
        self.acceptor.make_room()
        if self.acceptor.has_room():
            self.paused = False
            self.acceptor.resume()
            self.wheel.arm(self, now + CALM_S)
        else:
            self.pause(now)

    def over(self, now: float) -> None:
        """Nobody had to wait for a while."""
        log.info(
            "{label} accepts everybody again, after {pauses} pauses in {seconds} seconds",
            label=self.acceptor.label,
            pauses=self.pauses,
            seconds=int(now - CALM_S - self.since),
        )
        self.since = 0.0
