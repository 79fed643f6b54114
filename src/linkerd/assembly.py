"""The object graph of a configuration: namers, the interpreters over them, routers. Starts nothing.

In come a `LinkerConfig` and a `Runtime`; out go the parts that the process starts, that the admin
server shows and that `linkerd explain` asks. The owner of the assembly closes its namers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from linkerd.interpreter.default import DefaultInterpreter
from linkerd.namer.builtin import BuiltinNamer
from linkerd.tls.shared import SharedStore

if TYPE_CHECKING:
    from linkerd.interpreter.base import Interpreter
    from linkerd.linker import LinkerConfig
    from linkerd.name.delegate import Lookup
    from linkerd.name.path import Path
    from linkerd.namer.base import Namer
    from linkerd.router.built import BuiltRouter
    from linkerd.runtime import Runtime


@attrs.frozen
class Assembly:
    """What a configuration has become. `interpreter` has the namers and no dtab of its own."""

    namers: list[Namer]
    interpreter: Interpreter
    routers: list[BuiltRouter]
    store: SharedStore

    def close(self) -> None:
        """Let go of what is watched."""
        for router in self.routers:
            router.bindings.close()
            router.interpreter.close()
        self.interpreter.close()
        for namer in self.namers:
            namer.close()
        self.store.close()


def assemble(config: LinkerConfig, runtime: Runtime) -> Assembly:
    """Build everything; `runtime.metrics` is the root of the tree."""
    builtin = BuiltinNamer(runtime)
    lookups: list[tuple[Path, Lookup]] = [(builtin.prefix, builtin)]
    namers: list[Namer] = [builtin, *builtin.inets]
    for each in config.namers:
        namer = each.build(runtime, lookups)
        namers.append(namer)
        lookups.append((each.full_prefix(), namer))
    store = SharedStore(runtime)
    routers = [router.mk(runtime, lookups, store) for router in config.routers]
    by_label = {built.config.label: built for built in routers}
    for built in routers:
        built.config.tie(built, by_label)
    return Assembly(namers, DefaultInterpreter(lookups), routers, store)


__all__ = ["Assembly", "assemble"]
