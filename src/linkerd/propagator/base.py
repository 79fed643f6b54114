"""What a propagator is: it reads the trace that a request belongs to, and writes it. HOT.

In: the heads of requests. Out: the `TraceId` of this proxy's span, which the exchange keeps, and
the field lines that an endpoint gets, anew for each try. Whatever a request said of its trace is
taken out of its head, for a propagator replaces it. One serves all requests of a router.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.section import Plugin
from linkerd.propagator.sampler import rate_of, sampled
from linkerd.propagator.trace_id import TraceId

if TYPE_CHECKING:
    import random  # noqa: TID251 - the type only

    from linkerd.wire.http1 import RequestHead

OWN = re.compile(rb"\n(l5d-(?:ctx-trace|reqid|sample)):([^\r]*+)")
"""What proxies of this kind say of a trace."""


class Propagator:
    """One way to write traces. The base has none: what says something of a trace passes through.

    `bits` draws a number of so many bits; `salt` is what sampling decisions of this process follow.
    """

    __slots__ = ("bits", "salt")

    def __init__(self, rng: random.Random) -> None:
        self.bits = rng.getrandbits
        self.salt = 0

    def received(self, head: RequestHead, context: bool) -> TraceId | None:
        """This proxy's span, a child of what the request brings or a new trace's; None: no traces.

        `context`: the head has a field that begins with `l5d-`.
        """
        return None

    def lines(self, trace: TraceId, span: int) -> bytes:
        """The field lines of a try that has the number `span` and is a child of `trace`."""
        return b""

    def clear(self, head: RequestHead) -> None:
        """Take out what the request says of its trace, unread; `l5d-` fields are gone before."""
        return

    def begin(self, received: TraceId | None, rate: bytes) -> TraceId:
        """The span of this proxy below `received`, decided by the `rate` if that is a number."""
        bits = self.bits
        if received is None:
            root = bits(64) or 1
            trace = TraceId(root, root, root, 0, 0)
        else:
            trace = received.child(bits(64) or 1)
        number = rate_of(rate) if rate else None
        if number is not None:
            trace.decide(sampled(trace.trace, self.salt, number))
        return trace


@attrs.frozen(kw_only=True)
class TracePropagatorConfig(Plugin):
    """The section `tracePropagator` of a router."""

    family: ClassVar[str] = "tracePropagator"

    def mk(self, rng: random.Random) -> Propagator:
        """Make the propagator; it draws its numbers from `rng`."""
        raise NotImplementedError


__all__ = ["OWN", "Propagator", "TracePropagatorConfig"]
