"""Dtabs: delegation tables, the rules by which names are rewritten.

Text such as `/svc => /#/io.l5d.fs ; /svc/* => /host` comes in, from the configuration and from
request headers; for a path the rewritten name trees go out. Later rules win. Grammar, printing and
lookup are Finagle's.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import attrs

from linkerd.errors import NOWHERE, Where
from linkerd.name.near import MAX_SUGGESTIONS
from linkerd.name.parse import Scanner
from linkerd.name.path import Path, show_elements
from linkerd.name.prefixes import PrefixTree
from linkerd.name.tree import NEG, Alt, Leaf, NameTree, map_leaves, scan_tree, show_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


T = TypeVar("T")


def no_step() -> None:
    """Go on at once."""


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


class _Table:
    """The rules of one text; what finds them is made when first needed, and kept."""

    __slots__ = ("_tree", "dentries")

    def __init__(self, dentries: tuple[Dentry, ...]) -> None:
        self.dentries = dentries
        self._tree: PrefixTree | None = None

    @property
    def tree(self) -> PrefixTree:
        """The prefixes of the rules, by their place in the table."""
        return self.grown(no_step) if self._tree is None else self._tree

    def grown(self, step: Callable[[], None]) -> PrefixTree:
        """Make the tree, with a `step` a rule."""
        prefixes = (dentry.prefix.elements for dentry in _stepping(self.dentries, step))
        self._tree = PrefixTree(prefixes)
        return self._tree

    def search(self, path: Path) -> tuple[list[Dentry], int]:
        """Return the rules that match, the last first, and how many steps it took to find them."""
        numbers, steps = self.tree.search(path.elements)
        dentries = self.dentries
        return [dentries[number] for number in reversed(numbers)], steps


class Dtab:
    """A list of rules, the strongest last; not to be changed.

    `one + other` is as good as the two: neither is copied, and what finds a rule in ten thousand is
    made only once.
    """

    __slots__ = ("_dentries", "_tables")

    def __init__(self, dentries: Iterable[Dentry] = ()) -> None:
        self._dentries: tuple[Dentry, ...] | None = tuple(dentries)
        self._tables: tuple[_Table, ...] = (_Table(self._dentries),) if self._dentries else ()

    @classmethod
    def read(cls, text: str, step: Callable[[], None] = no_step) -> Dtab:
        """Parse `/a => /b ; /c => /d`, possibly empty. Raises `NameSyntaxError`.

        `step` is called for each rule, by whoever must not work for long without a rest.
        """
        scanner = Scanner(text)
        dentries: list[Dentry] = []
        scanner.skip()
        while scanner.peek():
            step()
            dentries.append(_scan_dentry(scanner))
            scanner.skip()
            if not scanner.take(";"):
                break
            scanner.skip()
        scanner.end()
        return cls(dentries)

    @property
    def dentries(self) -> tuple[Dentry, ...]:
        """All rules, in the order written."""
        if self._dentries is None:
            self._dentries = tuple(each for table in self._tables for each in table.dentries)
        return self._dentries

    def located(self, place: Callable[[int], Where], step: Callable[[], None] = no_step) -> Dtab:
        """Return the same rules, each with its place, and with what finds them already made.

        `place` turns an offset in the text that was read into a place in a file or header. `step`
        is called twice for each rule.
        """
        located = Dtab(
            Dentry(each.prefix, each.dst, each.offset, place(each.offset))
            for each in _stepping(self.dentries, step)
        )
        for table in located._tables:
            table.grown(step)
        return located

    def search(self, path: Path) -> tuple[list[Dentry], int]:
        """Return the rules that match `path`, the strongest first, and the steps it took.

        A step is the visit of one element of the prefixes; matching rules cost less than one each.
        """
        found: list[Dentry] = []
        steps = 0
        for table in reversed(self._tables):
            rules, more = table.search(path)
            found = found + rules if found else rules
            steps += more
        return found, steps

    def matches(self, path: Path) -> tuple[Dentry, ...]:
        """Return the rules whose prefix matches, the strongest (last) first."""
        return tuple(self.search(path)[0])

    def near(self, path: Path) -> tuple[Path, ...]:
        """Return names like `path`, for which there is no rule, that have one: three at most.

        A misspelt, missing or superfluous element is corrected: `/svc/users` for `/srv/users`.
        """
        names = dict.fromkeys(
            name for table in reversed(self._tables) for name in table.tree.near(path.elements)
        )
        return tuple(map(Path, islice(names, MAX_SUGGESTIONS)))

    def lookup(self, path: Path) -> NameTree[Path]:
        """Rewrite once: alternatives of all matching rules, the last one first; `~` if none."""
        trees = tuple(dentry.rewrite(path) for dentry in self.matches(path))
        if not trees:
            return NEG
        return trees[0] if len(trees) == 1 else Alt(trees)

    def __add__(self, other: Dtab) -> Dtab:
        """Return both, the rules of `other` winning."""
        if not other._tables:
            return self
        if not self._tables:
            return other
        both = Dtab()
        both._dentries = None
        both._tables = self._tables + other._tables
        return both

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dtab):
            return NotImplemented
        return self._tables == other._tables or self.dentries == other.dentries

    def __hash__(self) -> int:
        return hash(self.dentries)

    def __len__(self) -> int:
        return sum(len(table.dentries) for table in self._tables)

    def show(self) -> str:
        """Print as Finagle."""
        return ";".join(dentry.show() for dentry in self.dentries)

    def __str__(self) -> str:
        return self.show()

    def __repr__(self) -> str:
        return f"Dtab.read({self.show()!r})"


def _stepping(items: Iterable[T], step: Callable[[], None]) -> Iterator[T]:
    for item in items:
        step()
        yield item


def _scan_dentry(scanner: Scanner) -> Dentry:
    scanner.skip()
    offset = scanner.offset
    plain = scanner.plain_rule()
    if plain is not None:
        return Dentry(Prefix(tuple(plain[0])), Leaf(Path(plain[1])), offset)
    prefix = _scan_prefix(scanner)
    scanner.skip()
    scanner.eat("=")
    scanner.eat(">")
    return Dentry(prefix, scan_tree(scanner), offset)


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
