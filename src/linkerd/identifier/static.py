"""`io.l5d.static`: all requests have one name. HOT.

In: request heads, which are not looked at. Out: `/<dstPrefix>` and the configured path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import option
from linkerd.identifier.base import Identifier, IdentifierConfig
from linkerd.name.path import Path  # noqa: TC001  # the binder reads it

if TYPE_CHECKING:
    from linkerd.wire.http1 import RequestHead


class Static(Identifier):
    """Gives every request the same name."""

    __slots__ = ("path",)

    def __init__(self, prefix: Path, path: Path) -> None:
        self.prefix = prefix
        self.rewrites = 0
        self.path = path

    def key(self, head: RequestHead) -> bytes | None:
        """Give the one key there is."""
        return b""

    def name(self, key: bytes) -> Path:
        """Give the one name there is."""
        return self.prefix + self.path

    def why(self, head: RequestHead) -> str:
        """Say nothing: no request is unidentified here."""
        return ""


@attrs.frozen(kw_only=True)
class StaticConfig(IdentifierConfig):
    """The section of `io.l5d.static`."""

    kind: ClassVar[str] = "io.l5d.static"
    summary: ClassVar[str] = "Gives all requests one name."

    path: Path = option("The name, put behind `dstPrefix`.", example="/web")

    def mk(self, dst_prefix: Path) -> Identifier:
        """Make the identifier."""
        return Static(dst_prefix, self.path)


__all__ = ["Static", "StaticConfig"]
