"""The metrics tree as Prometheus text, under Linkerd's names and labels.

A scope comes in; the text goes out in pieces, one metric each. Routers, servers, services and
clients become labels (`rt:server:requests{rt="http", server="127.0.0.1/4140"} 12`). Label values
are escaped as the format wants it; Linkerd 1 was wrong there. There are no `# TYPE` lines, for
neither had Linkerd, and its names do not follow the conventions that would make types useful.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import option
from linkerd.telemetry.base import TelemeterConfig
from linkerd.telemetry.export import value_of
from linkerd.telemetry.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from linkerd.telemetry.metrics import Scope

_FOREIGN = re.compile("[^a-zA-Z0-9:]")
_STATIONS = frozenset(("client", "server", "service"))
_QUANTILES = (
    ("0", "min"),
    ("0.5", "p50"),
    ("0.9", "p90"),
    ("0.95", "p95"),
    ("0.99", "p99"),
    ("0.999", "p9990"),
    ("0.9999", "p9999"),
    ("1", "max"),
)


def _absolute(path: str) -> str | None:
    return None if path.startswith("/") else "a path begins with a slash"


@attrs.frozen(kw_only=True)
class PrometheusConfig(TelemeterConfig):
    """Where the admin server serves the text, and what stands before each name."""

    kind: ClassVar[str] = "io.l5d.prometheus"
    summary: ClassVar[str] = (
        "Changes where Prometheus finds the metrics, and how they are called. They are served"
        " without it, too."
    )

    path: str = option(
        "The admin server's path of the metrics.",
        default="/admin/metrics/prometheus",
        check=_absolute,
    )
    prefix: str = option("Put before the name of every metric.", default="", example="linkerd_")


def prometheus_text(scope: Scope, prefix: str = "") -> Iterator[str]:
    """Give the exposition of everything below the scope, whole lines in each piece.

    `prefix` is put before every name as it is, except that it is cleaned like the name itself.
    """
    for path, metric in scope.walk():
        value = value_of(metric)
        if value is None or not path:
            continue
        words, pairs = series(path)
        name = _FOREIGN.sub("_", prefix + ":".join(words))
        labels = ", ".join([f'{label}="{escape(text)}"' for label, text in pairs])
        if isinstance(value, Summary):
            yield _summary_lines(name, labels, value)
        else:
            yield f"{name}{{{labels}}} {value}\n" if labels else f"{name} {value}\n"


def series(path: tuple[str, ...]) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    """Divide a metric's path into the words of its name and its labels (name and value)."""
    if path[0] != "rt" or len(path) < 3:
        return path, []
    labels = [("rt", path[1])]
    station, rest = path[2], path[3:]
    if station not in _STATIONS or len(rest) < 2:
        return ("rt", station, *rest), labels
    labels.append((station, rest[0]))
    rest = rest[1:]
    if len(rest) > 1 and rest[0] in ("exn", "failures"):
        labels.append(("exception", ":".join(rest[1:])))
        rest = ("exceptions" if rest[0] == "exn" else "failures",)
    elif len(rest) > 2 and station == "client" and rest[0] == "service":
        labels.append(("service", rest[1]))
        rest = ("service", *rest[2:])
    elif len(rest) > 2 and station == "service" and rest[0] == "method":
        labels.append(("method", rest[1]))
        rest = ("method", *rest[2:])
    return ("rt", station, *rest), labels


def escape(text: str) -> str:
    """Write a label's value as the text format wants it between double quotes."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _summary_lines(name: str, labels: str, summary: Summary) -> str:
    if summary.count == 0:
        return ""
    braces = f"{{{labels}}}" if labels else ""
    before = f"{labels}, " if labels else ""
    lines = [f"{name}_{word}{braces} {getattr(summary, word)}" for word in ("count", "sum", "avg")]
    for quantile, field in _QUANTILES:
        lines.append(f'{name}{{{before}quantile="{quantile}"}} {getattr(summary, field)}')
    lines.append("")
    return "\n".join(lines)


__all__ = ["PrometheusConfig", "escape", "prometheus_text", "series"]
