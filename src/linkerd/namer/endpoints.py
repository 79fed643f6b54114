"""Address sets made of hosts: a changing `Addr` out of the changing addresses of several hosts.

In: targets (host, port, weight) and the table of hosts. Out: a `Var[Addr]`, which looks hosts up
for as long as it is observed. Made by the namers for their bound names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from linkerd.name.activity import Computed, Constant, Failed, Ok, Pending, State, Var
from linkerd.name.addr import ADDR_PENDING, Addr, AddrBound, Address, AddrFailed
from linkerd.namer.literal import address_of

if TYPE_CHECKING:
    from linkerd.namer.hosts import Addresses, HostTable


class Target(NamedTuple):
    """One place to send to, its host not yet looked up."""

    host: str
    port: int
    weight: float = 1.0


def endpoints(
    hosts: HostTable,
    targets: tuple[Target, ...],
    none: Addr,
    literal: frozenset[Address] = frozenset(),
) -> Var[Addr]:
    """Give the changing addresses of the targets; `none` while no host has an address.

    `literal` are addresses that there are besides.
    """
    if not targets:
        return Constant(AddrBound(literal) if literal else none)
    sources = tuple(hosts.addresses(target.host) for target in targets)
    if all(address_of(target.host) is not None for target in targets):
        return Constant(merge(targets, tuple(source.sample() for source in sources), none, literal))
    return Computed(
        lambda read: merge(targets, tuple(read(source) for source in sources), none, literal)
    )


def merge(
    targets: tuple[Target, ...],
    states: tuple[State[Addresses], ...],
    none: Addr,
    literal: frozenset[Address] = frozenset(),
) -> Addr:
    """Put together what is known of the hosts of `targets`, in the same order.

    Hosts without an answer are left out as long as one has one; only if none has, the whole is
    pending or failed.
    """
    found = frozenset(
        Address(address, target.port, target.weight)
        for target, state in zip(targets, states, strict=True)
        if isinstance(state, Ok)
        for address in state.value
    )
    if found or literal:
        return AddrBound(literal | found if literal else found)
    if any(isinstance(state, Pending) for state in states):
        return ADDR_PENDING
    for state in states:
        if isinstance(state, Failed):
            return AddrFailed(state.why)
    return none


__all__ = ["Target", "endpoints", "merge"]
