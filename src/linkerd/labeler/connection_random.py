"""Names an end of a connection by chance, anew for each connection.

In: which connection it is. Out: `_` and six letters or digits, the same for all its requests. They
are a digest of the connection under a key that nobody else has, so that nothing is kept of it.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.labeler.base import (
    ALPHANUMERIC,
    LENGTH,
    UNKNOWN,
    Address,
    Labeler,
    LabelerConfig,
    Session,
    literal,
)

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only


class ConnectionRandom(Labeler):
    """A label for each connection."""

    __slots__ = ("key",)

    def __init__(self, key: bytes) -> None:
        self.key = key

    @override
    def label(self, address: Address, session: Session) -> bytes:
        if not literal(address[0]):
            return UNKNOWN
        digest = blake2b(repr(session).encode(), key=self.key, digest_size=LENGTH).digest()
        return b"_" + bytes([ALPHANUMERIC[byte % len(ALPHANUMERIC)] for byte in digest])


@attrs.frozen(kw_only=True)
class ConnectionRandomConfig(LabelerConfig):
    """`kind: connectionRandom`."""

    kind: ClassVar[str] = "connectionRandom"
    summary: ClassVar[str] = "A random name for each connection."

    @override
    def mk(self, router: str, rng: random.Random) -> Labeler:
        """Make the labeler."""
        return ConnectionRandom(rng.randbytes(16))


__all__ = ["ConnectionRandom", "ConnectionRandomConfig"]
