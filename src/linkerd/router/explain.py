"""Where would this request go, and why? One answer for the command line and the admin page.

In come a router, as configured or running, and a request as it was written; out goes a value fit
for JSON. Nothing is sent and nothing is changed. Its keys, which stay as they are:

    router, protocol, where     the router, and where it stands in its file
    request                     text, method, target, host, headers, for a bare name only the text;
                                cleared, if `clearContext` makes headers disappear
    identification              tried: each identifier, its settings and what it said; name
    dtabs                       of: whose, count, rules: prefix, dst, where; the strongest last
    trace                       the steps of the delegation (`linkerd.name.trace_json`)
    complete                    false if a namer has not answered within the limit
    bound                       each name that requests go to: share, id, residual, address, ...
    verdict                     routed, share, code, title, why, next_step, status, answer, notes

`where` is `file:line`, the header that a rule came in, or null. `answer` is the body that a request
would get now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from linkerd.config.shape import keys_of
from linkerd.errors import NOWHERE, RequestError, Unidentified, Where
from linkerd.identifier.base import FirstOf, Identifier, unknown_destination
from linkerd.name.dtab import EMPTY_DTAB, Dtab
from linkerd.name.path import Path
from linkerd.name.trace_json import trace_json
from linkerd.name.tree import show_tree
from linkerd.router.build import HttpRouter
from linkerd.router.explain_bound import bound_json
from linkerd.router.explain_verdict import Named, refused_json, unreadable_json, verdict_json
from linkerd.router.local_dtab import CONTEXT, USER, read_lines
from linkerd.router.settling import Settling

if TYPE_CHECKING:
    from linkerd.config.section import Section
    from linkerd.router.built import BuiltRouter
    from linkerd.router.request_text import Written
    from linkerd.router.route import Route
    from linkerd.wire.http1 import RequestHead

Json: TypeAlias = "dict[str, Any]"

LIMIT_S = 2.0
MAX_RULES = 1000
MAX_STEPS = 2000
MAX_ADDRESSES = 20
"""How many addresses of one name the trace has; `bound` has more."""

_SOMEBODY = "client"
"""Stands for the address of a client, where Linkerd's text has one."""


@attrs.frozen
class _Part:
    """A dtab in force, and whose it is."""

    of: str
    dtab: Dtab


async def explain(
    router: BuiltRouter,
    written: Written,
    dtab: Dtab | None = None,
    extra: Dtab = EMPTY_DTAB,
    limit_s: float = LIMIT_S,
) -> Json:
    """Explain a request, or a name.

    `dtab` takes the place of the router's own, if given; `extra` are rules that win over it.
    """
    config = router.config
    cleared = _clear(router, written)
    shown: Json = {
        "router": config.label,
        "protocol": config.kind,
        "where": _where(config.where),
        "request": _request(written) | ({"cleared": True} if cleared else {}),
        "identification": {"tried": _tried(router, written.head), "name": None},
        "dtabs": [],
        "trace": None,
        "complete": True,
        "bound": [],
    }
    own = _Part("router", config.dtab if dtab is None else dtab)
    if written.refused and written.head is not None:
        return shown | {"verdict": unreadable_json(written.refused, written.head.fault)}
    try:
        name = _identify(router, written)
        shown["identification"]["name"] = name.show()
        parts = [own, _Part("extra", extra), *_local(written.head)]
    except RequestError as error:
        return shown | {"dtabs": _dtabs([own]), "verdict": refused_json(error)}
    local = sum((part.dtab for part in parts[1:]), EMPTY_DTAB)
    route = _route(router, written.head) if dtab is None and not local.dentries else None
    named = Named(name, own.dtab, local, route)
    settling = Settling(router.interpreter.explanation(own.dtab + local, name))
    try:
        shown["complete"] = await settling.wait(router.bindings.runtime.reactor, limit_s)
        node = settling.node
        first = _Part(f"interpreter {config.interpreter.kind}", router.interpreter.dtab())
        shown["dtabs"] = _dtabs([first, *parts])
        shown["trace"] = trace_json(node, MAX_STEPS, MAX_ADDRESSES)
        shown["bound"] = bound_json(router, node)
        shown["verdict"] = verdict_json(router, named, node)
        if not isinstance(router, HttpRouter):
            shown["verdict"]["status"] = None
    finally:
        settling.close()
    return shown


def _clear(router: BuiltRouter, written: Written) -> bool:
    """Take off what no server of the router trusts its clients with; tell whether it was there."""
    head = written.head
    if head is None or written.refused or not isinstance(router, HttpRouter):
        return False
    if not all(server.clear_context for server in router.config.servers):
        return False
    head.cut_context()
    return any(name.lower().startswith("l5d-") for name, _ in written.headers)


def _request(written: Written) -> Json:
    head = written.head
    if head is None:
        return {"text": written.text}
    return {
        "text": written.text,
        "method": head.method.decode("latin-1"),
        "target": head.target.decode("latin-1"),
        "host": head.host.decode("latin-1"),
        "headers": [list(header) for header in written.headers],
    }


# -- identification


def _identify(router: BuiltRouter, written: Written) -> Path:
    """Name the request as the router does. Raises `Unidentified`."""
    if written.name is not None:
        return written.name
    head = written.head
    assert head is not None
    assert isinstance(router, HttpRouter)
    identifier = router.router.identifier
    key = identifier.key(head)
    try:
        if key is not None:
            return identifier.name(key)
        why = identifier.why(head)
    except Unidentified as error:
        why = error.message
    raise Unidentified(unknown_destination(head, _SOMEBODY, why))


def _tried(router: BuiltRouter, head: RequestHead | None) -> list[Json]:
    """The identifiers up to the one that decides, and what each says."""
    tried: list[Json] = []
    if head is None or head.fault or not isinstance(router, HttpRouter):
        return tried
    identifier = router.router.identifier
    members = identifier.members if isinstance(identifier, FirstOf) else [identifier]
    for config, member in zip(router.config.identifier, members, strict=True):
        said = _said(member, head)
        tried.append({"identifier": config.kind, "settings": _settings(config), "said": said})
        if member.key(head) is not None:
            break
    return tried


def _said(identifier: Identifier, head: RequestHead) -> str:
    key = identifier.key(head)
    try:
        return identifier.why(head) if key is None else identifier.name(key).show()
    except Unidentified as error:
        return error.message


def _settings(config: Section) -> Json:
    """The options of an identifier that can be told in a word, also those nobody has written."""
    keys = [key for key in keys_of(type(config)) if key.key != "experimental"]
    shown = {key.key: getattr(config, key.name) for key in keys}
    return {
        key: str(value) if isinstance(value, Path) else value
        for key, value in shown.items()
        if isinstance(value, (str, int, Path))
    }


def _route(router: BuiltRouter, head: RequestHead | None) -> Route | None:
    """What the running router remembers of such requests."""
    if head is None or not isinstance(router, HttpRouter):
        return None
    key = router.router.identifier.key(head)
    return None if key is None else router.bindings.table.get(key)


# -- dtabs


def _local(head: RequestHead | None) -> list[_Part]:
    if head is None:
        return []
    parts = []
    for header, values in ((CONTEXT, head.ctx_dtab), (USER, head.dtab)):
        dtab = read_lines(header, values)
        if dtab.dentries:
            parts.append(_Part(header, dtab))
    return parts


def _dtabs(parts: list[_Part]) -> list[Json]:
    return [
        {
            "of": part.of,
            "count": len(part.dtab),
            "rules": [
                {
                    "prefix": rule.prefix.show(),
                    "dst": show_tree(rule.dst),
                    "where": _where(rule.where),
                }
                for rule in part.dtab.dentries[:MAX_RULES]
            ],
        }
        for part in parts
        if part.dtab.dentries
    ]


def _where(where: Where) -> str | None:
    return None if where == NOWHERE else str(where)


__all__ = ["LIMIT_S", "explain"]
