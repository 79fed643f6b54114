"""A namer with transformers behind it: its names are bound as before, and then changed.

In: a namer and its transformers, the last one outermost. Out: a namer. Owns the one inside and
closes it; what the admin page shows is of the one inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkerd._typing import override
from linkerd.namer.base import Namer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.name.activity import Activity
    from linkerd.name.addr import BoundName, Standing
    from linkerd.name.path import Path
    from linkerd.name.tree import NameTree
    from linkerd.transformer.base import Transformer


class TransformedNamer(Namer):
    """A namer whose names have gone through `transformers`, in order.

    Its names are not listed, as in Linkerd: ids with the transformers' prefix are no names that
    could be asked for.
    """

    def __init__(self, inner: Namer, transformers: Sequence[Transformer]) -> None:
        self.prefix = inner.prefix
        self.inner = inner
        self.transformers = tuple(transformers)

    @override
    def lookup(self, path: Path) -> Activity[NameTree[Path | BoundName]]:
        """Look up a path, and change what it is bound to."""
        trees = self.inner.lookup(path)
        for transformer in self.transformers:
            trees = transformer.trees(trees)
        return trees

    @override
    def standing(self, path: Path) -> Standing | None:
        """Tell how what answers for `path` fares."""
        return self.inner.standing(path)

    @override
    def near(self, path: Path) -> Sequence[Path]:
        """Give names that exist and resemble `path`."""
        return self.inner.near(path)

    @override
    def state(self) -> dict[str, Any]:
        """Describe what the namer watches."""
        return self.inner.state()

    @override
    def close(self) -> None:
        """Let go of what is watched."""
        self.inner.close()


__all__ = ["TransformedNamer"]
