"""When a look at a file is to be believed.

In: what was known of a name and what a look at it saw. Out: whether that counts, or is looked at
once more. Pure.

Files are seldom replaced in one step: `echo ... > file` empties the file first, an editor moves the
old one away before it writes the new one. So what is worse than what was known (nothing there, an
empty file, a line without end) counts only if a second look, a moment later and with no event
between, sees the same. Deleted means gone, then; but in the middle of a change nothing is believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.namer.fs_look import Content

if TYPE_CHECKING:
    from linkerd.namer.fs_look import Look, Shape


def doubtful(known: Shape | None, look: Look) -> bool:
    """Tell whether what was seen may be a moment in the middle of a change.

    `known` is the last good shape, None before the first.
    """
    shape = look.shape
    had = isinstance(known, Content) and not known.empty
    if shape is None:  # with a last good value an error changes nothing; without, it fails requests
        return known is None
    if isinstance(shape, Content):
        if shape.empty:
            return had or known is None
        return had and not look.ended and shape != known
    return had


class Settling:
    """The second look at one name: remembers what the first one saw."""

    __slots__ = ("disturbed", "first")

    def __init__(self) -> None:
        self.first: tuple[object, ...] | None = None
        self.disturbed = False

    def believe(self, known: Shape | None, look: Look) -> bool:
        """Tell whether `look` counts now; if not, look again a moment later."""
        if not doubtful(known, look):
            self.first = None
            return True
        seen = (look.shape, look.error, look.signature)
        if self.first == seen and not self.disturbed:
            self.first = None
            return True
        self.first = seen
        self.disturbed = False
        return False


__all__ = ["Settling", "doubtful"]
