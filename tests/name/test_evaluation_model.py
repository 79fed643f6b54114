"""The evaluator against the rules of binding, written down plainly, and what must not matter.

The model works on nested tuples of its own: it looks at all rules one by one, follows every name to
the depth limit, and knows nothing of budgets, circles or explanations.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from linkerd.name.activity import PENDING, Failed, Ok
from linkerd.name.delegate import Lookups, asking_order, evaluate
from linkerd.name.dtab import Dentry, Dtab, Prefix
from linkerd.name.path import Path
from linkerd.name.trace_json import trace_json
from linkerd.name.tree import (
    EMPTY,
    FAIL,
    NEG,
    Alt,
    Leaf,
    Union,
    Weighted,
    leaves,
    simplify,
)

from .fakes import FakeNamer, bound

TOO_DEEP = Failed("Max recursion level: 100 reached in Namer lookup", "L5D-1107")

Answers = dict[Path, dict[Path, Any]]
"""What the namers answer, by prefix and by the path behind it; negative for all the rest."""


def model_lookup(rules: tuple[Dentry, ...], answers: Answers, path: Path) -> Any:
    """One rewriting step: the dtab, then the namers, the last one first."""
    found = []
    for rule in reversed(rules):
        prefix = rule.prefix.elements
        front = path.elements[: len(prefix)]
        if len(front) == len(prefix) and all(
            p in (None, e) for p, e in zip(prefix, front, strict=True)
        ):
            found.append(append(rule.dst, path.elements[len(prefix) :]))
    tree = NEG if not found else found[0] if len(found) == 1 else Alt(tuple(found))
    if tree != NEG:
        return Ok(tree)
    for prefix_path, known in reversed(answers.items()):
        size = len(prefix_path.elements)
        if path.elements[:size] == prefix_path.elements:
            state = known.get(Path(path.elements[size:]), Ok(NEG))
            if state != Ok(NEG):
                return state
    if path.elements[:2] == (b"$", b"fail"):
        return Ok(FAIL)
    return Ok(EMPTY if path.elements[:2] == (b"$", b"nil") else NEG)


def append(tree: Any, rest: tuple[bytes, ...]) -> Any:
    if isinstance(tree, Leaf):
        return Leaf(Path(tree.value.elements + rest))
    if isinstance(tree, Alt):
        return Alt(tuple(append(each, rest) for each in tree.trees))
    if isinstance(tree, Union):
        return Union(tuple(Weighted(b.weight, append(b.tree, rest)) for b in tree.branches))
    return tree


def model_bind(rules: tuple[Dentry, ...], answers: Answers, tree: Any, depth: int = 0) -> Any:
    """What a tree of paths is bound to."""
    if depth > 100:
        return TOO_DEEP
    if isinstance(tree, Leaf):
        if not isinstance(tree.value, Path):
            return Ok(tree)
        state = model_lookup(rules, answers, tree.value)
        if not isinstance(state, Ok):
            return state
        return model_bind(rules, answers, state.value, depth + 1)
    if isinstance(tree, Alt):
        for each in tree.trees:
            state = model_bind(rules, answers, each, depth)
            if state != Ok(NEG):
                return state
        return Ok(NEG)
    if isinstance(tree, Union):
        states = [(b.weight, model_bind(rules, answers, b.tree, depth)) for b in tree.branches]
        if len(states) == 1:
            return states[0][1]
        known = [Weighted(weight, s.value) for weight, s in states if isinstance(s, Ok)]
        if known:
            return Ok(simplify(Union(tuple(known))))
        return next((s for _, s in states if isinstance(s, Failed)), PENDING if states else Ok(NEG))
    return Ok(tree)


# What it is tried with


def alternatives(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    weights = st.sampled_from([1.0, 0.5, 3.0, 0.0])
    return st.one_of(
        st.lists(inner, max_size=3).map(lambda found: Alt(tuple(found))),
        st.lists(st.builds(Weighted, weights, inner), max_size=3).map(lambda b: Union(tuple(b))),
    )


def name_trees(*names: str) -> st.SearchStrategy[Any]:
    ends = [*(Leaf(Path.read(name)) for name in names * 2), NEG, FAIL, EMPTY]
    return st.recursive(st.sampled_from(ends), alternatives, max_leaves=5)


# Rules and namers lead from /0 over /1 to /#/hi and from there to /#/lo: there is no circle.
LOW = ["/#/lo", "/#/lo/a", "/#/lo/b", "/$/nil"]
HIGH = ["/#/hi", "/#/hi/a", "/#/hi/b", *LOW]
LEVELS = [
    (["/0", "/0/a", "/0/*", "/0/*/b", "/"], ["/1", "/1/a", *HIGH]),
    (["/1", "/1/a", "/1/*/*", "/*/a"], HIGH),
    (["/#/hi", "/#/hi/a", "/#/*/b", "/#"], LOW),
]


def rules_of(prefixes: list[str], names: list[str]) -> st.SearchStrategy[Dentry]:
    return st.builds(
        lambda prefix, tree: Dentry(Prefix.read(prefix), tree),
        st.sampled_from(prefixes),
        name_trees(*names),
    )


# `/` and `/*/a` match also what stands lower; only names of the right level may take them.
safe = [
    (
        [prefix for prefix in prefixes if not prefix.startswith(("/*", "/#")) and prefix != "/"],
        names,
    )
    for prefixes, names in LEVELS[:2]
]
dtabs = st.lists(st.one_of([rules_of(*level) for level in safe]), min_size=3, max_size=8).map(Dtab)
paths = st.sampled_from(["/0", "/0/a", "/0/a/b", "/1/a/b", "/1", "/#/hi/a", "/$/fail"]).map(
    Path.read
)
bound_leaves = st.sampled_from([Leaf(bound(name)) for name in ("/x", "/y", "/z")])
ends = st.one_of(bound_leaves, st.sampled_from([NEG, FAIL, EMPTY]))
ok_low = st.recursive(ends, alternatives, max_leaves=4).map(Ok)
low_leaves = st.sampled_from([Leaf(Path.read(name)) for name in LOW])
ok_high = st.recursive(st.one_of(ends, low_leaves), alternatives, max_leaves=4).map(Ok)
others = st.sampled_from([PENDING, Failed("one"), Failed("two", "L5D-1103")])
tails = st.sampled_from(["/", "/a", "/b", "/a/a", "/a/b", "/b/b"]).map(Path.read)


def answers_of(ok: st.SearchStrategy[Any], all_ok: bool) -> st.SearchStrategy[dict[Path, Any]]:
    return st.dictionaries(tails, ok if all_ok else st.one_of(ok, others), min_size=3, max_size=6)


def answers_for(all_ok: bool) -> st.SearchStrategy[Answers]:
    return st.fixed_dictionaries(
        {
            Path.read("/#/hi"): answers_of(ok_high, all_ok),
            Path.read("/#/lo"): answers_of(ok_low, all_ok),
            Path.read("/#/lo/a"): answers_of(ok_low, all_ok),
        }
    )


any_answers = answers_for(all_ok=False)


def namers(answers: Answers) -> tuple[Lookups, dict[Path, FakeNamer]]:
    made = {}
    for prefix, known in answers.items():
        made[prefix] = FakeNamer()
        for path, state in known.items():
            made[prefix].set(path.show(), state)
    return asking_order(tuple(made.items())), made


def ours(dtab: Dtab, path: Path, answers: Answers, explain: bool = False) -> Any:
    return evaluate(dtab, path, namers(answers)[0], lambda var: var.sample(), explain).state


def simplified(state: Any) -> Any:
    return Ok(simplify(state.value)) if isinstance(state, Ok) else state


@settings(max_examples=300, deadline=None)
@given(dtabs, paths, any_answers)
def test_as_the_model(dtab: Dtab, path: Path, answers: Answers) -> None:
    expected = simplified(model_bind(dtab.dentries, answers, Leaf(path)))
    assert ours(dtab, path, answers) == expected
    assert ours(dtab, path, answers, explain=True) == expected


any_rules = st.one_of([rules_of(*level) for level in LEVELS])


@settings(max_examples=100, deadline=None)
@given(st.lists(any_rules, max_size=2).map(Dtab), paths, any_answers)
def test_as_the_model_also_where_names_may_go_round(
    dtab: Dtab, path: Path, answers: Answers
) -> None:
    # The model follows a circle to the limit; in more than one branch that would take for ever.
    assume(all(len(list(leaves(rule.dst))) < 2 for rule in dtab.dentries))
    expected = simplified(model_bind(dtab.dentries, answers, Leaf(path)))
    assert ours(dtab, path, answers) == expected


# What must not matter


@settings(max_examples=50, deadline=None)
@given(dtabs, paths, any_answers, st.data())
def test_where_a_dtab_is_cut_in_two(
    dtab: Dtab, path: Path, answers: Answers, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(dtab)))
    cut = Dtab(dtab.dentries[:at]) + Dtab(dtab.dentries[at:])
    assert ours(cut, path, answers) == ours(dtab, path, answers)


def grouped(tree: Any, data: st.DataObject) -> Any:
    """Put parentheses where they change nothing: round neighbouring alternatives, and round one."""
    if isinstance(tree, Alt):
        trees = tuple(grouped(each, data) for each in tree.trees)
        start = data.draw(st.integers(0, len(trees)))
        end = data.draw(st.integers(start, len(trees)))
        tree = Alt((*trees[:start], Alt(trees[start:end]), *trees[end:]))
    elif isinstance(tree, Union):
        tree = Union(tuple(Weighted(b.weight, grouped(b.tree, data)) for b in tree.branches))
    wrap = data.draw(st.sampled_from([None, None, Alt, Union]))
    if wrap is Alt:
        return Alt((tree,))
    return Union((Weighted(0.5, tree),)) if wrap is Union else tree


def flattened(tree: Any) -> Any:
    """Take away all parentheses round alternatives within alternatives."""
    if isinstance(tree, Alt):
        trees = [flattened(each) for each in tree.trees]
        return Alt(
            tuple(each for one in trees for each in (one.trees if isinstance(one, Alt) else (one,)))
        )
    if isinstance(tree, Union):
        return Union(tuple(Weighted(b.weight, flattened(b.tree)) for b in tree.branches))
    return tree


def saying(dtab: Dtab) -> Dtab:
    """Leave out rules that are `~`: a lone one is as none, but a group of them is a rule."""
    return Dtab(rule for rule in dtab.dentries if simplify(rule.dst) != NEG)


def changed(dtab: Dtab, change: Any) -> Dtab:
    return Dtab(Dentry(rule.prefix, change(rule.dst)) for rule in dtab.dentries)


@settings(max_examples=100, deadline=None)
@given(dtabs, paths, any_answers, st.data())
def test_how_alternatives_are_grouped(
    dtab: Dtab, path: Path, answers: Answers, data: st.DataObject
) -> None:
    dtab = saying(dtab)
    expected = ours(dtab, path, answers)
    assert ours(changed(dtab, lambda tree: grouped(tree, data)), path, answers) == expected
    assert ours(changed(dtab, flattened), path, answers) == expected


@settings(max_examples=100, deadline=None)
@given(dtabs, paths, answers_for(all_ok=True))
def test_whether_rules_are_simplified(dtab: Dtab, path: Path, answers: Answers) -> None:
    dtab = saying(dtab)
    assert ours(changed(dtab, simplify), path, answers) == ours(dtab, path, answers)


@settings(max_examples=50, deadline=None)
@given(dtabs, paths, any_answers)
def test_in_which_order_namers_of_different_names_come(
    dtab: Dtab, path: Path, answers: Answers
) -> None:
    answers = {prefix: known for prefix, known in answers.items() if prefix.size == 2}
    for order in permutations(answers):
        assert ours(dtab, path, {prefix: answers[prefix] for prefix in order}) == (
            ours(dtab, path, answers)
        )


@settings(max_examples=100, deadline=None)
@given(dtabs, paths, any_answers)
def test_what_is_marked_as_reached_is_what_a_request_asks_for(
    dtab: Dtab, path: Path, answers: Answers
) -> None:
    lookups, made = namers(answers)
    evaluate(dtab, path, lookups, lambda var: var.sample())
    trace = evaluate(dtab, path, namers(answers)[0], lambda var: var.sample(), explain=True).trace
    assert trace is not None
    reached = [
        (each["namer"], Path.read(step["name"]))
        for step in reached_steps(trace_json(trace))
        for each in step.get("asked", ())
    ]
    for prefix, namer in made.items():
        asked = [name.drop(prefix.size).show() for by, name in reached if by == prefix.show()]
        assert namer.asked == asked


def reached_steps(step: Any) -> Any:
    if step["reached"]:
        yield step
    for child in step.get("children", ()):
        yield from reached_steps(child)


def test_the_model_knows_the_algebra() -> None:
    """What the model itself must get right, in a few lines that can be checked by eye."""
    rules = Dtab.read("/0=>/#/hi/a | /#/hi/b;/0=>/#/none").dentries
    answers: Answers = {Path.read("/#/hi"): {Path.of("b"): Ok(Leaf(bound("/x")))}}
    assert model_bind(rules, answers, Leaf(Path.of("0"))) == Ok(Leaf(bound("/x")))
    answers[Path.read("/#/hi")][Path.of("a")] = PENDING
    assert model_bind(rules, answers, Leaf(Path.of("0"))) == PENDING
    loop: tuple[Dentry, ...] = Dtab.read("/0=>/0").dentries
    assert model_bind(loop, answers, Leaf(Path.of("0"))) == TOO_DEEP
