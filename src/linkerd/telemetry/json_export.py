"""The metrics tree as JSON: flat with joined names, or nested.

A scope comes in; the text goes out in small pieces, so that whoever sends it can let others run in
between. The shapes are those of Linkerd's `/admin/metrics.json`: a stat `s` is exported as
`s.count`, `s.p99` and so on, and nested leaves are called `counter`, `gauge`, `stat.count`, ...
"""

from __future__ import annotations

import json
import math
from json.encoder import encode_basestring_ascii as quoted
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, TypeAlias

from linkerd.telemetry.export import value_of
from linkerd.telemetry.metrics import Gauge
from linkerd.telemetry.stat import Stat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from linkerd.telemetry.metrics import Metric, Scope
    from linkerd.telemetry.summary import Summary

Number: TypeAlias = int | float
Tree: TypeAlias = "dict[str, Tree | Number]"

STAT_FIELDS = ("count", "max", "min", "p50", "p90", "p95", "p99", "p9990", "p9999", "sum", "avg")
STAT_SUFFIXES = tuple(f".{field}" for field in STAT_FIELDS)
_stat_values: Callable[[Summary], tuple[Number, ...]] = attrgetter(*STAT_FIELDS)


def subtree(root: Scope, query: str) -> Scope | None:
    """Give the node that `query` (labels joined by slashes) leads to, or None.

    As in Linkerd a label that contains a slash cannot be reached, for the query is cut at each.
    """
    return root.find(*[label for label in query.split("/") if label])


def flat(scope: Scope, pretty: bool = False) -> Iterator[str]:
    """Give one JSON object whose keys are names joined by slashes; `pretty` also sorts it."""
    entries: Iterable[tuple[str, Number]] = _flat_entries(scope)
    if pretty:
        entries = sorted(entries, key=itemgetter(0))
    colon, comma, end = (" : ", ",\n  ", "\n}") if pretty else (":", ",", "}")
    opening = "{\n  " if pretty else "{"
    for name, number in entries:
        yield f"{opening}{quoted(name)}{colon}{number}"
        opening = comma
    yield "{}" if opening.startswith("{") else end


def nested(scope: Scope, pretty: bool = False) -> Iterator[str]:
    """Give nested JSON objects, one a node; `pretty` also sorts them."""
    encoder = json.JSONEncoder(
        indent=2 if pretty else None,
        sort_keys=pretty,
        separators=(",", " : ") if pretty else (",", ":"),
    )
    return encoder.iterencode(_tree(scope))


def _flat_entries(scope: Scope) -> Iterator[tuple[str, Number]]:
    for labels, metric in scope.walk():
        name = "/".join(labels)
        if isinstance(metric, Stat):
            for suffix, number in _stat_entries(metric):
                yield name + suffix, number
        else:
            value = _number(metric)
            if value is not None:
                yield name, value


def _tree(scope: Scope) -> Tree:
    tree: Tree = {label: _tree(child) for label, child in scope.children()}
    metric = scope.metric
    if isinstance(metric, Stat):
        for suffix, number in _stat_entries(metric):
            tree["stat" + suffix] = number
    elif metric is not None:
        value = _number(metric)
        if value is not None:
            tree["gauge" if isinstance(metric, Gauge) else "counter"] = value
    return tree


def _number(metric: Metric) -> Number | None:
    number = value_of(metric)
    # JSON has neither NaN nor infinity.
    return number if isinstance(number, (int, float)) and math.isfinite(number) else None


def _stat_entries(stat: Stat) -> Iterable[tuple[str, Number]]:
    summary = stat.summary
    if summary is None:
        return ()
    if summary.count == 0:
        return ((".count", 0),)
    return zip(STAT_SUFFIXES, _stat_values(summary), strict=True)


__all__ = ["flat", "nested", "subtree"]
