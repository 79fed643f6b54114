"""`io.l5d.port`: every address gets one port, that of a proxy which runs on all hosts.

See `linkerd.transformer.base` for what comes in and goes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.config.option import option
from linkerd.config.scalars import Port  # noqa: TC001 - the binder reads it
from linkerd.name.addr import Addr, AddrBound, Address
from linkerd.name.path import Path
from linkerd.transformer.addresses import AddressTransformer
from linkerd.transformer.base import TransformerConfig

if TYPE_CHECKING:
    from linkerd.name.activity import Read
    from linkerd.name.delegate import Lookups
    from linkerd.runtime import Runtime


class PortTransformer(AddressTransformer):
    """Puts `port` in place of the port of every address; weights and the rest stay."""

    def __init__(self, prefix: Path, port: int) -> None:
        super().__init__(prefix)
        self.port = port

    @override
    def addresses(self, addr: AddrBound, read: Read) -> Addr:
        """Change the ports; addresses of one host become one unless their weights differ."""
        port = self.port
        changed = frozenset(
            Address(each.host, port, each.weight, each.meta) for each in addr.addresses
        )
        return AddrBound(changed, addr.meta)


@attrs.frozen(kw_only=True)
class PortConfig(TransformerConfig):
    """The section of `io.l5d.port`."""

    kind: ClassVar[str] = "io.l5d.port"
    summary: ClassVar[str] = "Sends to another port of the same hosts."

    port: Port = option(
        "The port to send to.",
        example="4141",
        check=lambda port: None if port else "must be at least 1",
    )

    @override
    def default_prefix(self) -> Path:
        """Give `/io.l5d.port/<port>`, as clients of different ports are different."""
        return Path.of(self.kind, str(self.port))

    @override
    def mk(self, runtime: Runtime, lookups: Lookups) -> PortTransformer:
        """Make the transformer."""
        return PortTransformer(self.full_prefix(), self.port)


__all__ = ["PortConfig", "PortTransformer"]
