"""`io.l5d.localhost`: lets only addresses of this machine through, for a proxy beside its servers.

See `linkerd.transformer.base` for what comes in and goes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.transformer.addresses import HostFilter
from linkerd.transformer.base import TransformerConfig
from linkerd.transformer.interfaces import LocalAddresses

if TYPE_CHECKING:
    from linkerd.name.delegate import Lookups
    from linkerd.runtime import Runtime


@attrs.frozen(kw_only=True)
class LocalhostConfig(TransformerConfig):
    """The section of `io.l5d.localhost`; nothing to configure."""

    kind: ClassVar[str] = "io.l5d.localhost"
    summary: ClassVar[str] = "Sends to this machine only: to addresses of its interfaces."

    @override
    def mk(self, runtime: Runtime, lookups: Lookups) -> HostFilter:
        """Make the transformer."""
        return HostFilter(self.full_prefix(), self.kind, LocalAddresses(runtime))


__all__ = ["LocalhostConfig"]
