"""The explanations of one request by several routers, as its author may ask for them.

In come routers, the text of a request and perhaps the label of one router; out come explanations,
one a router, see `linkerd.router.explain`. Used by the command line and by the admin server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkerd.name.dtab import EMPTY_DTAB, Dtab
from linkerd.router.build import HttpRouter
from linkerd.router.explain import LIMIT_S, explain
from linkerd.router.request_text import read_request

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
    routed = [router for router in routers if isinstance(router, HttpRouter)]
    chosen = [router for router in routed if label in (None, router.config.label)]
    if not chosen:
        if any(router.config.label == label for router in routers):
            raise UnknownRouter(
                f"router {label!r} routes no HTTP, and nothing else can be explained"
            )
        labels = ", ".join(router.config.label for router in routed)
        raise UnknownRouter(f"there is no router {label!r}, but there are: {labels}")
    written = [(each, read_request(text, headers, each.listeners[0].limits)) for each in chosen]
    return [await explain(router, asked, dtab, extra, limit_s) for router, asked in written]


__all__ = ["UnknownRouter", "explain_all"]
