"""Names an end of a connection by chance, anew for each request, as RFC 7239 6.3 recommends.

In: a random generator. Out: `_` and six letters or digits.
"""

from __future__ import annotations

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


class RequestRandom(Labeler):
    """A label for each request."""

    __slots__ = ("rng",)

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    @override
    def label(self, address: Address, session: Session) -> bytes:
        if not literal(address[0]):
            return UNKNOWN
        return b"_" + bytes(self.rng.choices(ALPHANUMERIC, k=LENGTH))


@attrs.frozen(kw_only=True)
class RequestRandomConfig(LabelerConfig):
    """`kind: requestRandom`."""

    kind: ClassVar[str] = "requestRandom"
    summary: ClassVar[str] = "A random name for each request, such as `_a8Zk2Q`."

    @override
    def mk(self, router: str, rng: random.Random) -> Labeler:
        """Make the labeler."""
        return RequestRandom(rng)


__all__ = ["RequestRandom", "RequestRandomConfig"]
