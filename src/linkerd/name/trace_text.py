"""A trace as lines for people: which way the request goes at a glance, and why no other.

In: the JSON form of a trace (`linkerd.name.trace_json`), from this process or another. Out: lines,
safe to show. `linkerd explain` prints them; the reasoning of an error has the first of them.

    /svc/web
      /svc => /#/io.l5d.fs | /backup        linkerd.yaml:14
      ✗ /#/io.l5d.fs/web   io.l5d.fs: no such name; did you mean /#/io.l5d.fs/webs?
      → /backup/web
          /backup => /#/io.l5d.fs/old       linkerd.yaml:12
          → /#/io.l5d.fs/old/web   2 endpoints: 127.0.0.1:8080, 127.0.0.1:8081

Each rule stands above what it leads to. An arrow is the request's way, a cross a step that leads
nowhere, `?` one that is waited for, a dot one that no request gets to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkerd.name.trace import RECURSION, TOO_DEEP
from linkerd.name.wording import did_you_mean, endpoints, namer_text, stale

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Step = Mapping[str, Any]
    # A line, and the place that belongs at its end, or "".
    Line = tuple[str, str]

MAX_ROUND = 6
"""Steps within each other that are shown of a name that goes round without coming back."""
MAX_RULE = 100
MAX_COLUMN = 64

_WAY, _NOWHERE, _WAITING, _UNREACHED = "→ ", "✗ ", "? ", "· "
_BUILTIN = "/$"


def trace_text(trace: Step) -> list[str]:
    """Write a trace, a line for each step and each rule."""
    lines = [*_step_lines(trace, "", ""), *_below(trace, "  ", None, 0)]
    column = min(max((len(left) for left, place in lines if place), default=0), MAX_COLUMN)
    return [clean(f"{left:<{column}}   {place}" if place else left) for left, place in lines]


def _below(step: Step, indent: str, rule: object, depth: int) -> Iterator[Line]:
    """Write what follows a step; `rule` is the one that stands above already."""
    children = step.get("children", ())
    if children and depth >= MAX_ROUND and step["state"].get("code") == RECURSION:
        yield f"{indent}... and so on", ""
        return
    for child in children:
        if child.get("rule", rule) != rule:
            rule = child["rule"]
            yield indent + _rule_text(child["rule"]), child["rule"].get("where", "")
        group = child["name"] == step["name"] and child["kind"] in ("alt", "union")
        first = not child["reached"] and step["reached"]
        yield from _step_lines(child, indent, _mark(child), group, first)
        # What is left of a rule, or what a namer makes of a name, is due to the same rule.
        same = rule if group or "asked" in child else None
        yield from _below(child, indent + "    ", same, depth + 1)
    if "omitted" in step:
        yield f"{indent}... and {step['omitted']} more", ""


def _step_lines(
    step: Step, indent: str, mark: str, group: bool = False, first: bool = False
) -> Iterator[Line]:
    """Write a step itself: one line, and one for each transformer of what it is bound to.

    `group` is a part of the right-hand side of a rule; `first` is not reached where its parent is.
    """
    names = _names(step.get("bound"))
    weight = step.get("weight", 1.0)
    title = {"alt": "the first of", "union": "by weight"}[step["kind"]] if group else step["name"]
    share = "" if weight == 1.0 else f"{weight:.2f}*{' ' if group else ''}"
    said = [text for text in ("not reached" if first else "", _said(step, names)) if text]
    way = _UNREACHED if mark == _UNREACHED else _WAY
    line = f"{indent}{way if len(names) > 1 else mark}{share}{title}"
    yield f"{line}   {'; '.join(said)}" if said else line, ""
    for number, name in enumerate(names[1:], 2):
        its_mark = mark if number == len(names) else way
        yield f"{indent}    {its_mark}{name['transformer']}   {endpoints(name['addr'])}", ""


def _names(bound: Step | None) -> list[Step]:
    """Give what a leaf is bound to: as the namer bound it, then after each transformer."""
    names: list[Step] = []
    while bound is not None:
        names.insert(0, bound)
        bound = bound.get("before")
    return names


def _mark(step: Step) -> str:
    if not step["reached"]:
        return _UNREACHED
    state = step["state"]
    if state["phase"] == "pending":
        return _WAITING
    if state["phase"] == "failed" or state["tree"] in ("~", "!", "$"):
        return _NOWHERE
    addr = step["bound"]["addr"] if "bound" in step else {"type": "bound", "count": 1}
    if addr["type"] == "pending":
        return _WAITING
    return _WAY if addr["type"] == "bound" and addr["count"] else _NOWHERE


def _rule_text(rule: Mapping[str, str]) -> str:
    text = f"{rule['prefix']} => {rule['dst']}"
    return text if len(text) <= MAX_RULE else text[: MAX_RULE - 3] + "..."


def _said(step: Step, names: list[Step]) -> str:
    """Say what became of a step, and who said so."""
    asked = step.get("asked", ())
    said = [f"{namer_text(each['namer'])}: {each['said']}{stale(each)}" for each in asked[:-1]]
    said.append(_outcome(step, asked[-1] if asked else None, names) + did_you_mean(step))
    return ", ".join(each for each in said if each)


def _outcome(step: Step, asked: Step | None, names: list[Step]) -> str:
    kind = step["kind"]
    by = "" if asked is None or asked["namer"] == _BUILTIN else namer_text(asked["namer"])
    if kind == "leaf":
        return _bound_text(step, names[0]) + stale(asked)
    if kind == "exception":
        why = "goes round in circles" if step["message"] == TOO_DEEP else step["message"]
        return f"{by} failed: {why}" if by else why
    if kind == "pending":
        return f"{by or _BUILTIN}: no answer yet{stale(asked)}"
    if kind == "fail":
        return f"{by}: fails on purpose (!)" if by else "fails on purpose (!)"
    if kind == "empty":
        return f"{by}: empty ($){stale(asked)}" if by else "empty on purpose ($)"
    if asked is None or "message" in step:
        return _no_namer(step) if kind == "neg" else step.get("message", "")
    if kind == "neg" or asked["said"] != "found":
        return f"{namer_text(asked['namer'])}: {asked['said']}{stale(asked)}"
    return f"{by} turns it into"


def _no_namer(step: Step) -> str:
    return "the rule says: no such name" if step["name"] == "~" else "no rule, no namer"


def _bound_text(step: Step, name: Step) -> str:
    known = step["name"] == name["id"] or step["name"].startswith(name["id"] + "/")
    to = "" if known else f"bound to {name['id']}, "
    return to + endpoints(name["addr"])


def clean(line: str) -> str:
    """Make one line that is safe to show."""
    if line.isprintable():
        return line.rstrip()
    return "".join(char if char.isprintable() else "\ufffd" for char in line).rstrip()


__all__ = ["clean", "trace_text"]
