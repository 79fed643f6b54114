"""`io.l5d.rewrite`: a name becomes another one, made of what a pattern finds in it.

In: the section with pattern and name, and paths behind the namer's prefix. Out: the other name, for
the dtab to go on with, or a negative answer if the pattern does not match. As in Linkerd 1 the name
replaces the whole path: what follows the matching segments is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from linkerd._typing import override
from linkerd.config.option import option
from linkerd.name.activity import Activity, Constant, Failed, Ok
from linkerd.name.matcher import PathMatcher, PathTemplate
from linkerd.name.path import NameSyntaxError, Path
from linkerd.name.tree import NEG, Leaf, NameTree
from linkerd.namer.base import Namer, NamerConfig
from linkerd.namer.discovery import LOOKUP_FAILED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linkerd.name.addr import BoundName
    from linkerd.runtime import Runtime


class RewriteNamer(Namer):
    """Names that match one pattern."""

    def __init__(self, prefix: Path, pattern: PathMatcher, name: PathTemplate) -> None:
        self.prefix = prefix
        self._pattern = pattern
        self._name = name

    @override
    def lookup(self, path: Path) -> Activity[NameTree[Path | BoundName]]:
        """Give the other name. Fails if a segment of it would be empty."""
        match = self._pattern.match(path)
        if match is None:
            return Constant(Ok(NEG))
        name = self._name.path(match.variables)
        if b"" in name.elements:
            why = f"a segment of the name {name} for {self.prefix + path} is empty"
            return Constant(Failed(why, LOOKUP_FAILED))
        return Constant(Ok(Leaf(name)))

    @override
    def state(self) -> dict[str, Any]:
        """Nothing is observed."""
        return {}

    @override
    def close(self) -> None:
        """Nothing is held."""


def _misread(name: str) -> str | None:
    try:
        PathTemplate.read(name)
    except NameSyntaxError as error:
        return f"not a path with variables: {error}"
    return None


@attrs.frozen(kw_only=True)
class RewriteConfig(NamerConfig):
    """The section of `io.l5d.rewrite`."""

    kind: ClassVar[str] = "io.l5d.rewrite"
    summary: ClassVar[str] = "Replaces a name by another, made of parts of it."

    prefix: Path = option("What follows `/#` in the names of this namer.", example="/rewrite")
    pattern: PathMatcher = option(
        "The front of the names, segment by segment: literal text, `*` for any one segment, or"
        " variables, such as `{service}` or `{env}-{zone}`. Variables are greedy, and what"
        " surrounds them need not be the whole segment.",
        example="/{service}/api",
        differs="What is no pattern is refused; in Linkerd 1 it never matches.",
    )
    name: str = option(
        "The other name, with the pattern's variables in it. What follows the pattern is dropped.",
        example="/srv/{service}",
        check=_misread,
        differs="Unknown variables are refused; in Linkerd 1 they fail each request.",
    )

    @override
    def faults(self) -> Iterable[tuple[str, str]]:
        """Find variables that the pattern does not have."""
        for variable in sorted(PathTemplate.read(self.name).names - self.pattern.names):
            yield "name", f"the pattern has no variable `{{{variable}}}`"

    @override
    def mk(self, runtime: Runtime) -> RewriteNamer:
        """Make the namer."""
        return RewriteNamer(self.full_prefix(), self.pattern, PathTemplate.read(self.name))


__all__ = ["RewriteConfig", "RewriteNamer"]
