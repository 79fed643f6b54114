"""The steps of TLS handshakes, few at a time: a flood of them must not starve open connections.

In come handshakes that can go on; out go their steps, at the end of a turn when everybody else has
been served. A step may take as long as a private key does. Owned by the engine or, on Twisted's
carrier, by the network.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from linkerd.logger import make_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Steps(Protocol):
        """A handshake."""

        def step(self) -> None:
            """Go on as far as that is possible now."""

        def fail(self, why: str) -> None:
            """Give up for a fault of ours."""


BUDGET_S = 0.001
"""What the steps of one turn may take together; the last of them may take longer."""

log = make_logger()


class Handshakes:
    """Those that can go on: `begun` come before `newcomers`, so that what was started ends.

    Endpoints that we dial count as begun, for requests wait for them.
    """

    __slots__ = ("begun", "clock", "newcomers")

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.begun: deque[Steps] = deque()
        self.newcomers: deque[Steps] = deque()

    def run(self) -> None:
        """Make steps until the time of this turn is used up, one at least."""
        if not (self.begun or self.newcomers):
            return
        end = self.clock() + BUDGET_S
        while True:
            queue = self.begun or self.newcomers
            if not queue:
                return
            handshake = queue.popleft()
            try:
                handshake.step()
            except Exception:
                log.failure("A TLS handshake failed for a reason of our own: {log_failure}")
                handshake.fail("internal error")
            if self.clock() >= end:
                return
