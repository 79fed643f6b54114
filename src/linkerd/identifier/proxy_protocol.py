"""`io.l5d.proxyProtocol`: connections are named by what the PROXY header before them tells.

In: connections with such a header. Out: `/<dstPrefix>/<address>/<port>`, where the client wanted to
go, or `/<dstPrefix>/<authority>`, whom it asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import option
from linkerd.errors import Unidentified
from linkerd.identifier.connection import ConnectionIdentifier, ConnectionIdentifierConfig
from linkerd.name.path import Path

if TYPE_CHECKING:
    from linkerd.identifier.arrival import Arrival

WAYS = ("destination", "authority")


class ByProxyProtocol(ConnectionIdentifier):
    """Names connections by their PROXY header; `authority`: by that, and not by an address."""

    __slots__ = ("authority",)

    def __init__(self, prefix: Path, authority: bool) -> None:
        self.prefix = prefix
        self.authority = authority

    def key(self, arrival: Arrival) -> bytes | None:
        """Give what the name is made of; None if the header does not tell."""
        header = arrival.proxy
        if header is None:
            return None
        if self.authority:
            return header.authority.encode("utf-8") or None
        if header.local:
            return None
        return b"%s/%d" % (header.destination[0].encode("ascii"), header.destination[1])

    def name(self, key: bytes) -> Path:
        """Give the name. Raises Unidentified for an authority that cannot be part of a path."""
        try:
            return self.prefix + Path.read("/" + key.decode("utf-8"))
        except ValueError as error:
            raise Unidentified(f"{key!r} cannot be part of a name: {error}") from None

    def why(self) -> str:
        """Say why there is no name."""
        what = "authority" if self.authority else "address"
        return f"it has no PROXY header with an {what}"


@attrs.frozen(kw_only=True)
class ByProxyProtocolConfig(ConnectionIdentifierConfig):
    """The section of `io.l5d.proxyProtocol`."""

    kind: ClassVar[str] = "io.l5d.proxyProtocol"
    summary: ClassVar[str] = (
        "Names connections by the PROXY header before them; for servers with `proxyProtocol`."
    )

    by: str = option(
        "`destination`: the address and the port that the client connected to, as two segments;"
        " `authority`: the host name that it asked for, where the header has one.",
        default="destination",
        check=lambda value: None if value in WAYS else "can be destination or authority",
    )

    def mk(self, dst_prefix: Path) -> ConnectionIdentifier:
        """Make the identifier."""
        return ByProxyProtocol(dst_prefix, self.by == "authority")


__all__ = ["ByProxyProtocol", "ByProxyProtocolConfig"]
