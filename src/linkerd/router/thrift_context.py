"""What an endpoint is told of a call beside the call itself: trace, caller, deadline.

In comes the header that the caller sent, if it sent one; out goes the header for the endpoint, with
a span of its own. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.wire.thrift_contexts import DEADLINE, deadline_value
from linkerd.wire.ttwitter import RequestHeader

if TYPE_CHECKING:
    from linkerd.router.deadline import Deadline


def below(caller: RequestHeader | None, span: int, until: Deadline | None) -> RequestHeader:
    """The header for a try whose number is `span`; without a caller's it begins a trace.

    `until` takes the place of the deadline that the caller sent.
    """
    header = RequestHeader()
    header.span_id = span
    if caller is None:
        header.trace_id = span
        header.parent_id = span
    else:
        header.trace_id = caller.trace_id
        header.parent_id = caller.span_id
        header.trace_high = caller.trace_high
        header.sampled = caller.sampled
        header.flags = caller.flags
        header.client = caller.client
        header.destination = caller.destination
        header.delegations = caller.delegations
        header.contexts = caller.contexts
    if until is not None:
        value = deadline_value(until.timestamp_ns, until.deadline_ns)
        kept = [pair for pair in header.contexts if pair[0].lower() != DEADLINE.lower()]
        header.contexts = [*kept, (DEADLINE, value)]
    return header


__all__ = ["below"]
