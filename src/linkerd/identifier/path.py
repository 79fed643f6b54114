"""`io.l5d.path`: the first segments of the request target are the name. HOT.

In: request heads. Out: `/<dstPrefix>/<segment>...`; with `consume` also the target without them.
The segments are taken as they were sent: nothing is percent-decoded, the query takes no part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import option
from linkerd.errors import Unidentified
from linkerd.identifier.base import Identifier, IdentifierConfig
from linkerd.name.path import Path

if TYPE_CHECKING:
    from linkerd.wire.http1 import RequestHead


class PathSegments(Identifier):
    """Names a request after the first `segments` segments of its target."""

    __slots__ = ("segments",)

    def __init__(self, prefix: Path, segments: int, consume: int) -> None:
        self.prefix = prefix
        self.rewrites = consume
        self.segments = segments

    def key(self, head: RequestHead) -> bytes | None:
        """Give the segments as they stand, without the first slash."""
        target = head.target
        end = self.end(target)
        return target[1:end] if end > 0 else None

    def end(self, target: bytes) -> int:
        """Give the offset behind the last segment of the name, 0 if the target has too few."""
        limit = target.find(b"?")
        if limit < 0:
            limit = len(target)
        while limit > 0 and target[limit - 1] == 47:  # empty pieces at the end do not count
            limit -= 1
        if limit == 0 or target[0] != 47:
            return 0
        at = 0
        for _ in range(self.segments):
            if at >= limit:
                return 0
            at = target.find(b"/", at + 1, limit)
            if at < 0:
                at = limit
        return at

    def name(self, key: bytes) -> Path:
        """Split the key. Raises Unidentified if a segment is empty, as in `//`."""
        segments = key.split(b"/")
        if b"" in segments:
            raise Unidentified("empty segment in path")
        return self.prefix + Path(segments)

    def why(self, head: RequestHead) -> str:
        """Say that the target is too short."""
        return "not enough segments in path"

    def target(self, head: RequestHead) -> bytes:
        """Give the target without the name; query and a trailing slash stay."""
        target = head.target
        if not self.rewrites:
            return target
        rest = target[self.end(target) :]
        return rest if rest and rest[0] == 47 else b"/" + rest


def _positive(number: int) -> str | None:
    return None if number >= 1 else "at least one segment is needed"


@attrs.frozen(kw_only=True)
class PathConfig(IdentifierConfig):
    """The section of `io.l5d.path`."""

    kind: ClassVar[str] = "io.l5d.path"
    summary: ClassVar[str] = "Names a request after the first segments of its path."

    segments: int = option("How many segments make the name.", default=1, check=_positive)
    consume: bool = option(
        "Whether these segments are removed from the request that is forwarded.", default=False
    )

    def mk(self, dst_prefix: Path) -> Identifier:
        """Make the identifier."""
        return PathSegments(dst_prefix, self.segments, 1 if self.consume else 0)


__all__ = ["PathConfig", "PathSegments"]
