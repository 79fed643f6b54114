"""A network under test whose streams all have TLS; what it is given does not know that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linkerd.net.network import Network
    from linkerd.net.security import Security


class Secure:
    """Listens and dials on `under`, each with its `Security`; None is plain text."""

    def __init__(self, under: Network, serving: Security | None, dialling: Security | None) -> None:
        self.under: Any = under
        self.wheel = under.wheel
        self.serving = serving
        self.dialling = dialling

    def server(self, ip: str, port: int, inherited: Any = None) -> Any:
        return self.under.server(ip, port, inherited, self.serving)

    def client(self, address: tuple[str, int], timeout_s: float) -> Any:
        return self.under.client(address, timeout_s, self.dialling)

    def close(self) -> None:
        self.under.close()
