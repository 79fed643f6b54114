"""A Thrift call as somebody writes it down: the name that it would have.

In come `find`, `Users:find` (of a multiplexed service) or a name such as `/svc/Users`; out goes the
name. Used by explanations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.errors import Unidentified
from linkerd.router.request_text import BadRequestText, Written, read_name
from linkerd.wire.thrift_message import PLAIN, ThriftMessage

if TYPE_CHECKING:
    from linkerd.identifier.thrift import ThriftIdentifier

FORMS = "`method`, `Service:method` or a name such as `/svc/x`"


def read_call(text: str, identifier: ThriftIdentifier) -> Written:
    """Read a call. Raises `BadRequestText`."""
    text = text.strip()
    if text.startswith("/"):
        return Written(text, name=read_name(text))
    call = ThriftMessage(True)
    call.name = text.encode()
    if PLAIN.fullmatch(call.name) is None:
        raise BadRequestText(f"{text!r} is not a call: write {FORMS}")
    try:
        return Written(text, name=identifier.name(identifier.key(call, None)))
    except Unidentified as error:
        raise BadRequestText(error.message) from None


__all__ = ["FORMS", "read_call"]
