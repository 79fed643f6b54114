"""What is wrong with a dtab, or looks it: rules that can never count, names that lead nowhere.

A dtab comes in, with what is known of its surroundings; findings go out, in the order of the rules.
Nothing is claimed that another rule, another namer or a request could make untrue. Used by
`linkerd dtab lint`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import attrs

from linkerd.errors import NOWHERE, Where
from linkerd.name.activity import Failed
from linkerd.name.evaluation import Bound, Outcome, evaluate
from linkerd.name.near import nearest
from linkerd.name.path import Path
from linkerd.name.rule_index import Elements, RuleIndex, compatible
from linkerd.name.total import Totality
from linkerd.name.trace import RECURSION
from linkerd.name.tree import Alt, NameTree, Union, leaves, show_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from linkerd.name.activity import Read, Var
    from linkerd.name.dtab import Dentry, Dtab
    from linkerd.name.evaluation import Lookups
    from linkerd.name.trace import Node

T = TypeVar("T")

ERROR, WARNING, NOTE = "error", "warning", "note"

_SAMPLE = b"x"
_MAX_SAMPLES = 3000
_MAX_NAMES = 6
_PORT = re.compile(rb"[0-9]{1,5}")


@attrs.frozen
class Finding:
    """Something to look at. `kind` is one word for programs, `rule` the rule as text, if any."""

    severity: str
    kind: str
    text: str
    rule: str = ""
    where: Where = NOWHERE


@attrs.frozen
class Surroundings:
    """What a dtab works in; None stands for what is not known, and nothing is claimed of it.

    `roots` are the beginnings of the names that requests get, `namers` the prefixes of the
    configured namers, `builtin` the words that may follow `/$`. Names below an `opaque` prefix may
    turn into any other name. `lookups` stand for the namers: they know no names, and `/$/inet`
    knows all. `whole` is False if there are more rules than those given, of lower precedence.
    """

    roots: tuple[Path, ...] | None = None
    namers: tuple[Path, ...] | None = None
    builtin: frozenset[str] | None = None
    opaque: tuple[Path, ...] = ()
    lookups: Lookups = ()
    whole: bool = True


def lint(dtab: Dtab, around: Surroundings) -> list[Finding]:
    """Check a dtab."""
    return list(_Check(dtab, around).findings())


def unused(dtabs: Sequence[Dtab], around: Surroundings, also: Iterable[Path] = ()) -> list[Finding]:
    """Find the namers that no rule of any dtab can lead to; `also` are paths in use elsewhere."""
    used = [leaf.elements for dtab in dtabs for rule in dtab.dentries for leaf in leaves(rule.dst)]
    used += [path.elements for path in (*also, *(around.roots or ()))]
    if around.roots is None or around.namers is None or not around.whole:
        return []
    if any(compatible(path, other.elements) for path in used for other in around.opaque):
        return []
    return [
        Finding(NOTE, "unused", f"no rule leads to the namer {namer}")
        for namer in around.namers
        if not any(compatible(path, namer.elements) for path in used)
    ]


class _Check:
    """One dtab under examination."""

    def __init__(self, dtab: Dtab, around: Surroundings) -> None:
        self._dtab = dtab
        self._around = around
        self._index = RuleIndex(dtab)
        self._totality = Totality(self._index)
        self._strongest: dict[Elements, int] = {}
        self._samples = 0

    def findings(self) -> Iterator[Finding]:
        yield from self._without_rules()
        reached = self._reached()
        texts: dict[tuple[str, str], int] = {}
        for number, rule in enumerate(self._dtab.dentries):
            texts[rule.prefix.show(), show_tree(rule.dst)] = number
        for number, rule in enumerate(self._dtab.dentries):
            again = texts[rule.prefix.show(), show_tree(rule.dst)]
            for severity, kind, text in self._of_rule(number, rule, again, reached):
                yield Finding(severity, kind, text, _shown(rule), rule.where)

    def _of_rule(
        self, number: int, rule: Dentry, again: int, reached: set[int] | None
    ) -> Iterator[tuple[str, str, str]]:
        if again != number:
            yield WARNING, "duplicate", f"stands again {self._at(again)}"
        else:
            stronger = self._shadow(number, rule)
            if stronger is not None:
                yield WARNING, "shadowed", f"never tried: {self._said(stronger)} always answers"
        if reached is not None and number not in reached:
            yield WARNING, "unreachable", "no name comes here, unless a request brings its own dtab"
        names = self._round(rule)
        if names is not None:
            yield ERROR, "loop", f"goes round: {names}"
        yield from self._of_tree(rule.dst)
        for leaf in dict.fromkeys(leaves(rule.dst)):
            yield from self._of_leaf(leaf)

    def _said(self, number: int) -> str:
        return f"`{_shown(self._dtab.dentries[number])}` {self._at(number)}"

    def _at(self, number: int) -> str:
        where = self._dtab.dentries[number].where
        return f"({where})" if where != NOWHERE else f"(rule {number + 1})"

    # -- what comes to a rule

    def _without_rules(self) -> Iterator[Finding]:
        """A root that no rule takes up."""
        if not self._around.whole:
            return
        for root in self._around.roots or ():
            if not self._index.perhaps(root.elements) and not self._is_final(root):
                text = f"no rule for {root}, which every name of a request begins with"
                yield Finding(ERROR, "no-rule", text)

    def _shadow(self, number: int, rule: Dentry) -> int | None:
        """The strongest rule that has all names of this one and always answers, if it is later."""
        elements = rule.prefix.elements
        strongest = self._strongest.get(elements)
        if strongest is None:
            rules = self._dtab.dentries
            always = self._index.always(elements)
            total = (each for each in always if self._totality.of(rules[each].dst))
            strongest = self._strongest[elements] = max(total, default=-1)
        return strongest if strongest > number else None

    def _reached(self) -> set[int] | None:
        """The rules that names can come to; None if that cannot be told."""
        if self._around.roots is None or not self._around.whole:
            return None
        waiting: list[Elements] = [root.elements for root in self._around.roots]
        seen: set[Elements] = set(waiting)
        reached: set[int] = set()
        while waiting:
            beginning = waiting.pop()
            if any(compatible(beginning, other.elements) for other in self._around.opaque):
                return None
            for number in self._index.perhaps(beginning):
                if number in reached:
                    continue
                reached.add(number)
                for leaf in leaves(self._dtab.dentries[number].dst):
                    if leaf.elements not in seen:
                        seen.add(leaf.elements)
                        waiting.append(leaf.elements)
        return reached

    # -- where a rule leads

    def _round(self, rule: Dentry) -> str | None:
        """Names that a name of this rule goes through until it comes back, if one does."""
        if not any(self._index.perhaps(leaf.elements) for leaf in leaves(rule.dst)):
            return None
        sample = Path(element or _SAMPLE for element in rule.prefix.elements)
        for name in (sample, sample + Path((_SAMPLE,)), sample + Path((_SAMPLE, _SAMPLE))):
            if self._samples == _MAX_SAMPLES:
                return None
            self._samples += 1
            if _loops(self._evaluated(name, explain=False).state):
                trace = self._evaluated(name, explain=True).trace
                return " > ".join(_names(trace)) if trace is not None else name.show()
        return None

    def _evaluated(self, name: Path, explain: bool) -> Outcome:
        read: Read = _sample
        return evaluate(self._dtab, name, self._around.lookups, read, explain)

    def _of_tree(self, tree: NameTree[Path]) -> Iterator[tuple[str, str, str]]:
        if isinstance(tree, Alt):
            total = [self._totality.of(branch) for branch in tree.trees]
            if any(total[:-1]):
                first = tree.trees[total.index(True)]
                text = f"what follows `{show_tree(first)}` is never tried: it always answers"
                yield WARNING, "unreached-alternative", text
            for branch in tree.trees:
                yield from self._of_tree(branch)
        elif isinstance(tree, Union):
            for weighted in tree.branches:
                if weighted.weight == 0.0:
                    text = f"`{show_tree(weighted.tree)}` has the weight 0: no request goes there"
                    yield NOTE, "weight-0", text
                yield from self._of_tree(weighted.tree)

    def _of_leaf(self, leaf: Path) -> Iterator[tuple[str, str, str]]:
        if not self._around.whole or self._index.perhaps(leaf.elements):
            return
        first = leaf.elements[:1]
        if first == (b"#",):
            yield from self._of_namer(leaf)
        elif first == (b"$",):
            yield from self._of_builtin(leaf)
        elif first:
            near = next((str(name) for name in self._dtab.near(leaf)), "")
            yield WARNING, "dead-end", f"no rule goes on from {leaf}{_meant(near)}"

    def _of_namer(self, leaf: Path) -> Iterator[tuple[str, str, str]]:
        namers = self._around.namers
        if namers is None or any(compatible(leaf.elements, each.elements) for each in namers):
            return
        near = [_near(leaf.take(each.size).show(), [each.show()]) for each in namers]
        yield ERROR, "unknown-namer", f"there is no namer for {leaf}{_meant(max(near, default=''))}"

    def _of_builtin(self, leaf: Path) -> Iterator[tuple[str, str, str]]:
        words = self._around.builtin
        if leaf.size < 2:
            return
        word = leaf.texts()[1]
        if word == "inet":
            yield from _of_inet(leaf)
        elif words is not None and word not in words:
            near = _near(word, words)
            meant = _meant(f"/$/{near}" if near else "")
            yield ERROR, "unknown-namer", f"/$/{word} is none of the built-in names{meant}"

    def _is_final(self, path: Path) -> bool:
        return path.elements[:1] in ((b"#",), (b"$",))


def _loops(state: Bound) -> bool:
    return isinstance(state, Failed) and state.code == RECURSION


def _names(node: Node) -> list[str]:
    """The names on the way to where it was given up, a few of them."""
    names = [node.path.show()]
    while node.children and len(names) <= _MAX_NAMES:
        node = next(child for child in node.children if child.state == node.state)
        if node.path.show() != names[-1] or not node.children:
            names.append(node.path.show())
    return names if not node.children else [*names[:_MAX_NAMES], "..."]


def _sample(var: Var[T], /) -> T:
    return var.sample()


def _of_inet(leaf: Path) -> Iterator[tuple[str, str, str]]:
    """`/$/inet/<host>/<port>` or `/$/inet/<port>`; what is missing may come with the name."""
    segments = leaf.elements[2:]
    if len(segments) == 0 or _PORT.fullmatch(segments[0]):
        return
    if len(segments) >= 2 and not _PORT.fullmatch(segments[1]):
        text = f"{leaf} has no port: /$/inet/<host>/<port>, the port in digits"
        yield ERROR, "no-port", text


def _shown(rule: Dentry) -> str:
    return f"{rule.prefix.show()} => {show_tree(rule.dst)}"


def _near(word: str, words: Iterable[str]) -> str:
    return next(iter(nearest(word, sorted(words), 1)), "")


def _meant(word: str) -> str:
    return f"; did you mean {word}?" if word else ""


__all__ = ["ERROR", "NOTE", "WARNING", "Finding", "Surroundings", "lint", "unused"]
