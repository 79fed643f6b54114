"""Which of very many endpoints a page shows: those in trouble, then the busiest.

Endpoints come in, a few at a time; their sums and the few that matter most go out. Nothing is kept
of the others, and between two handfuls the proxy may do other things.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from linkerd.admin.view import EndpointView

SHOWN = 40
"""As many of a client's endpoints as fit on a page that people can read."""

CALM = 10
"""So many of those that are well, if not all can be shown."""

HANDFUL = 5
"""So many cost about as much as a row of a table: see `linkerd.admin.site.SLICE`."""

ORDER = {"dead": 0, "down": 1, "probing": 2}


@attrs.define
class Worst:
    """What was found. `shown` are in the order of a table, `statuses` are of all endpoints."""

    shown: list[EndpointView] = attrs.Factory(list)
    statuses: Counter[str] = attrs.Factory(Counter)
    connections: int = 0
    idle: int = 0
    waiting: int = 0

    def left_out(self) -> dict[str, int]:
        """Count those that are not shown, by status."""
        return dict(self.statuses - Counter([each.status for each in self.shown]))


def worst_of(endpoints: Sequence[EndpointView]) -> Generator[str, None, Worst]:
    """Look at all endpoints and return the worst; what is yielded is empty text."""
    found = Worst()
    kept: list[tuple[int, EndpointView]] = []
    for start in range(0, len(endpoints), HANDFUL):
        for place, endpoint in enumerate(endpoints[start : start + HANDFUL], start):
            found.statuses[endpoint.status] += 1
            found.connections += endpoint.connections
            found.idle += endpoint.idle
            found.waiting += endpoint.waiting
            kept.append((place, endpoint))
        if len(kept) > 4 * SHOWN:
            kept = _first(kept)
        yield ""
    kept = _first(kept)
    if len(endpoints) > SHOWN:
        calm = [item for item in kept if item[1].status not in ORDER]
        kept = kept[: len(kept) - len(calm)] + calm[:CALM]
    found.shown = [endpoint for _, endpoint in sorted(kept, key=_in_the_table)]
    return found


def _first(kept: list[tuple[int, EndpointView]]) -> list[tuple[int, EndpointView]]:
    return list(islice(sorted(kept, key=_by_trouble), SHOWN))


def _by_trouble(item: tuple[int, EndpointView]) -> tuple[int, float, int]:
    place, endpoint = item
    load = endpoint.pending if endpoint.load is None else endpoint.load
    return ORDER.get(endpoint.status, len(ORDER)), -load, place


def _in_the_table(item: tuple[int, EndpointView]) -> tuple[int, int]:
    """Keep rows in their places while loads go up and down."""
    place, endpoint = item
    return ORDER.get(endpoint.status, len(ORDER)), place


__all__ = ["HANDFUL", "SHOWN", "Worst", "worst_of"]
