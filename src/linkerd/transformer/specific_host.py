"""`io.l5d.specificHost`: lets the addresses of one configured host through, and no others.

See `linkerd.transformer.base` for what comes in and goes out. The host is looked up as the name
`/$/inet/<host>` is, and for as long as addresses are observed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.config.option import option
from linkerd.name.activity import PENDING, Activity, Computed, Failed, Ok
from linkerd.name.addr import AddrBound, AddrFailed, AddrPending
from linkerd.name.path import Path
from linkerd.name.tree import leaves
from linkerd.transformer.addresses import HostFilter
from linkerd.transformer.base import TransformerConfig
from linkerd.transformer.binding import Binding

if TYPE_CHECKING:
    from linkerd.name.activity import Read, State
    from linkerd.name.delegate import Lookups
    from linkerd.runtime import Runtime

_HOST = re.compile(r"[0-9A-Za-z_.:-]+|\[[0-9A-Fa-f:.]+\]")
_ANY_PORT = "80"


def hosts_of(host: str, lookups: Lookups) -> Activity[frozenset[str]]:
    """Give the changing IP addresses of a host name or literal; none if there is no such host."""
    binding = Binding(Path.of("$", "inet", host, _ANY_PORT), lookups)

    def compute(read: Read) -> State[frozenset[str]]:
        state = read(binding.tree())
        if not isinstance(state, Ok):
            return state
        found: set[str] = set()
        for name in leaves(state.value):
            addr = read(name.addr)
            if isinstance(addr, AddrPending):
                return PENDING
            if isinstance(addr, AddrFailed):
                return Failed(addr.why)
            if isinstance(addr, AddrBound):
                found |= {address.host for address in addr.addresses}
        return Ok(frozenset(found))

    return Computed(compute)


@attrs.frozen(kw_only=True)
class SpecificHostConfig(TransformerConfig):
    """The section of `io.l5d.specificHost`."""

    kind: ClassVar[str] = "io.l5d.specificHost"
    summary: ClassVar[str] = "Sends to one host only."

    host: str = option(
        "The host that is sent to: an IP address, or a name to look up.",
        example="10.0.0.7",
        check=lambda host: None if _HOST.fullmatch(host) else "is no IP address and no host name",
        differs="Linkerd 1 looks a name up once, at start, and takes the first of its addresses.",
    )

    @override
    def mk(self, runtime: Runtime, lookups: Lookups) -> HostFilter:
        """Make the transformer."""
        called = f"{self.kind} ({self.host})"
        return HostFilter(self.full_prefix(), called, hosts_of(self.host, lookups))


__all__ = ["SpecificHostConfig", "hosts_of"]
