"""`io.l5d.methodAndHost`: protocol version, method and host are the name. HOT.

In: request heads. Out: `/<dstPrefix>/1.1/<METHOD>/<host>`, the host in lower case, and
`/<dstPrefix>/1.0/<METHOD>` for HTTP/1.0; with `httpUriInDst` the request's path follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import option
from linkerd.errors import Unidentified
from linkerd.identifier.base import Identifier, IdentifierConfig
from linkerd.name.path import NameSyntaxError, Path

if TYPE_CHECKING:
    from linkerd.wire.http1 import RequestHead


class MethodAndHost(Identifier):
    """Names a request after version, method, host and, if `uris` is 1, path."""

    __slots__ = ("uris",)

    def __init__(self, prefix: Path, uris: int) -> None:
        self.prefix = prefix
        self.rewrites = 0
        self.uris = uris

    def key(self, head: RequestHead) -> bytes | None:
        """Give the parts with a blank between, which version and method cannot hold."""
        if head.version >= 11:
            host = head.host
            if not host:
                return None
            key = b"1.1 " + head.method + b" " + host.lower()
        else:
            key = b"1.0 " + head.method
        if self.uris:
            target = head.target
            end = target.find(b"?")
            return key + b" " + (target if end < 0 else target[:end])
        return key

    def name(self, key: bytes) -> Path:
        """Build the name. Raises Unidentified if the request's path is to be in it and is none."""
        if not self.uris:
            return self.prefix + Path(key.split(b" ", 2))
        end = key.rfind(b" ")
        try:
            suffix = Path.read(key[end + 1 :].decode("latin-1"))
        except NameSyntaxError as error:
            raise Unidentified(str(error)) from error
        return self.prefix + Path(key[:end].split(b" ", 2)) + suffix

    def why(self, head: RequestHead) -> str:
        """Say that the host is missing."""
        return "HTTP/1.1 request missing hostname"


@attrs.frozen(kw_only=True)
class MethodAndHostConfig(IdentifierConfig):
    """The section of `io.l5d.methodAndHost`."""

    kind: ClassVar[str] = "io.l5d.methodAndHost"
    summary: ClassVar[str] = "Names a request after HTTP version, method and host."

    http_uri_in_dst: bool = option(
        "Whether the path of the request is appended to the name.", default=False
    )

    def mk(self, dst_prefix: Path) -> Identifier:
        """Make the identifier."""
        return MethodAndHost(dst_prefix, 1 if self.http_uri_in_dst else 0)


__all__ = ["MethodAndHost", "MethodAndHostConfig"]
