"""TLS for the servers and clients of a router.

In come the `tls` sections and the store of the process; out go the securities of listeners and
clients. All files are read when the router is built, so that no request waits for one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.name.path import Path
    from linkerd.net.security import Security
    from linkerd.router.client_config import ClientConfig
    from linkerd.runtime import Runtime
    from linkerd.server.listener import Listener
    from linkerd.telemetry.metrics import Scope
    from linkerd.tls.config import ClientTls, ServerTls
    from linkerd.tls.shared import SharedStore

HTTP = ("http/1.1",)
"""What routers of HTTP offer by ALPN; others offer nothing."""


class ClientSecurities:
    """The securities of a router's clients, by their ids."""

    def __init__(
        self,
        config: ClientConfig,
        store: SharedStore,
        runtime: Runtime,
        alpn: tuple[str, ...] = (),
    ) -> None:
        self._config = config
        self._alpn = alpn
        self._store = store
        self._runtime = runtime
        for section in config.tls_sections():
            if section.enabled:
                self._read(section)

    def _read(self, section: ClientTls) -> None:
        from linkerd.tls.security import client_rotation

        client_rotation(section, self._store.get(), self._alpn)

    def of(
        self, client_id: Path, section: ClientTls | None
    ) -> Callable[[Scope], Security | None] | None:
        """What makes the security of a client with this section; None is plain text."""
        if section is None or not section.enabled:
            return None
        return partial(self._make, client_id, section)

    def _make(self, client_id: Path, section: ClientTls, scope: Scope) -> Security | None:
        from linkerd.tls.security import client_security

        captures = self._config.tls_captures(client_id)
        store = self._store.get()
        return client_security(section, captures, store, self._runtime, scope, self._alpn)


def secure(
    listener: Listener,
    section: ServerTls,
    store: SharedStore,
    runtime: Runtime,
    alpn: tuple[str, ...] = (),
    names: bool = False,
) -> None:
    """Have a listener speak TLS; `names`: SNI has to be known. Raises `BadPem`."""
    # Without TLS, what it takes is not in memory.
    from linkerd.tls.security import server_security

    scope = listener.stats.scope
    listener.security = server_security(section, store.get(), runtime, scope, alpn, names)


__all__ = ["HTTP", "ClientSecurities", "secure"]
