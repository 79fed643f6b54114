"""What the entries of the `routers` section have in common, whatever the protocol.

The binder makes one subclass of `RouterConfig` per entry; its `mk` builds the router and starts
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import at_least_one, option
from linkerd.config.section import Plugin
from linkerd.interpreter.base import InterpreterConfig
from linkerd.interpreter.default import DefaultInterpreterConfig
from linkerd.name.dtab import EMPTY_DTAB, Dtab
from linkerd.name.path import Path
from linkerd.router.caches import BindingCacheConfig
from linkerd.router.client_config import ClientConfig, GlobalClientConfig
from linkerd.router.service_config import GlobalServiceConfig, ServiceConfig
from linkerd.server.config import ListenerConfig

if TYPE_CHECKING:
    from collections.abc import Mapping

    from linkerd.name.delegate import Lookups
    from linkerd.router.built import BuiltRouter
    from linkerd.runtime import Runtime
    from linkerd.tls.shared import SharedStore


@attrs.frozen(kw_only=True)
class RouterConfig(Plugin):
    """What routers of all protocols have."""

    family: ClassVar[str] = "protocol"
    tag: ClassVar[str] = "protocol"
    not_yet: ClassVar[dict[str, str]] = {"announcers": ""}
    renamed: ClassVar[dict[str, str]] = {
        "baseDtab": "write `dtab`",
        "failFast": "it belongs into `client`",
        "responseClassifier": "it belongs into `service`",
        "timeoutMs": "write `totalTimeoutMs` in `service`",
        "tracers": "tracers are telemeters: see `telemetry`",
        "loggers": "write `requestAuthorizers` in `client`",
    }

    label: str = option("The name of the router in metrics and on the admin page.", default="http")
    servers: tuple[ListenerConfig, ...] = option("The addresses to listen on.")
    dtab: Dtab = option("The rules that names are delegated by.", default=EMPTY_DTAB)
    dst_prefix: Path = option("What every name begins with.", default=Path.of("svc"))
    originator: bool = option(
        "Mark this router in the metrics as the first that a request meets.", default=False
    )
    interpreter: InterpreterConfig = option(
        "What turns names into addresses.", default=DefaultInterpreterConfig()
    )
    client: ClientConfig = option("Towards the endpoints.", default=GlobalClientConfig())
    service: ServiceConfig = option("Towards the callers.", default=GlobalServiceConfig())
    binding_timeout_ms: int = option(
        "How long a request may wait for its name and for a connection.",
        default=10_000,
        unit="ms",
        check=at_least_one,
    )

    binding_cache: BindingCacheConfig = option(
        "How many names and clients are remembered, and for how long.",
        default=BindingCacheConfig(),
    )

    def mk(self, runtime: Runtime, namers: Lookups, store: SharedStore) -> BuiltRouter:
        """Build the router; `runtime` counts in the root of the metrics tree.

        Reads the files of TLS, so it blocks if there are any. Raises `BadPem`.
        """
        raise NotImplementedError

    def targets(self) -> list[tuple[str, str]]:
        """Other routers that connections go to: the key that says so, a protocol, and its label."""
        return []

    def tie(self, built: BuiltRouter, others: Mapping[str, BuiltRouter]) -> None:
        """All routers are built, `others` by label: take hold of the `targets`."""

    def log_files(self) -> list[tuple[str, str, bool]]:
        """The files that get its lines: key, absolute path, and whether it renames them."""
        return []

    def faults(self) -> list[tuple[str, str]]:
        """A router that listens nowhere is of no use."""
        return [] if self.servers else [("servers", f"router '{self.label}' has no servers")]
