"""What the nodes of one service say, and the addresses that come of it.

In come, by the names of nodes, the members and weights that were read, changes only; out go the
addresses of an endpoint, literal ones as they are and hosts to be looked up. A change costs what
has changed, not what there is: a service may have ten thousand members. Owned by a
`linkerd.namer.zk_members`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar

from linkerd.name.addr import Address
from linkerd.namer.endpoints import Target
from linkerd.namer.literal import address_of
from linkerd.namer.serverset_member import ALIVE
from linkerd.namer.serverset_vector import Vector, weight_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from linkerd.namer.serverset_member import Member

T = TypeVar("T")
Found: TypeAlias = "tuple[Member, ...] | Vector"


class Served(NamedTuple):
    """Where an endpoint is: addresses, and hosts that are to be looked up."""

    literal: frozenset[Address]
    named: tuple[Target, ...]


class _Places:
    """The places of one endpoint, each with the number of members that are there."""

    __slots__ = ("literal", "named", "served")

    def __init__(self) -> None:
        self.literal: dict[Address, int] = {}
        self.named: dict[Target, int] = {}
        self.served: Served | None = None


class Roster:
    """All nodes of a service, by name."""

    def __init__(self) -> None:
        self.nodes: dict[str, Found] = {}
        self._vectors: dict[str, Vector] = {}
        self._places: dict[str, _Places] = {}

    def members(self) -> list[tuple[str, Member]]:
        """Give all members, each with its node."""
        nodes = self.nodes.items()
        return [
            (name, each) for name, found in nodes if not isinstance(found, Vector) for each in found
        ]

    def weight(self, node: str, member: Member) -> float:
        """Give the weight of a member, which is 1 if nothing says otherwise."""
        return weight_of(node, member, self._vectors.values()) if self._vectors else 1.0

    def served(self, endpoint: str) -> Served:
        """Give the places of an endpoint; "" is the one that serves."""
        places = self._places.get(endpoint)
        if places is None:
            places = self._places[endpoint] = _Places()
            for name, found in self.nodes.items():
                self._add(name, found, endpoint, places)
        if places.served is None:
            places.served = Served(frozenset(places.literal), tuple(sorted(places.named)))
        return places.served

    def change(self, gone: Iterable[str], come: Mapping[str, Found]) -> None:
        """Take nodes off and put others in their place."""
        weighed = self._vectors.keys() & {*gone, *come} if self._vectors else False
        if weighed or any(isinstance(found, Vector) for found in come.values()):
            # Weights may be those of all: begin anew, when somebody asks.
            self._places = {}
        for name in gone:
            self._drop(name)
        for name, found in come.items():
            self._drop(name)
            self.nodes[name] = found
            if isinstance(found, Vector):
                self._vectors[name] = found
            for endpoint, places in self._places.items():
                self._add(name, found, endpoint, places)
                places.served = None

    def clear(self) -> None:
        """There is nobody."""
        self.nodes = {}
        self._vectors = {}
        self._places = {}

    def _drop(self, name: str) -> None:
        found = self.nodes.pop(name, None)
        if found is None:
            return
        self._vectors.pop(name, None)
        for endpoint, places in self._places.items():
            for place in self._of(name, found, endpoint):
                if isinstance(place, Address):
                    _less(places.literal, place)
                else:
                    _less(places.named, place)
            places.served = None

    def _add(self, name: str, found: Found, endpoint: str, places: _Places) -> None:
        for place in self._of(name, found, endpoint):
            if isinstance(place, Address):
                places.literal[place] = places.literal.get(place, 0) + 1
            else:
                places.named[place] = places.named.get(place, 0) + 1

    def _of(self, name: str, found: Found, endpoint: str) -> list[Address | Target]:
        """The places of one node's members that serve."""
        places: list[Address | Target] = []
        if isinstance(found, Vector):
            return places
        for member in found:
            place = member.endpoint(endpoint) if member.status == ALIVE else None
            if place is None:
                continue
            host, port = place
            weight = self.weight(name, member)
            literal = address_of(host)
            places.append(
                Target(host, port, weight) if literal is None else Address(literal, port, weight)
            )
        return places


def _less(counts: dict[T, int], place: T) -> None:
    left = counts[place] - 1
    if left:
        counts[place] = left
    else:
        del counts[place]


__all__ = ["Found", "Roster", "Served"]
