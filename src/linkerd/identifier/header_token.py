"""`io.l5d.header.token`: the value of a header is one segment of the name. HOT.

In: request heads. Out: `/<dstPrefix>/<value>`, the value verbatim: letter case and port are kept
and a slash in it never makes a second segment. The router's default, reading `Host`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import option
from linkerd.identifier.base import Identifier, IdentifierConfig
from linkerd.name.path import Path

if TYPE_CHECKING:
    from linkerd.wire.http1 import RequestHead


class HostToken(Identifier):
    """Names a request after its host, which the codec has at hand."""

    __slots__ = ("header",)

    def __init__(self, prefix: Path, header: str) -> None:
        self.prefix = prefix
        self.rewrites = 0
        self.header = header

    def key(self, head: RequestHead) -> bytes | None:
        """Give the host as it was sent."""
        host = head.host
        return host if host else None

    def name(self, key: bytes) -> Path:
        """Put the host behind the prefix."""
        return self.prefix + Path((key,))

    def why(self, head: RequestHead) -> str:
        """Say that there is no host."""
        return f"{self.header} header is absent"


class HeaderToken(Identifier):
    """Names a request after any header; the first value counts."""

    __slots__ = ("field", "header")

    def __init__(self, prefix: Path, header: str) -> None:
        self.prefix = prefix
        self.rewrites = 0
        self.header = header
        self.field = header.lower().encode("latin-1")

    def key(self, head: RequestHead) -> bytes | None:
        """Give the header's value."""
        value = head.get(self.field)
        return value if value else None

    def name(self, key: bytes) -> Path:
        """Put the value behind the prefix."""
        return self.prefix + Path((key,))

    def why(self, head: RequestHead) -> str:
        """Say that the header is not there."""
        return f"{self.header} header is absent"


def header_name_fault(name: str) -> str | None:
    """Say what is wrong with a header name (RFC 9110 §5.1), if anything is."""
    if name and name.isascii() and all(c.isalnum() or c in "!#$%&'*+-.^_`|~" for c in name):
        return None
    return f"not a header name: {name!r}"


@attrs.frozen(kw_only=True)
class HeaderTokenConfig(IdentifierConfig):
    """The section of `io.l5d.header.token`."""

    kind: ClassVar[str] = "io.l5d.header.token"
    summary: ClassVar[str] = "Names a request after the value of one header, as a single segment."

    header: str = option(
        "The header to read.", default="Host", example="my-header", check=header_name_fault
    )

    def mk(self, dst_prefix: Path) -> Identifier:
        """Make the identifier."""
        if self.header.lower() == "host":
            return HostToken(dst_prefix, self.header)
        return HeaderToken(dst_prefix, self.header)


__all__ = ["HeaderToken", "HeaderTokenConfig", "HostToken", "header_name_fault"]
