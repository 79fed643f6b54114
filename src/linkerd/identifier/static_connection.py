"""`io.l5d.static` for connections: all of them have one name.

In: connections, which are not looked at. Out: `/<dstPrefix>` and the configured path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import option
from linkerd.identifier.connection import ConnectionIdentifier, ConnectionIdentifierConfig
from linkerd.name.path import Path  # noqa: TC001  # the binder reads it

if TYPE_CHECKING:
    from linkerd.identifier.arrival import Arrival


class StaticConnection(ConnectionIdentifier):
    """Gives every connection the same name."""

    __slots__ = ("path",)

    def __init__(self, prefix: Path, path: Path) -> None:
        self.prefix = prefix
        self.path = path

    def key(self, arrival: Arrival) -> bytes | None:
        """Give the one key there is."""
        return b""

    def name(self, key: bytes) -> Path:
        """Give the one name there is."""
        return self.prefix + self.path

    def why(self) -> str:
        """Say nothing: no connection is without a name here."""
        return ""


@attrs.frozen(kw_only=True)
class StaticConnectionConfig(ConnectionIdentifierConfig):
    """The section of `io.l5d.static`."""

    kind: ClassVar[str] = "io.l5d.static"
    summary: ClassVar[str] = "Gives all connections one name."

    path: Path = option("The name, put behind `dstPrefix`.", example="/db")

    def mk(self, dst_prefix: Path) -> ConnectionIdentifier:
        """Make the identifier."""
        return StaticConnection(dst_prefix, self.path)


__all__ = ["StaticConnection", "StaticConnectionConfig"]
