"""Runs the proxy and writes down what its reactor and one client's balancer go through.

    python watched.py CONFIG CLIENT OUTPUT

In: a configuration, the bound name of a client, and a file. Out, a line at a time: `lag BEGIN END`
whenever the reactor has let a timer of a millisecond wait for two or more, and `set AT SIZE ADDS
REMOVES UPDATES` whenever those numbers of the balancer are others (times of the monotonic clock,
which is the same in all processes). Started by `endpoints.py`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linkerd.process import Process

now = time.monotonic  # noqa: TID251

BEAT_S = 0.001
NOTABLE_S = 0.002
NAMES = ("size", "adds", "removes", "updates")


class Watch:
    """A timer that comes again every millisecond and notes how late it is."""

    def __init__(self, reactor: Any, process: Process, client: str, output: Path) -> None:
        self.reactor = reactor
        self.process = process
        self.client = client
        self.output = output.open("w", buffering=1)
        self.last = now()
        self.seen: list[float] = []

    def beat(self) -> None:
        """Note what is new."""
        at = now()
        if at - self.last > BEAT_S + NOTABLE_S:
            self.output.write(f"lag {self.last + BEAT_S:.6f} {at:.6f}\n")
        scope = self.process.runtime.metrics.find("rt", "in", "client", self.client, "loadbalancer")
        if scope is not None:
            found: list[Any] = [scope.find(name) for name in NAMES]
            numbers = [each.metric.read() for each in found]
            if numbers != self.seen:
                self.seen = numbers
                self.output.write(f"set {at:.6f} {' '.join(f'{each:.0f}' for each in numbers)}\n")
        self.last = now()
        self.reactor.callLater(BEAT_S, self.beat)


def main(config: str, client: str, output: str) -> None:
    """Run until the process is told to end."""
    from linkerd.logs import log_to
    from linkerd.tap import make, spare_collector, steady_reactor

    reactor = steady_reactor()
    log_to(sys.stdout, "WARNING")
    process = make(config, 60.0, reactor)
    reactor.callWhenRunning(process.startService)
    reactor.callWhenRunning(spare_collector)
    reactor.addSystemEventTrigger("before", "shutdown", process.stopService)
    reactor.callWhenRunning(Watch(reactor, process, client, Path(output)).beat)
    reactor.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
