"""Names an end of a connection by its address.

In: an (ip, port) pair. Out: `192.0.2.43`, `"[2001:db8::1]"`, or `unknown`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.labeler.base import UNKNOWN, Address, Labeler, LabelerConfig, Session, literal

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only


class Ip(Labeler):
    """The address."""

    __slots__ = ()

    @override
    def label(self, address: Address, session: Session) -> bytes:
        ip = literal(address[0])
        # A colon cannot stand in a token (RFC 7239 4).
        return (f'"{ip}"' if ":" in ip else ip).encode() or UNKNOWN


@attrs.frozen(kw_only=True)
class IpConfig(LabelerConfig):
    """`kind: ip`."""

    kind: ClassVar[str] = "ip"
    summary: ClassVar[str] = "The address: `192.0.2.43`, or quoted `[2001:db8::1]`."

    @override
    def mk(self, router: str, rng: random.Random) -> Labeler:
        """Make the labeler."""
        return Ip()


__all__ = ["Ip", "IpConfig"]
