"""Transformers of addresses: each name stays what it is, and its set of addresses is changed.

In: bound names. Out: bound names with the transformer's prefix and changed addresses, which follow
those they were made of; trees and explanations keep their shape. The bases of `io.l5d.port` and of
the transformers that let only certain hosts through.
"""

from __future__ import annotations

import abc
from heapq import nsmallest
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from linkerd._typing import override
from linkerd.name.activity import Computed, Failed, Ok, Pending
from linkerd.name.addr import ADDR_PENDING, Addr, AddrBound, AddrFailed, AddrNeg, BoundName
from linkerd.name.trace import map_bound
from linkerd.name.tree import NameTree, map_leaves
from linkerd.transformer.base import Transformer

if TYPE_CHECKING:
    from linkerd.name.activity import Activity, Read, State
    from linkerd.name.addr import Address
    from linkerd.name.path import Path
    from linkerd.name.trace import Node

FILTERED = "L5D-1109"

SHOWN = 5
"""Addresses that the reason for an empty set lists."""


class AddressTransformer(Transformer):
    """Changes one set of addresses after the other, in `addresses`."""

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        # By identity, for equal names may have different addresses. What was made of a name keeps
        # it, so an entry stands for one name as long as it is there.
        self._made: WeakValueDictionary[int, BoundName] = WeakValueDictionary()

    @abc.abstractmethod
    def addresses(self, addr: AddrBound, read: Read) -> Addr:
        """Change a set that is known and not empty; `read` takes what the result depends on."""

    def name(self, name: BoundName) -> BoundName:
        """Give the changed name, the same for the same one."""
        made = self._made.get(id(name))
        if made is None:

            def compute(read: Read) -> Addr:
                addr = read(name.addr)
                if isinstance(addr, AddrBound) and addr.addresses:
                    return self.addresses(addr, read)
                return addr

            made = BoundName(self.prefix + name.id, Computed(compute), name.residual, name)
            self._made[id(name)] = made
        return made

    @override
    def tree(self, tree: NameTree[BoundName], read: Read) -> State[NameTree[BoundName]]:
        """Change every leaf."""
        return Ok(map_leaves(tree, self.name))

    @override
    def node(self, node: Node, read: Read) -> Node:
        """Change every leaf."""
        return map_bound(node, self.name)


class HostFilter(AddressTransformer):
    """Lets addresses of certain hosts through. `called` is how the reason for none calls it."""

    def __init__(self, prefix: Path, called: str, hosts: Activity[frozenset[str]]) -> None:
        super().__init__(prefix)
        self._called = called
        self._hosts = hosts

    @override
    def addresses(self, addr: AddrBound, read: Read) -> Addr:
        """Keep those whose host is one of the hosts. Without an answer about the hosts, wait."""
        hosts = read(self._hosts)
        if isinstance(hosts, Pending):
            return ADDR_PENDING
        if isinstance(hosts, Failed):
            return AddrFailed(f"{self._called}: {hosts.why}")
        kept = frozenset(each for each in addr.addresses if _bare(each.host) in hosts.value)
        if kept:
            return AddrBound(kept, addr.meta)
        unknown = "" if hosts.value else "; the host itself has no address"
        return AddrNeg(f"{self._called} keeps none of {_listed(addr.addresses)}{unknown}", FILTERED)


def _bare(host: str) -> str:
    """Leave out the zone of a link-local IPv6 address (RFC 4007 §11)."""
    return host.partition("%")[0]


def _listed(addresses: frozenset[Address]) -> str:
    count = len(addresses)
    first = nsmallest(SHOWN, addresses, key=lambda address: (address.host, address.port))
    shown = ", ".join(_shown(address) for address in first)
    more = ", ..." if count > SHOWN else ""
    return shown if count == 1 else f"{count} addresses: {shown}{more}"


def _shown(address: Address) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{host}:{address.port}"


__all__ = ["FILTERED", "SHOWN", "AddressTransformer", "HostFilter"]
