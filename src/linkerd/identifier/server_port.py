"""`io.l5d.serverPort`: connections are named by the port of ours that they have come to.

In: connections. Out: `/<dstPrefix>/<port>`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.identifier.connection import ConnectionIdentifier, ConnectionIdentifierConfig
from linkerd.name.path import Path

if TYPE_CHECKING:
    from linkerd.identifier.arrival import Arrival


class ServerPort(ConnectionIdentifier):
    """Names connections by the server's port."""

    __slots__ = ()

    def key(self, arrival: Arrival) -> bytes | None:
        """Give the port."""
        return b"%d" % arrival.port

    def name(self, key: bytes) -> Path:
        """Give the name of a port."""
        return self.prefix + Path.of(key.decode("ascii"))

    def why(self) -> str:
        """Say nothing: every connection has come to a port."""
        return ""


@attrs.frozen(kw_only=True)
class ServerPortConfig(ConnectionIdentifierConfig):
    """The section of `io.l5d.serverPort`."""

    kind: ClassVar[str] = "io.l5d.serverPort"
    summary: ClassVar[str] = "Names connections by the port of the server that took them."

    def mk(self, dst_prefix: Path) -> ConnectionIdentifier:
        """Make the identifier."""
        return ServerPort(dst_prefix)


__all__ = ["ServerPort", "ServerPortConfig"]
