"""The words in which explanations speak of namers, endpoints and times.

In: pieces of a trace's JSON form (`linkerd.name.trace_json`), counts and lists. Out: parts of
sentences, for the lines of a trace, the reasoning of an error and what commands print.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_ADDRESSES = 3

_CONFIGURED = "/#/"
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


def namer_text(prefix: str) -> str:
    """Name a namer by its prefix: `io.l5d.fs` for `/#/io.l5d.fs`, `/$/inet` as it is."""
    return prefix.removeprefix(_CONFIGURED)


def stale(asked: Mapping[str, Any] | None) -> str:
    """Say since when what a namer says is out of date or has been waited for, or nothing."""
    if asked is None or asked["standing"] is None:
        return ""
    standing = asked["standing"]
    if standing["phase"] not in ("stale", "pending"):
        return ""
    if standing["phase"] == "pending":
        return f" for {age(standing['age_s'])}"
    why = f": {standing['why']}" if standing["why"] else ""
    return f"; {namer_text(asked['namer'])} has been stale for {age(standing['age_s'])}{why}"


def age(seconds: float) -> str:
    """Write a time that has passed, as exactly as is of use: `3.2 s`, `42 s`, `7 min`."""
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def did_you_mean(step: Mapping[str, Any]) -> str:
    """Ask for names like that of a step that leads nowhere, if there are any."""
    near = step.get("near", ())
    return f"; did you mean {either(near)}?" if near else ""


def either(names: Sequence[str]) -> str:
    """List alternatives: `a, b or c`."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def counted(number: int, noun: str) -> str:
    """Give a number of things: `1 rule`, `2 rules`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def first(texts: Iterable[str], count: int, most: int) -> list[str]:
    """Give the first `most` of `count` texts; the last one says how many more there are."""
    shown = list(islice(texts, most))
    return [*shown, f"and {count - most} more"] if count > most else shown


def endpoints(addr: Mapping[str, Any]) -> str:
    """Describe an address state: how many endpoints, and the first of them, or why none."""
    if addr["type"] == "pending":
        return "endpoints not known yet"
    why = f": {addr['why']}" if addr.get("why") else ""
    if addr["type"] == "failed":
        return f"endpoints unknown{why}"
    count = addr.get("count", 0)
    if not count:
        return f"no endpoints{why}"
    shown = [_address(each) for each in islice(addr["addrs"], MAX_ADDRESSES)]
    more = ", ..." if count > len(shown) else ""
    return f"{counted(count, 'endpoint')}: {', '.join(shown)}{more}"


def _address(address: Mapping[str, Any]) -> str:
    host = f"[{address['ip']}]" if ":" in address["ip"] else address["ip"]
    weight = "" if address["weight"] == 1.0 else f"*{address['weight']:g}"
    return f"{host}:{address['port']}{weight}"


__all__ = [
    "MAX_ADDRESSES",
    "age",
    "counted",
    "did_you_mean",
    "either",
    "endpoints",
    "first",
    "namer_text",
    "stale",
]
