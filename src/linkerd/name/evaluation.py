"""One evaluation of a path: through dtab and namers until only bound names are left.

A dtab, a path and namers come in; what they make of it at the moment goes out, with the trace of
how. `delegate` owns what lasts longer. The rules are Finagle's: the dtab comes before the namers;
an alternative has its turn only when those before it are negative; a union is what is known of its
branches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

import attrs

from linkerd.name.activity import PENDING, Activity, Failed, Ok, Pending, Read, State
from linkerd.name.addr import BoundName
from linkerd.name.hints import Hints
from linkerd.name.path import EMPTY_PATH, Path
from linkerd.name.trace import RECURSION, TOO_DEEP, Asked, Node
from linkerd.name.tree import (
    EMPTY,
    FAIL,
    NEG,
    Alt,
    Empty,
    Fail,
    Leaf,
    NameTree,
    Neg,
    Union,
    Weighted,
    simplify,
)

if TYPE_CHECKING:
    from linkerd.name.addr import Standing
    from linkerd.name.dtab import Dentry, Dtab

MAX_DEPTH = 100
# Python's stack bounds the nesting of trees within trees, where Finagle has none.
_MAX_LEVEL = 120
# Rules like `/a => /a/x & /a/y` would double at each of the hundred levels, and come in headers. A
# step is a node of a tree or a lookup, a few microseconds.
MAX_STEPS = 10_000
# Where many rules match a name, each may be tried, once.
_MANY = 100
_STEPS_PER_RULE = 4
_STEPS_AFTER_LOOP = 1000
# To visit an element of the rules' prefixes, or to collect a rule, is less than a step.
_VISITS_PER_STEP = 16

_TOO_DEEP = Failed(f"Max recursion level: {MAX_DEPTH} reached in Namer lookup", RECURSION)

Tree: TypeAlias = NameTree[Path | BoundName]
Answer: TypeAlias = State[Tree]
Bound: TypeAlias = State[NameTree[BoundName]]


class Lookup(Protocol):
    """What answers for the names below a prefix: a namer."""

    def lookup(self, path: Path) -> Activity[Tree]:
        """Look up `path`, which has lost the prefix. Activities of equal paths may be the same."""

    def standing(self, path: Path) -> Standing | None:
        """Tell how what answers for `path` fares; None if nothing is watched for it."""

    def near(self, path: Path) -> Sequence[Path]:
        """Give existing names that resemble `path`, which has none: best first, three at most."""


Lookups: TypeAlias = Sequence[tuple[Path, Lookup]]


@attrs.frozen
class Outcome:
    """What a path leads to at the moment; `trace` is the root of the explanation, if asked for."""

    state: Bound
    trace: Node | None


def evaluate(
    dtab: Dtab, path: Path, lookups: Lookups, read: Read, explain: bool = False
) -> Outcome:
    """Evaluate once. `lookups` are asked in the given order; `read` takes their answers.

    To explain, all alternatives are followed, also those which no request would reach; the state is
    the same.
    """
    step = _Evaluation(dtab, lookups, read, explain).look_up(path, None, 0, 0)
    state = Ok(simplify(step.state.value)) if isinstance(step.state, Ok) else step.state
    return Outcome(state, step if explain else None)


@attrs.frozen
class _Place:
    """Where a tree stands: it came of looking up `path`; `rest` goes behind its leaves."""

    path: Path
    dentry: Dentry | None
    rest: Path = EMPTY_PATH


class _Evaluation:
    """One evaluation. `depth` counts lookups along a chain, `level` also trees within trees."""

    __slots__ = ("_chain", "_dtab", "_granted", "_hints", "_left", "_lookups", "_read")

    def __init__(self, dtab: Dtab, lookups: Lookups, read: Read, explain: bool) -> None:
        self._dtab = dtab
        self._lookups = lookups
        self._read = read
        self._hints = Hints(dtab, lookups) if explain else None
        self._left = MAX_STEPS
        self._granted: set[int] = set()
        self._chain: set[Path] = set()

    def look_up(self, path: Path, dentry: Dentry | None, depth: int, level: int) -> Node:
        """Look up `path`, which the rule `dentry` led to."""
        self._left -= 1
        # What comes back to itself does so at each of the hundred levels: no need to go there.
        if path in self._chain or self._left < 0:
            return _too_deep(path, dentry)
        self._chain.add(path)
        node = self._by_dtab(path, dentry, depth, level)
        self._chain.remove(path)
        return node

    def _by_dtab(self, path: Path, dentry: Dentry | None, depth: int, level: int) -> Node:
        rules, visits = self._dtab.search(path)
        self._left -= (visits + len(rules)) // _VISITS_PER_STEP
        if len(rules) > _MANY:
            self._grant(rules)
        if not rules:
            return self._by_namers(path, dentry, depth, level)
        if len(rules) > 1 or not isinstance(rules[0].dst, Neg):
            here = _Place(path, dentry)
            trees = ((rule.dst, _Place(path, rule, rule.rest(path))) for rule in rules)
            return self._alternatives(trees, here, depth + 1, level)
        # A name's only rule is `~`: Finagle asks the namers then as if there were none.
        asked = self._by_namers(path, dentry, depth, level)
        said = Node("neg", EMPTY_PATH, rules[0], Ok(NEG))
        if asked.negative:
            return Node(
                "delegate", path, dentry, Ok(NEG), (said,), asked=asked.asked, near=asked.near
            )
        return Node("alt", path, dentry, asked.state, (said, asked))

    def _grant(self, rules: Sequence[Dentry]) -> None:
        """Allow for the steps that it takes to try rules that have not been met before."""
        met = len(self._granted)
        self._granted.update(map(id, rules))
        self._left += _STEPS_PER_RULE * (len(self._granted) - met)

    def _by_namers(self, path: Path, dentry: Dentry | None, depth: int, level: int) -> Node:
        asked: list[tuple[Path, Lookup]] = []
        said: tuple[Asked, ...] = ()
        for prefix, lookup in self._lookups:
            if not path.starts_with(prefix):
                continue
            rest = path.drop(prefix.size)
            answer = self._answer(lookup, rest)
            if self._hints is not None:
                asked.append((prefix, lookup))
                said = (*said, Asked(prefix, _said(answer), self._hints.standing(lookup, rest)))
            if isinstance(answer, Pending):
                why = f"No answer yet from namer {prefix}"
                return Node("pending", path, dentry, PENDING, message=why, asked=said)
            if isinstance(answer, Failed):
                hints = self._hints
                near = () if hints is None else hints.near_failed(path, prefix, lookup)
                why, code = answer.why, answer.code
                return Node("exception", path, dentry, answer, (), (), None, why, code, said, near)
            if not isinstance(answer.value, Neg):
                node = self._tree(answer.value, _Place(path, dentry), depth + 1, level + 1)
                return node if self._hints is None else _told(node, path, dentry, said)
        near = () if self._hints is None else self._hints.near(path, asked)
        return Node("neg", path, dentry, Ok(NEG), asked=said, near=near)

    def _answer(self, lookup: Lookup, path: Path) -> Answer:
        try:
            return self._read(lookup.lookup(path))
        except Exception as error:
            # A namer of somebody else's must not stop what has nothing to do with it.
            return Failed(f"{type(error).__name__}: {error}")

    def _tree(self, tree: Tree, place: _Place, depth: int, level: int) -> Node:
        path, dentry = place.path, place.dentry
        self._left -= 1
        if depth > MAX_DEPTH or level > _MAX_LEVEL:
            self._left = min(self._left, _STEPS_AFTER_LOOP)
            return _too_deep(path, dentry)
        if isinstance(tree, Leaf):
            if isinstance(tree.value, Path):
                return self.look_up(tree.value + place.rest, dentry, depth, level)
            return Node("leaf", path, dentry, Ok(Leaf(tree.value)), bound=tree.value)
        if isinstance(tree, Alt):
            trees = ((branch, place) for branch in tree.trees)
            return self._alternatives(trees, place, depth, level)
        if isinstance(tree, Union):
            return self._union(tree.branches, place, depth, level)
        if isinstance(tree, Fail):
            return Node("fail", path, dentry, Ok(FAIL))
        if isinstance(tree, Empty):
            return Node("empty", path, dentry, Ok(EMPTY))
        return Node("neg", EMPTY_PATH, dentry, Ok(NEG))

    def _alternatives(
        self, trees: Iterable[tuple[Tree, _Place]], place: _Place, depth: int, level: int
    ) -> Node:
        nodes: list[Node] = []
        state: Bound = Ok(NEG)
        for tree, its_place in trees:
            node = self._tree(tree, its_place, depth, level + 1)
            nodes.append(node)
            if _negative(state):
                state = node.state
            if not _negative(state) and (self._hints is None or self._left < 0):
                break
        return _joined("alt", place, state, nodes)

    def _union(
        self, branches: Sequence[Weighted[Path | BoundName]], place: _Place, depth: int, level: int
    ) -> Node:
        if len(branches) == 1:
            # What fails alone is a failure; beside others it would be left out.
            node = self._tree(branches[0].tree, place, depth, level + 1)
            return _joined("union", place, node.state, [node])
        nodes: list[Node] = []
        known: list[Weighted[BoundName]] = []
        state: Bound = PENDING if branches else Ok(NEG)
        for branch in branches:
            node = self._tree(branch.tree, place, depth, level + 1)
            nodes.append(node)
            if isinstance(node.state, Ok):
                known.append(Weighted(branch.weight, node.state.value))
            elif isinstance(state, Pending):
                state = node.state
            if self._left < 0:
                break
        if known:
            state = Ok(simplify(Union(tuple(known))))
        weights = tuple(branch.weight for branch, _ in zip(branches, nodes, strict=False))
        return attrs.evolve(_joined("union", place, state, nodes), weights=weights)


def _joined(kind: str, place: _Place, state: Bound, nodes: Sequence[Node]) -> Node:
    if not nodes:
        return Node("neg", place.path, place.dentry, state)
    kind = "delegate" if len(nodes) == 1 else kind
    return Node(kind, place.path, place.dentry, state, tuple(nodes))


def _negative(state: Bound) -> bool:
    return isinstance(state, Ok) and isinstance(state.value, Neg)


def _told(node: Node, path: Path, dentry: Dentry | None, said: tuple[Asked, ...]) -> Node:
    """Add what the namers said; a name that one has turned into another is a step of its own."""
    if node.path == path:
        return attrs.evolve(node, asked=said + node.asked)
    return Node("rewrite", path, dentry, node.state, (node,), asked=said)


def _too_deep(path: Path, dentry: Dentry | None) -> Node:
    return Node("exception", path, dentry, _TOO_DEEP, message=TOO_DEEP, code=RECURSION)


def _said(answer: Answer) -> str:
    if isinstance(answer, Ok):
        return "no such name" if isinstance(answer.value, Neg) else "found"
    return "no answer yet" if isinstance(answer, Pending) else f"failed: {answer.why}"


__all__ = ["MAX_DEPTH", "MAX_STEPS", "Bound", "Lookup", "Lookups", "Outcome", "Tree", "evaluate"]
