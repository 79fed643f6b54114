"""One piece of asynchronous work with the reactor, and then the end of it.

A function that is given a `Runtime` comes in; what its Deferred fires with goes out. For commands
that look names up as the proxy does, and then are done.
"""

from __future__ import annotations

import random  # noqa: TID251 - the one generator of the process is made here
import time
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from linkerd.net.network import make_network
from linkerd.runtime import Runtime, steady
from linkerd.telemetry.metrics import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


def run_once(work: Callable[[Runtime], Coroutine[Any, Any, T]]) -> T:
    """Run the reactor until the work is done, once in the life of a process.

    What the work raises is raised here; a signal that ends it before becomes KeyboardInterrupt.
    """
    from twisted.internet import reactor

    running = steady(reactor)
    runtime = Runtime(
        reactor=running,
        clock=time.monotonic,  # noqa: TID251 - the one clock of the process
        wall=time.time,  # noqa: TID251
        rng=random.Random(),
        metrics=Scope(),
        network=make_network(running, time.monotonic, "twisted"),  # noqa: TID251
    )
    outcome: list[T | Failure] = []

    def begin() -> None:
        done = Deferred.fromCoroutine(work(runtime))
        done.addBoth(outcome.append)
        done.addBoth(lambda _: running.stop())

    running.callWhenRunning(begin)
    running.run()
    runtime.network.close()
    if not outcome:
        raise KeyboardInterrupt
    result = outcome[0]
    if isinstance(result, Failure):
        result.raiseException()
    return result


__all__ = ["run_once"]
