"""`linkerd check FILE|-`: is this a configuration that would start?

In: a file name. Out: an exit status, one line on standard output if all is well, every fault on
standard error if not. Opens no socket and imports nothing of Twisted's reactor.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from linkerd.config.load import read_source
from linkerd.errors import ConfigError, LinkerdError
from linkerd.name.wording import counted

if TYPE_CHECKING:
    from linkerd.linker import LinkerConfig


def check(path: str) -> int:
    """Load a configuration and say what was found: 0 = it is good, 1 = it is not."""
    from linkerd import linker  # loads Twisted, which `help` and `--version` do without

    try:
        config = linker.load(*read_source(path))
    except LinkerdError as error:
        print_faults(error)
        return 1
    print(f"ok: {summary(config)}")
    return 0


def summary(config: LinkerConfig) -> str:
    """Say in one line what a configuration would start."""
    labels = ", ".join(router.label or router.kind for router in config.routers)
    servers = sum(len(router.servers) for router in config.routers)
    routers = counted(len(config.routers), "router")
    return f"{routers} ({labels}), {counted(servers, 'server')}"


def print_faults(error: LinkerdError) -> None:
    """Print one line a fault and their number; any other error of ours in one line."""
    if not isinstance(error, ConfigError):
        print(f"linkerd: {error} [{error.code}]", file=sys.stderr)
        return
    for fault in error.faults:
        print(fault, file=sys.stderr)
    print(f"linkerd: {counted(len(error.faults), 'fault')}", file=sys.stderr)


__all__ = ["check", "print_faults", "summary"]
