"""Dtabs: delegation tables, the rules by which names are rewritten.

Text such as `/svc => /#/io.l5d.fs ; /svc/* => /host` comes in, from the configuration and from
request headers; for a path the rewritten name trees go out. Later rules win. Grammar, printing and
lookup are Finagle's.
"""

from __future__ import annotations

import attrs

from linkerd.errors import NOWHERE, Where
from linkerd.name.parse import Scanner
from linkerd.name.path import Path, show_elements
from linkerd.name.tree import NEG, Alt, NameTree, map_leaves, scan_tree, show_tree


@attrs.frozen(str=False)
class Prefix:
    """The left side of a rule; an element None is the wildcard `*`, which stands for any one."""

    elements: tuple[bytes | None, ...]

    @classmethod
    def read(cls, text: str) -> Prefix:
        """Parse `/a/*`. Raises `NameSyntaxError`."""
        scanner = Scanner(text)
        prefix = _scan_prefix(scanner)
        scanner.end()
        return prefix

    def matches(self, path: Path) -> bool:
        """Tell whether `path` begins with this prefix."""
        if len(self.elements) > len(path.elements):
            return False
        for mine, theirs in zip(self.elements, path.elements, strict=False):
            if mine is not None and mine != theirs:
                return False
        return True

    def show(self) -> str:
        """Print as Finagle."""
        return show_elements(self.elements)

    def __str__(self) -> str:
        return self.show()


@attrs.frozen(str=False)
class Dentry:
    """One rule: names that begin with `prefix` go to `dst`, with the rest of the name behind it.

    `offset` is where it began in the text that it was read from, `where` the place of that in a
    file or header, if whoever had the text read knows; neither counts for equality.
    """

    prefix: Prefix
    dst: NameTree[Path]
    offset: int = attrs.field(default=0, eq=False, repr=False)
    where: Where = attrs.field(default=NOWHERE, eq=False, repr=False)

    @classmethod
    def read(cls, text: str) -> Dentry:
        """Parse `/a => /b`. Raises `NameSyntaxError`."""
        scanner = Scanner(text)
        dentry = _scan_dentry(scanner)
        scanner.end()
        return dentry

    def rest(self, path: Path) -> Path:
        """Return what `path`, which must match, has behind the prefix."""
        return path.drop(len(self.prefix.elements))

    def rewrite(self, path: Path) -> NameTree[Path]:
        """Return where `path`, which must match, goes: `dst` with its rest behind each leaf."""
        rest = self.rest(path)
        return map_leaves(self.dst, lambda leaf: leaf + rest)

    def show(self) -> str:
        """Print as Finagle, without blanks around the arrow."""
        return f"{self.prefix.show()}=>{show_tree(self.dst)}"

    def __str__(self) -> str:
        return self.show()


@attrs.frozen(str=False)
class Dtab:
    """A list of rules, the strongest last."""

    dentries: tuple[Dentry, ...] = ()

    @classmethod
    def read(cls, text: str) -> Dtab:
        """Parse `/a => /b ; /c => /d`, possibly empty. Raises `NameSyntaxError`."""
        scanner = Scanner(text)
        dentries: list[Dentry] = []
        scanner.skip()
        while scanner.peek():
            dentries.append(_scan_dentry(scanner))
            scanner.skip()
            if not scanner.take(";"):
                break
            scanner.skip()
        scanner.end()
        return cls(tuple(dentries))

    def matches(self, path: Path) -> tuple[Dentry, ...]:
        """Return the rules whose prefix matches, the strongest (last) first."""
        return tuple(dentry for dentry in reversed(self.dentries) if dentry.prefix.matches(path))

    def lookup(self, path: Path) -> NameTree[Path]:
        """Rewrite once: alternatives of all matching rules, the last one first; `~` if none."""
        trees = tuple(dentry.rewrite(path) for dentry in self.matches(path))
        if not trees:
            return NEG
        return trees[0] if len(trees) == 1 else Alt(trees)

    def __add__(self, other: Dtab) -> Dtab:
        """Return both, the rules of `other` winning."""
        if not other.dentries:
            return self
        return Dtab(self.dentries + other.dentries)

    def __len__(self) -> int:
        return len(self.dentries)

    def show(self) -> str:
        """Print as Finagle."""
        return ";".join(dentry.show() for dentry in self.dentries)

    def __str__(self) -> str:
        return self.show()


def _scan_dentry(scanner: Scanner) -> Dentry:
    prefix = _scan_prefix(scanner)
    scanner.skip()
    scanner.eat("=")
    scanner.eat(">")
    return Dentry(prefix, scan_tree(scanner))


def _scan_prefix(scanner: Scanner) -> Prefix:
    scanner.skip()
    scanner.eat("/")
    if scanner.peek() != "*" and not scanner.at_label():
        return Prefix(())
    elements = [_scan_element(scanner)]
    while scanner.take("/"):
        elements.append(_scan_element(scanner))
    return Prefix(tuple(elements))


def _scan_element(scanner: Scanner) -> bytes | None:
    return None if scanner.take("*") else scanner.label()


EMPTY_DTAB = Dtab()

__all__ = ["EMPTY_DTAB", "Dentry", "Dtab", "Prefix"]
