"""Addresses: what a bound name's endpoints are at the moment, Finagle's `Addr` and `Address`.

Namers make them, balancers use them. A `BoundName` is where naming ends: an identity, the changing
set of addresses, and the part of the path that was not needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import attrs

from linkerd.name.path import EMPTY_PATH, Path

if TYPE_CHECKING:
    from linkerd.name.activity import Var

# Pairs in the order they were given; a mapping would not be hashable.
Meta: TypeAlias = tuple[tuple[str, object], ...]


class Address(NamedTuple):
    """One endpoint. `host` is a literal IP address, `weight` relative to the others.

    A tuple, for sets of ten thousand of them are compared at each change.
    """

    host: str
    port: int
    weight: float = 1.0
    meta: Meta = ()


@attrs.frozen
class AddrPending:
    """Not known yet."""


@attrs.frozen
class AddrBound:
    """Known, possibly empty."""

    addresses: frozenset[Address]
    meta: Meta = ()


@attrs.frozen
class AddrNeg:
    """The name has no addresses: it does not exist any more, or never did.

    `why` is for people, `code` a key of the error catalogue, if there is a reason of its own, such
    as a transformer that let none through.
    """

    why: str = ""
    code: str = ""


@attrs.frozen
class AddrFailed:
    """The addresses cannot be found out; `why` is for people."""

    why: str


Addr: TypeAlias = AddrPending | AddrBound | AddrNeg | AddrFailed

ADDR_PENDING = AddrPending()
ADDR_NEG = AddrNeg()


@attrs.frozen
class Standing:
    """How a watched thing fares, in the words of `linkerd.namer.discovery`.

    `phase` is `pending`, `ok`, `stale` (the last good value is in effect) or `failed`; `age_s` is
    how many seconds it has been so, `why` the last failure ("" if there is none).
    """

    phase: str
    age_s: float
    why: str = ""


@attrs.frozen(str=False)
class BoundName:
    """A name that a namer has bound: equal to another if `id` and `residual` are.

    `before` is what a transformer has made this name of, for explanations.
    """

    id: Path
    addr: Var[Addr] = attrs.field(eq=False, repr=False)
    residual: Path = EMPTY_PATH
    before: BoundName | None = attrs.field(default=None, eq=False, repr=False)

    def __str__(self) -> str:
        return self.id.show()


__all__ = [
    "ADDR_NEG",
    "ADDR_PENDING",
    "Addr",
    "AddrBound",
    "AddrFailed",
    "AddrNeg",
    "AddrPending",
    "Address",
    "BoundName",
    "Meta",
    "Standing",
]
