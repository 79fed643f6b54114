"""What the nodes of one service say, and the addresses that come of it.

In come, by the names of nodes, the members and weights that were read, changes only; out go the
addresses of an endpoint, literal ones as they are and hosts to be looked up. A change costs what
has changed, not what there is: a service may have ten thousand members. Nodes are put in one by
one as they are read; what others see is the `Edition` that was published last. Owned by a
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
    from linkerd.namer.serverset_member import Member

T = TypeVar("T")
Found: TypeAlias = "tuple[Member, ...] | Vector"


class Served(NamedTuple):
    """Where an endpoint is: addresses, and hosts that are to be looked up."""

    literal: frozenset[Address]
    named: tuple[Target, ...]


class Edition:
    """A roster as it was at some time. Equal to itself only: the next one differs."""

    __slots__ = ("_served", "roster")

    def __init__(self, roster: Roster, served: dict[str, Served]) -> None:
        self.roster = roster
        self._served = served

    def served(self, endpoint: str) -> Served:
        """Give the places of an endpoint; "" is the one that serves."""
        found = self._served.get(endpoint)
        if found is None:
            # Never asked for before: what comes meanwhile may be seen in it already.
            found = self._served[endpoint] = self.roster.served(endpoint)
        return found


class _Places:
    """The places of one endpoint: of each node, and each with the number of members there."""

    __slots__ = ("literal", "named", "of", "served")

    def __init__(self) -> None:
        self.of: dict[str, list[Address | Target]] = {}
        self.literal: dict[Address, int] = {}
        self.named: dict[Target, int] = {}
        self.served: Served | None = None


class Roster:
    """All nodes of a service, by name."""

    def __init__(self) -> None:
        self.nodes: dict[str, Found] = {}
        self._vectors: dict[str, Vector] = {}
        self._places: dict[str, _Places] = {"": _Places()}

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

    def edition(self) -> Edition:
        """Give what there is now, of all endpoints that anybody has asked for."""
        return Edition(self, {endpoint: self.served(endpoint) for endpoint in self._places})

    def put(self, name: str, found: Found) -> None:
        """Put a node in, perhaps in the place of what it was."""
        if name in self.nodes:
            self.drop(name)
        self.nodes[name] = found
        if isinstance(found, Vector):
            self._vectors[name] = found
            self._weigh()
            return
        for endpoint, places in self._places.items():
            self._add(name, found, endpoint, places)
            places.served = None

    def drop(self, name: str) -> None:
        """Take a node off."""
        found = self.nodes.pop(name)
        if isinstance(found, Vector):
            del self._vectors[name]
            self._weigh()
            return
        for places in self._places.values():
            for place in places.of.pop(name):
                if isinstance(place, Address):
                    _less(places.literal, place)
                else:
                    _less(places.named, place)
            places.served = None

    def _weigh(self) -> None:
        """Weights may be those of all: begin anew."""
        for endpoint in self._places:
            self._places[endpoint] = places = _Places()
            for name, found in self.nodes.items():
                self._add(name, found, endpoint, places)

    def _add(self, name: str, found: Found, endpoint: str, places: _Places) -> None:
        if isinstance(found, Vector):
            return
        places.of[name] = there = self._of(name, found, endpoint)
        for place in there:
            if isinstance(place, Address):
                places.literal[place] = places.literal.get(place, 0) + 1
            else:
                places.named[place] = places.named.get(place, 0) + 1

    def _of(self, name: str, found: tuple[Member, ...], endpoint: str) -> list[Address | Target]:
        """The places of one node's members that serve."""
        places: list[Address | Target] = []
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


__all__ = ["Edition", "Found", "Roster", "Served"]
