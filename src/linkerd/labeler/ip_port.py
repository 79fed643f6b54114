"""Names an end of a connection by its address and port.

In: an (ip, port) pair. Out: `"192.0.2.43:8080"`, `"[2001:db8::1]:8080"`, or `unknown`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.labeler.base import UNKNOWN, Address, Labeler, LabelerConfig, Session, literal

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only


class IpPort(Labeler):
    """The address and the port."""

    __slots__ = ()

    @override
    def label(self, address: Address, session: Session) -> bytes:
        ip = literal(address[0])
        return f'"{ip}:{address[1]}"'.encode() if ip else UNKNOWN


@attrs.frozen(kw_only=True)
class IpPortConfig(LabelerConfig):
    """`kind: ip:port`."""

    kind: ClassVar[str] = "ip:port"
    summary: ClassVar[str] = "The address and the port, quoted."

    @override
    def mk(self, router: str, rng: random.Random) -> Labeler:
        """Make the labeler."""
        return IpPort()


__all__ = ["IpPort", "IpPortConfig"]
