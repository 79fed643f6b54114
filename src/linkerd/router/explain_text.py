"""An explanation as text: for a terminal of a hundred columns, and for the admin page.

The value that `linkerd.router.explain` gives comes in, wherever it was made; lines go out. `style`
may mark parts of them: `head`, `good`, `bad`, `quiet`.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, TypeAlias

from linkerd.name.trace_text import trace_text
from linkerd.namer.builtin import STATUS_META
from linkerd.router.explain_verdict import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json: TypeAlias = "dict[str, Any]"
Style: TypeAlias = "Callable[[str, str], str]"

WIDTH = 100
MAX_RULES = 20
MAX_ENDPOINTS = 20
INDENT = " " * 10


def unstyled(text: str, word: str) -> str:
    """Leave a text as it is."""
    return text


def explain_text(shown: Json, style: Style = unstyled) -> str:
    """Write an explanation."""
    return "\n".join(_lines(shown, style))


def verdict_line(shown: Json) -> str:
    """Say in a few words what would become of the request."""
    verdict = shown["verdict"]
    if verdict["routed"]:
        return "routed, but:" if verdict["notes"] else "routed"
    if verdict["share"] > 0.0:
        return f"{percent(verdict['share'])} routed, the rest {verdict['code']}"
    return f"{verdict['status']} {verdict['code']}"


def _lines(shown: Json, style: Style) -> Iterator[str]:
    where = f"  {shown['where']}" if shown["where"] else ""
    yield _head("request", shown["request"]["text"], style)
    if shown["request"].get("cleared"):
        yield from _paragraph("headers that begin with l5d- are ignored: `clearContext`")
    yield _head("router", f"{shown['router']}{style(where, 'quiet')}", style)
    yield from _identification(shown, style)
    yield from _rules(shown, style)
    if shown["trace"] is not None:
        yield ""
        yield style("steps", "head")
        for line in trace_text(shown["trace"]):
            yield f"  {line}"
    if shown["bound"]:
        yield ""
        yield style("goes to", "head")
        for bound in shown["bound"]:
            yield from _bound(bound, style)
    yield ""
    yield from _verdict(shown, style)


def _head(word: str, text: str, style: Style) -> str:
    return f"{style(word, 'head')}{INDENT[len(word) :]}{text}"


def _identification(shown: Json, style: Style) -> Iterator[str]:
    found = shown["identification"]
    name = found["name"]
    yield _head("name", name or style("none", "bad"), style)
    for each in found["tried"]:
        settings = ", ".join(f"{key}: {_word(value)}" for key, value in each["settings"].items())
        by = f"{each['identifier']} ({settings})" if settings else each["identifier"]
        said = "" if each["said"] == name else f": {each['said']}"
        yield INDENT + style(f"by {by}{said}", "quiet")


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# -- rules


def _rules(shown: Json, style: Style) -> Iterator[str]:
    if not shown["dtabs"]:
        return
    yield ""
    yield style("rules", "head") + style("  the last one that matches comes first", "quiet")
    taken = set(_taken(shown["trace"]))
    rows: list[tuple[str, str]] = []
    for dtab in shown["dtabs"]:
        rules = dtab["rules"]
        if dtab["count"] > MAX_RULES:
            rules = [rule for rule in rules if _key(rule) in taken][-MAX_RULES:]
            said = f"these of the {dtab['count']} rules of the {dtab['of']} take part"
            yield style(f"  {said if rules else said.replace('these', 'none')}", "quiet")
        rows += [(f"{rule['prefix']} => {rule['dst']}", _of(rule, dtab)) for rule in rules]
    widest = max([len(rule) for rule, of in rows if len(rule + of) < WIDTH - 4] or [0])
    for rule, of in rows:
        yield f"  {rule:{widest}}  {style(of, 'quiet')}"


def _taken(step: Json | None) -> Iterator[tuple[str, str]]:
    """The rules of a trace."""
    if step is None:
        return
    if "rule" in step:
        yield _key(step["rule"])
    for child in step.get("children", ()):
        yield from _taken(child)


def _key(rule: Json) -> tuple[str, str]:
    return rule["prefix"], rule["dst"]


def _of(rule: Json, dtab: Json) -> str:
    """Whose rule it is: its place, which for those of a header is the header."""
    where = rule["where"]
    if where is None:
        return str(dtab["of"])
    return where if dtab["of"] in ("router", "extra", where) else f"{where} ({dtab['of']})"


# -- where it goes


def _bound(bound: Json, style: Style) -> Iterator[str]:
    share = "" if bound["share"] == 1.0 else f"{percent(bound['share'])} of the requests"
    residual = f"residual {bound['residual']}" if bound["residual"] else ""
    facts = ", ".join([fact for fact in (share, residual, _address(bound)) if fact])
    yield f"  {bound['id']}  {style(facts, 'quiet')}".rstrip()
    address = bound["address"]
    for step in bound["transformed"]:
        yield f"    {step['transformer']} made it of {step['before']}, {_count(step['address'])}"
        if address.get("why"):
            yield from _wrapped(address["why"], "      ")
        address = step["address"]
    endpoints = bound["endpoints"][:MAX_ENDPOINTS]
    rows = [_endpoint(endpoint) for endpoint in endpoints]
    widest = max([len(address) for address, _ in rows] or [0])
    for address, facts in rows:
        word = "bad" if "ejected" in facts else "quiet"
        yield f"    {address:{widest}}  {style(facts, word)}".rstrip()
    more = bound["count"] - len(endpoints)
    if more:
        yield f"    and {more} more"


def _address(bound: Json) -> str:
    """What is known of the endpoints of a name, if it is not simply a set of them."""
    address = bound["address"]
    if address["type"] == "bound":
        status = address["meta"].get(STATUS_META)
        if status is not None:
            return f"answered here with the status {status}"
    if bound["endpoints"]:
        return ""
    # What a transformer has left of them is told below.
    return "no endpoints" if bound["transformed"] else _count(address)


def _count(address: Json) -> str:
    match address["type"]:
        case "bound":
            count = address["count"]
            return f"{count or 'no'} endpoint{'' if count == 1 else 's'}"
        case "pending":
            return "endpoints not known yet"
        case "failed":
            return f"endpoints unknown: {address['why']}"
        case _:
            why = address["why"]
            return f"no endpoints: {why}" if why else "no endpoints"


def _endpoint(endpoint: Json) -> tuple[str, str]:
    facts = [] if endpoint["weight"] == 1.0 else [f"weight {endpoint['weight']:g}"]
    if "status" in endpoint:
        probe = f", probed in {endpoint['probe_in_s']:.1f} s" if "probe_in_s" in endpoint else ""
        facts += [
            f"{endpoint['status']}{probe}",
            f"{endpoint['pending']} pending",
            f"load {endpoint['load']:g}",
        ]
    return endpoint["address"], ", ".join(facts)


# -- the end


def _verdict(shown: Json, style: Style) -> Iterator[str]:
    verdict = shown["verdict"]
    word = "good" if verdict["routed"] else "bad"
    yield _head("verdict", style(verdict_line(shown), word), style)
    if not shown["complete"]:
        yield from _paragraph("not everything has answered within the time there was")
    if verdict["code"] is not None:
        yield from _paragraph(verdict["title"])
        yield from _paragraph(verdict["why"])
    for note in verdict["notes"]:
        yield from _paragraph(note)
    if verdict["code"] is not None:
        yield from _paragraph(verdict["next_step"])
        yield from _paragraph(f"More: linkerd help {verdict['code']}")


def _paragraph(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from _wrapped(line, INDENT)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


__all__ = ["explain_text", "unstyled", "verdict_line"]
