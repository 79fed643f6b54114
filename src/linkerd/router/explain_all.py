"""The explanations of one request by several routers, as its author may ask for them.

In come routers, the text of a request and perhaps the label of one router; out come explanations,
one a router, see `linkerd.router.explain`. Used by the command line and by the admin server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkerd.name.dtab import EMPTY_DTAB, Dtab
from linkerd.router.build import HttpRouter
from linkerd.router.call_text import read_call
from linkerd.router.explain import LIMIT_S, explain
from linkerd.router.request_text import Written, read_name, read_request
from linkerd.router.thrift_junction import ThriftJunction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.router.built import BuiltRouter
    from linkerd.router.request_text import Header


class UnknownRouter(Exception):
    """There is no router of that label; the message lists those there are."""


async def explain_all(
    routers: Sequence[BuiltRouter],
    text: str,
    headers: Sequence[Header] = (),
    label: str | None = None,
    dtab: Dtab | None = None,
    extra: Dtab = EMPTY_DTAB,
    limit_s: float = LIMIT_S,
) -> list[dict[str, Any]]:
    """Explain a request by every router, or by the one with that label.

    Raises `UnknownRouter`, and `BadRequestText` if the text is no request.
    """
    chosen = [router for router in routers if label in (None, router.config.label)]
    if not chosen:
        labels = ", ".join(router.config.label for router in routers)
        raise UnknownRouter(f"there is no router {label!r}, but there are: {labels}")
    if label is None and not text.strip().startswith("/"):
        # Without a label, what is no name is a request in HTTP wherever there is a router of that.
        chosen = [each for each in chosen if isinstance(each, HttpRouter)] or chosen
    written = [(each, asked_of(each, text, headers)) for each in chosen]
    return [await explain(router, asked, dtab, extra, limit_s) for router, asked in written]


def asked_of(router: BuiltRouter, text: str, headers: Sequence[Header]) -> Written:
    """What the text means to a router. Raises `BadRequestText`."""
    if isinstance(router, HttpRouter):
        return read_request(text, headers, router.listeners[0].limits)
    if isinstance(router.router, ThriftJunction):
        return read_call(text, router.router.identifier)
    return Written(text, name=read_name(text.strip()))


__all__ = ["UnknownRouter", "explain_all"]
