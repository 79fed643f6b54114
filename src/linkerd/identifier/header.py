"""`io.l5d.header`: a header holds the name, written as a path. HOT.

In: request heads. Out: `/<dstPrefix>` and the path that the header's value is; a value that is no
path fails the request, whatever identifiers follow.
"""

from __future__ import annotations

from typing import ClassVar

import attrs

from linkerd.config.option import option
from linkerd.errors import Unidentified
from linkerd.identifier.base import Identifier, IdentifierConfig
from linkerd.identifier.header_token import HeaderToken, header_name_fault
from linkerd.name.path import NameSyntaxError, Path


class Header(HeaderToken):
    """Reads a name from a header; the first value counts."""

    __slots__ = ()

    def name(self, key: bytes) -> Path:
        """Read the value. Raises Unidentified with the syntax error if it is not a path."""
        try:
            return self.prefix + Path.read(key.decode("latin-1"))
        except NameSyntaxError as error:
            raise Unidentified(str(error)) from error


@attrs.frozen(kw_only=True)
class HeaderConfig(IdentifierConfig):
    """The section of `io.l5d.header`."""

    kind: ClassVar[str] = "io.l5d.header"
    summary: ClassVar[str] = "Reads the name of a request, written as a path, from one header."

    header: str = option(
        "The header to read.", default="l5d-name", example="my-header", check=header_name_fault
    )

    def mk(self, dst_prefix: Path) -> Identifier:
        """Make the identifier."""
        return Header(dst_prefix, self.header)


__all__ = ["Header", "HeaderConfig"]
