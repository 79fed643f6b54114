"""`io.l5d.sni`: connections are named by the server name that their TLS asks for.

In: connections, of which the ClientHello is read and passed on untouched, or whose TLS ends here.
Out: `/<dstPrefix>/<name>`, in lower case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.identifier.connection import ConnectionIdentifier, ConnectionIdentifierConfig
from linkerd.name.path import Path

if TYPE_CHECKING:
    from linkerd.identifier.arrival import Arrival


class Sni(ConnectionIdentifier):
    """Names connections by SNI (RFC 6066 3)."""

    __slots__ = ()

    def key(self, arrival: Arrival) -> bytes | None:
        """Give the name as it is asked for; None if none is."""
        return arrival.server_name().encode("ascii", "replace") or None

    def name(self, key: bytes) -> Path:
        """Give the name."""
        return self.prefix + Path.of(key.decode("ascii"))

    def why(self) -> str:
        """Say why there is none."""
        return "its first bytes are no TLS that asks for a server name"


@attrs.frozen(kw_only=True)
class SniConfig(ConnectionIdentifierConfig):
    """The section of `io.l5d.sni`."""

    kind: ClassVar[str] = "io.l5d.sni"
    summary: ClassVar[str] = (
        "Names connections by the server name in the first message of their TLS, which goes on as"
        " it came; where the server has `tls`, by the name that it was asked for."
    )

    def mk(self, dst_prefix: Path) -> ConnectionIdentifier:
        """Make the identifier."""
        return Sni(dst_prefix)


__all__ = ["Sni", "SniConfig"]
