"""`twistd linkerd FILE`: options, and the service they stand for.

The only importer of the global reactor. A configuration with faults, or one whose ports are taken,
is refused here, before anything listens: every fault on a line, exit status 1.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Any

from twisted.python import usage

from linkerd.config.load import read_source
from linkerd.errors import ConfigError
from linkerd.linker import load
from linkerd.process import Process
from linkerd.reserve import reserve
from linkerd.runtime import steady

if TYPE_CHECKING:
    from twisted.application.service import IService


class Options(usage.Options):
    """The command line behind `twistd linkerd`."""

    synopsis = "FILE|-"
    longdesc = "Run the proxy that FILE (YAML or JSON; - is standard input) describes."
    optParameters = [  # noqa: N815
        ["histogram-interval", None, 60.0, "Seconds that a histogram covers.", float],
    ]

    def parseArgs(self, path: str) -> None:  # type: ignore[override]  # noqa: N802
        """Take the one argument."""
        self["path"] = path


def makeService(options: Options) -> IService:  # noqa: N802 - IServiceMaker
    """Make the service, or print every fault and exit with 1."""
    reactor = steady_reactor()
    reactor.callWhenRunning(spare_collector)
    try:
        return make(options["path"], options["histogram-interval"], reactor)
    except ConfigError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        raise SystemExit(1) from None


def steady_reactor() -> Any:
    """Take the global reactor, before it has any timer."""
    from twisted.internet import reactor

    return steady(reactor)


def make(path: str, snapshot_interval_s: float, reactor: Any) -> Process:
    """Make the service. Raises ConfigError."""
    config = load(*read_source(path))
    return Process(config, reserve(config, os.environ), reactor, snapshot_interval_s)


def spare_collector() -> None:
    """Take what has been made by now, when everything is built, out of the collector's sight.

    It stays for good, and to look through it again and again would stop the reactor each time for
    longer than what comes and goes does.
    """
    gc.collect()
    gc.freeze()


def run(path: str, log_level: str = "INFO", snapshot_interval_s: float = 60.0) -> int:
    """Run in the foreground, as `linkerd FILE` does, and give the exit status.

    Raises ConfigError before anything listens.
    """
    from linkerd.logs import log_to

    log_to(sys.stdout, log_level)
    reactor = steady_reactor()
    process = make(path, snapshot_interval_s, reactor)
    reactor.callWhenRunning(process.startService)
    reactor.callWhenRunning(spare_collector)
    reactor.addSystemEventTrigger("before", "shutdown", process.stopService)
    reactor.run()
    return 1 if process.failed else 0
