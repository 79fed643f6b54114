"""The weights of a serverset's members, as they stand in ZooKeeper: JSON in a node `vector_<name>`.

In come the bytes of a node; out goes which members it multiplies the weight of, and by what. Pure.
The format is that of Finagle's `serverset2`: `{"vector": [{"select": "shard=3", "weight": 0.5}]}`,
where `select` is `member=<node>`, `shard=<number>` or `inet=<host>:<port>`.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linkerd.namer.serverset_member import Member

VECTOR = "vector_"

KINDS = ("inet", "member", "shard")


class Descriptor(NamedTuple):
    """One line: members of which `kind` is `which` have `weight` times their weight."""

    kind: str
    which: str
    weight: float


class Vector(NamedTuple):
    """What one node says."""

    descriptors: tuple[Descriptor, ...]


def read_vector(raw: bytes) -> Vector | None:
    """Read a node; None if it is no vector. Lines that select nothing known are left out."""
    try:
        lines = json.loads(raw)["vector"]
        found = [_descriptor(line["select"], line.get("weight", 1.0)) for line in lines]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Vector(tuple(each for each in found if each.kind in KINDS))


def _descriptor(select: str, weight: float) -> Descriptor:
    kind, _, which = select.partition("=")
    if isinstance(weight, bool) or not math.isfinite(weight) or weight < 0:
        raise ValueError("no weight")
    return Descriptor(kind, which, float(weight))


def weight_of(node: str, member: Member, vectors: Iterable[Vector]) -> float:
    """Give the weight of the member that stands in `node`: 1, multiplied by all that select it."""
    weight = 1.0
    names = {"member": node, "shard": str(member.shard), "inet": f"{member.host}:{member.port}"}
    for vector in vectors:
        for kind, which, factor in vector.descriptors:
            if names[kind] == which:
                weight *= factor
    return weight


__all__ = ["VECTOR", "Descriptor", "Vector", "read_vector", "weight_of"]
