"""The names of Thrift calls: what TTwitter's header asks for, the service, perhaps the method. HOT.

In: calls, and the headers before them. Out: a key as other identifiers give one, and for each key a
name: `/<dstPrefix>`, then the header's destination, then what Linkerd's `Identifier` of Thrift adds
of the method's name. `service:method` is how multiplexed services are called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.errors import Unidentified
from linkerd.name.path import Path
from linkerd.wire.thrift_message import split_name

if TYPE_CHECKING:
    from linkerd.wire.thrift_message import ThriftMessage
    from linkerd.wire.ttwitter import RequestHeader

BETWEEN = b"\0"


class ThriftIdentifier:
    """Names calls. `with_method`: the method's name is part of it (`thriftMethodInDst`)."""

    __slots__ = ("prefix", "with_method")

    def __init__(self, prefix: Path, with_method: bool) -> None:
        self.prefix = prefix
        self.with_method = with_method

    def key(self, call: ThriftMessage, header: RequestHeader | None) -> bytes:
        """Give what the name of this call follows from."""
        destination = header.destination if header is not None else b""
        service, method = split_name(call.name)
        suffix = b"/" + service if service else b""
        if self.with_method:
            suffix += b"/" + method
        return destination + BETWEEN + suffix

    def name(self, key: bytes) -> Path:
        """Give the name that a key stands for. Raises Unidentified if that is no path."""
        destination, _, suffix = key.partition(BETWEEN)
        name = self.prefix
        for text in (destination, suffix):
            if text:
                try:
                    name += Path.read(text.decode("utf-8"))
                except ValueError as error:
                    shown = text.decode("utf-8", "replace")
                    raise Unidentified(f"{shown!r} is not a path: {error}") from None
        return name


__all__ = ["ThriftIdentifier"]
