"""What the runs of `balancers.py` say: figures, Markdown tables, and pictures as SVG.

In: the record of each run. Out: text, the same bytes for the same runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from balancing_hosts import END, ONSET, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from balancing_world import Record

FIRST = int(ONSET)
COLOURS = {
    "p2c": "#0072b2",
    "ewma": "#d55e00",
    "aperture": "#009e73",
    "heap": "#cc79a7",
    "roundRobin": "#7f7f7f",
}
PATIENCE_MS = 10_000.0
WIDTH, HEIGHT = 400, 190
LEFT, TOP, GAP = 52, 42, 66


@dataclass(frozen=True)
class Run:
    """One balancer with one failure accrual, with or without retries, in one scenario."""

    scenario: Scenario
    balancer: str
    accrual: str
    retries: bool
    record: Record

    def latencies(self) -> list[float]:
        """Give the milliseconds that the requests took, in order."""
        return sorted(
            1000.0 * seconds for second in self.record.latencies[FIRST:] for seconds in second
        )

    def figures(self) -> Figures:
        """Sum up what happened from `ONSET` on."""
        record = self.record
        latencies = self.latencies()
        tries = sum(record.tries[FIRST:])
        return Figures(
            p50=quantile(latencies, 0.5),
            p99=quantile(latencies, 0.99),
            p999=quantile(latencies, 0.999),
            bad=100.0 * sum(record.bad_tries[FIRST:]) / tries,
            failed=100.0 * record.failed / len(latencies),
            tries=tries / len(latencies),
        )


@dataclass(frozen=True)
class Figures:
    """Milliseconds; per cent of the tries that went to a bad host; per cent of failed requests."""

    p50: float
    p99: float
    p999: float
    bad: float
    failed: float
    tries: float


def quantile(ordered: Sequence[float], share: float) -> float:
    """Give the value that `share` of the values do not exceed."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def table(runs: Sequence[Run]) -> str:
    """Give the figures of one scenario, a row a run; those with retries beside those without."""
    if not runs[0].scenario.accruals:
        rows = [
            "| balancer | p50 ms | p99 ms | p99.9 ms | to a bad host |",
            "|---|--:|--:|--:|--:|",
        ]
        return "\n".join([*rows, *map(plain_row, runs)])
    rows = [
        "| balancer | failure accrual | p99 ms | p99.9 ms | to a bad host | failed"
        " | failed, with retries | tries |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    retried = {(run.balancer, run.accrual): run for run in runs if run.retries}
    for run in runs:
        if not run.retries:
            rows.append(row_of_two(run, retried[run.balancer, run.accrual]))
    return "\n".join(rows)


def plain_row(run: Run) -> str:
    """Give the row of a run where failure accrual plays no part."""
    f = run.figures()
    return f"| `{run.balancer}` | {ms(f.p50)} | {ms(f.p99)} | {ms(f.p999)} | {share(f.bad)} |"


def row_of_two(run: Run, retried: Run) -> str:
    """Give the row of a run and of the same with retries."""
    f, with_retries = run.figures(), retried.figures()
    return (
        f"| `{run.balancer}` | {run.accrual} | {ms(f.p99)} | {ms(f.p999)} | {share(f.bad)}"
        f" | {share(f.failed)} | {share(with_retries.failed)} | {with_retries.tries:.3f} |"
    )


def ms(value: float) -> str:
    """Show milliseconds; nobody waits longer than `PATIENCE_MS`."""
    return "> 10,000" if value > PATIENCE_MS else f"{value:,.0f}"


def share(value: float) -> str:
    """Show per cent; nothing at all as such."""
    if value == 0.0:
        return "0"
    return f"{value:.3f} %" if value < 0.995 else f"{value:.1f} %"


# -- pictures


def picture(runs: Sequence[Run]) -> str:
    """Draw latency and load of one scenario over time, a line a balancer."""
    scenario = runs[0].scenario
    bad = any(any(run.record.bad_tries) for run in runs)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * (LEFT + WIDTH) + GAP}"'
        f' height="{TOP + HEIGHT + 34}" font-family="sans-serif" font-size="12">',
        f"<title>{scenario.title}</title>",
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for index, run in enumerate(runs):
        x = LEFT + 100 * index
        lines.append(
            f'<path d="M{x} 14h20" stroke="{COLOURS[run.balancer]}" stroke-width="3"/>'
            f'<text x="{x + 25}" y="18">{run.balancer}</text>'
        )
    lines += panel(runs, LEFT, "p99.9, ms", worst)
    right = 2 * LEFT + WIDTH + GAP - 20
    if bad:
        lines += panel(runs, right, "tries at a bad host, %", to_bad)
    else:
        lines += panel(runs, right, "requests at the busiest host", busiest)
    return "\n".join([*lines, "</svg>", ""])


def worst(record: Record, second: int) -> float:
    """Give what one in a thousand of a second's requests exceeds, in milliseconds."""
    found = record.latencies[second]
    return min(1000.0 * quantile(sorted(found), 0.999), PATIENCE_MS) if found else 0.0


def to_bad(record: Record, second: int) -> float:
    """Give the per cent of a second's tries that went to a bad host."""
    return 100.0 * record.bad_tries[second] / max(record.tries[second], 1)


def busiest(record: Record, second: int) -> float:
    """Give the most requests that were under way at one host."""
    return float(record.busiest[second])


def panel(
    runs: Sequence[Run], left: int, title: str, value: Callable[[Record, int], float]
) -> list[str]:
    """Draw one value, on a scale of powers of ten, from ten seconds before the trouble."""
    begin, end = FIRST - 10, int(END)
    series = {run.balancer: [value(run.record, s) for s in range(begin, end)] for run in runs}
    seen = [v for values in series.values() for v in values if v > 0.0]
    low = 10.0 ** floor(log10(min(seen)))
    high = max(10.0 ** ceil(log10(max(seen))), 10.0 * low)
    span = log10(high / low)

    def y(v: float) -> str:
        return f"{TOP + HEIGHT - HEIGHT * max(log10(max(v, low) / low), 0.0) / span:.1f}"

    def x(second: float) -> str:
        return f"{left + WIDTH * (second - begin) / (end - begin):.1f}"

    lines = [f'<text x="{left}" y="{TOP - 6}" fill="#444">{title}</text>']
    mark = low
    while mark <= high * 1.01:
        lines.append(
            f'<path d="M{left} {y(mark)}h{WIDTH}" stroke="#ddd"/>'
            f'<text x="{left - 6}" y="{y(mark)}" dy="4" text-anchor="end">{mark:g}</text>'
        )
        mark *= 10.0
    lines += [
        f'<text x="{x(second)}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{second} s</text>'
        for second in range(FIRST, end + 1, 20)
    ]
    for balancer, values in series.items():
        points = " ".join(f"{x(begin + i + 0.5)},{y(v)}" for i, v in enumerate(values))
        lines.append(
            f'<polyline points="{points}" fill="none" stroke="{COLOURS[balancer]}"'
            ' stroke-width="1.5"/>'
        )
    return lines
