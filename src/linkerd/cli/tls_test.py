"""`linkerd tls test`: would there be TLS, and if not, why?

In: a configuration, and a name or the wish to see our own servers. Out: the report as text or JSON
on standard output, and an exit status: 0 all is well, 1 not. Handshakes are made one after the
other, without the reactor.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, TypeAlias

from linkerd.cli.given import WrongUse
from linkerd.cli.once import run_once
from linkerd.cli.style import style_of
from linkerd.cli.tls_report import routed_json
from linkerd.cli.tls_servers import servers_json
from linkerd.cli.tls_targets import Routed, Target, find
from linkerd.cli.tls_text import report_text, servers_text
from linkerd.config.load import read_source
from linkerd.linker import load
from linkerd.tls.probe import probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.runtime import Runtime
    from linkerd.tls.probe import Probe

Json: TypeAlias = "dict[str, Any]"


def try_name(
    path: str, name: str, label: str | None, most: int, limit_s: float, as_json: bool
) -> int:
    """Try the first `most` endpoints of each client. Raises `WrongUse` and errors of ours."""
    config = load(*read_source(path))

    async def work(runtime: Runtime) -> list[Routed]:
        return await find(config, name, label, limit_s, runtime)

    now = time.time()  # noqa: TID251 - the one clock of the process
    shown = [
        routed_json(each, {t.client_id: tried(t, most) for t in each.targets}, now)
        for each in run_once(work)
    ]
    _print("tests", shown, as_json, report_text)
    return 0 if all(each["ok"] for each in shown) else 1


def tried(target: Target, most: int) -> list[Probe]:
    """Shake hands with the first `most` endpoints of a client, one after the other."""
    security = target.security
    if security is None:
        return []
    clock = time.monotonic  # noqa: TID251 - the one clock of the process
    return [
        probe(address, security, target.timeout_s, clock) for address in target.addresses[:most]
    ]


def show_servers(path: str, label: str | None, as_json: bool) -> int:
    """Show what our own servers present. Raises `WrongUse` and errors of ours."""
    config = load(*read_source(path))
    chosen = [each for each in config.routers if label in (None, each.label)]
    if not chosen:
        labels = ", ".join(each.label for each in config.routers)
        raise WrongUse(f"there is no router {label!r}, but there are: {labels}")
    now = time.time()  # noqa: TID251 - the one clock of the process
    shown = [servers_json(each, now) for each in chosen]
    _print("routers", shown, as_json, servers_text)
    return 1 if any(server["faults"] for each in shown for server in each["servers"]) else 0


def _print(key: str, shown: list[Json], as_json: bool, text: Callable[..., str]) -> None:
    if as_json:
        print(json.dumps({key: shown}, indent=2))
        return
    style = style_of(sys.stdout)
    print("\n\n".join([text(each, style) for each in shown]))


__all__ = ["show_servers", "tried", "try_name"]
