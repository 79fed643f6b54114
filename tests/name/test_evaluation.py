"""One evaluation: its state, its trace, and what it asks for."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from linkerd.name.activity import PENDING, Failed, Ok, Source, Var
from linkerd.name.addr import Standing
from linkerd.name.dtab import Dtab
from linkerd.name.evaluation import MAX_DEPTH, MAX_STEPS, Outcome, evaluate
from linkerd.name.path import Path
from linkerd.name.trace import Asked
from linkerd.name.tree import EMPTY, FAIL, NEG, Alt, Leaf, Union, Weighted, show_tree

from .fakes import FakeNamer, bound

if TYPE_CHECKING:
    from linkerd.name.trace import Node

CIRCLE = Failed("Max recursion level: 100 reached in Namer lookup", "L5D-1107")


class Evaluation:
    """A namer at `/#/fs` that knows a, b and c, and evaluations with it."""

    def __init__(self) -> None:
        self.fs = FakeNamer()
        for port, name in enumerate(("/a", "/b", "/c")):
            self.fs.bind(name, port, id=f"/#/fs{name}")
        self.lookups: list[tuple[Path, Any]] = [(Path.read("/#/fs"), self.fs)]
        self.read: list[Var[Any]] = []

    def __call__(self, dtab: str, path: str = "/svc", explain: bool = False) -> Outcome:
        def read(var: Var[Any]) -> Any:
            self.read.append(var)
            return var.sample()

        return evaluate(Dtab.read(dtab), Path.read(path), self.lookups, read, explain)

    def state(self, dtab: str, path: str = "/svc") -> Any:
        """Give the state, trees as text; explaining must not change it."""
        state = self(dtab, path).state
        assert self(dtab, path, explain=True).state == state
        return show_tree(state.value) if isinstance(state, Ok) else state

    def trace(self, dtab: str, path: str = "/svc") -> Node:
        trace = self(dtab, path, explain=True).trace
        assert trace is not None
        return trace

    def asked_for(self, dtab: str, path: str = "/svc", explain: bool = False) -> list[str]:
        """Give the paths that the namer is asked for."""
        self.fs.asked.clear()
        self(dtab, path, explain)
        return self.fs.asked


@pytest.fixture
def evaluation() -> Evaluation:
    return Evaluation()


def kinds(node: Node) -> Any:
    """Give the kinds of a trace, as nested tuples."""
    return (node.kind, *map(kinds, node.children)) if node.children else node.kind


def said(node: Node) -> list[str]:
    """Give what each namer said, with its prefix."""
    return [f"{asked.prefix}: {asked.said}" for asked in node.asked]


# State


@pytest.mark.parametrize(
    ("dtab", "path", "result"),
    [
        ("", "/svc", "~"),
        ("", "/#/fs/a", "/#/fs/a"),
        ("/svc=>/#/fs", "/svc/b", "/#/fs/b"),
        ("/svc=>/x;/x=>/#/fs/a", "/svc", "/#/fs/a"),
        ("/svc=>/#/fs/a;/svc=>/#/fs/b", "/svc", "/#/fs/b"),
        ("/svc=>/#/fs/a;/svc=>/#/fs/x", "/svc", "/#/fs/a"),
        ("/svc=>/#/fs/x | /#/fs/b | /#/fs/c", "/svc", "/#/fs/b"),
        ("/svc=>~ | ! | /#/fs/b", "/svc", "!"),
        ("/svc=>~ | $ | /#/fs/b", "/svc", "$"),
        ("/svc=>2*/#/fs/a & 3*/#/fs/b", "/svc", "2.00*/#/fs/a & 3.00*/#/fs/b"),
        ("/svc=>2*/#/fs/a & 3*/#/fs/x", "/svc", "/#/fs/a"),
        ("/svc=>/#/fs/x & !", "/svc", "~"),
        ("/svc=>(/#/fs/x & ~) | /#/fs/a", "/svc", "/#/fs/a"),
        ("/#/fs/a=>/#/fs/b", "/#/fs/a", "/#/fs/b"),
        ("/#/fs/a=>~", "/#/fs/a", "/#/fs/a"),
        ("/#/fs/x=>~", "/#/fs/x", "~"),
        ("/#/fs/a=>~;/#=>~", "/#/fs/a", "~"),
        ("/#/fs/a=>!", "/#/fs/a", "!"),
    ],
)
def test_state(evaluation: Evaluation, dtab: str, path: str, result: str) -> None:
    assert evaluation.state(dtab, path) == result


def test_an_empty_union_is_negative(evaluation: Evaluation) -> None:
    evaluation.fs.set("/none", Union(()))
    assert evaluation.state("/svc=>/#/fs/none | /#/fs/a") == "/#/fs/a"


def test_a_union_of_one_is_that_one(evaluation: Evaluation) -> None:
    for tree, state in [(FAIL, "!"), (Leaf(bound("/x")), "/x"), (NEG, "/#/fs/a")]:
        evaluation.fs.set("/one", Union((Weighted(0.5, tree),)))
        assert evaluation.state("/svc=>/#/fs/one | /#/fs/a") == state


def test_what_a_namer_answers_is_evaluated_in_turn(evaluation: Evaluation) -> None:
    tree = Alt((Leaf(Path.read("/#/fs/x")), Union((Weighted(1, Leaf(Path.read("/host"))),))))
    evaluation.fs.set("/again/y", tree)
    assert evaluation.state("/svc=>/#/fs/again;/host=>/#/fs/c", "/svc/y") == "/#/fs/c"


def test_a_name_that_a_namer_makes_of_another_is_a_step(evaluation: Evaluation) -> None:
    evaluation.fs.set("/once", Leaf(Path.read("/#/fs/x")))
    dtab = Dtab.read("/svc=>/#/fs/once")
    (rewrite,) = evaluation.trace(dtab.show()).children
    assert (rewrite.kind, rewrite.path) == ("rewrite", Path.read("/#/fs/once"))
    assert said(rewrite) == ["/#/fs: found"]
    (neg,) = rewrite.children
    assert (neg.kind, neg.path, neg.dentry) == ("neg", Path.read("/#/fs/x"), dtab.dentries[0])
    assert said(neg) == ["/#/fs: no such name"]


@pytest.mark.parametrize("answer", [PENDING, Failed("down", "L5D-1103")])
def test_only_a_negative_answer_gives_the_next_one_its_turn(
    evaluation: Evaluation, answer: Any
) -> None:
    evaluation.fs.set("/slow", answer)
    assert evaluation.state("/svc=>/#/fs/slow | /#/fs/a") == answer
    assert evaluation.state("/svc=>/#/fs/a;/svc=>/#/fs/slow") == answer
    assert evaluation.state("/svc=>/#/fs/a | /#/fs/slow") == "/#/fs/a"


def test_a_union_is_what_is_known_of_its_branches(evaluation: Evaluation) -> None:
    evaluation.fs.set("/slow", PENDING)
    evaluation.fs.set("/one", Failed("one"))
    evaluation.fs.set("/two", Failed("two"))
    for union, state in [
        ("/#/fs/slow & 2*/#/fs/a & /#/fs/one & 3*/#/fs/b", "2.00*/#/fs/a & 3.00*/#/fs/b"),
        ("/#/fs/slow & /#/fs/one & /#/fs/two", Failed("one")),
        ("/#/fs/slow & /#/fs/slow", PENDING),
        ("/#/fs/one & ~", "~"),
    ]:
        assert evaluation.state(f"/svc=>{union}") == state


# Namers


def test_namers_are_asked_in_the_given_order_until_one_knows(evaluation: Evaluation) -> None:
    first, shorter = FakeNamer(), FakeNamer()
    evaluation.lookups.insert(0, (Path.read("/#/fs"), first))
    evaluation.lookups.append((Path.read("/#"), shorter))
    evaluation.lookups.append((Path.read("/#/elsewhere"), shorter))
    assert evaluation.state("", "/#/fs/a") == "/#/fs/a"
    assert shorter.asked == []
    first.bind("/a", 1, id="/first")
    assert evaluation.state("", "/#/fs/a") == "/first"
    shorter.bind("/fs/z", 1, id="/short")
    assert evaluation.state("", "/#/fs/z") == "/short"
    assert set(shorter.asked) == {"/fs/z"}
    node = evaluation.trace("", "/#/fs/z")
    assert said(node) == ["/#/fs: no such name", "/#/fs: no such name", "/#: found"]


def test_a_namer_that_raises_has_failed(evaluation: Evaluation) -> None:
    class Broken:
        def lookup(self, path: Path) -> Any:
            raise KeyError("gone")

    evaluation.lookups.insert(0, (Path.read("/#/bad"), Broken()))
    assert evaluation.state("/svc=>/#/bad") == Failed("KeyError: 'gone'")
    assert evaluation.state("/svc=>/#/bad & /#/fs/a") == "/#/fs/a"


def test_answers_are_read_by_the_callers_function(evaluation: Evaluation) -> None:
    sources: dict[Path, Source[Any]] = {}

    class Quiet:
        def lookup(self, path: Path) -> Any:
            return sources.setdefault(path, Source(Ok(NEG)))

    evaluation.lookups[:] = [(Path.read("/#/fs"), Quiet())]
    evaluation("/svc=>/#/fs/x | /#/fs/y")
    assert evaluation.read == [sources[Path.of("x")], sources[Path.of("y")]]


def test_a_request_asks_for_no_more_than_it_needs(evaluation: Evaluation) -> None:
    dtab = "/svc=>/#/fs/never;/svc=>/#/fs/x | /#/fs/a | /#/fs/b"
    assert evaluation.asked_for(dtab) == ["/x", "/a"]
    assert evaluation.asked_for(dtab, explain=True) == ["/x", "/a", "/b", "/never"]
    assert evaluation.asked_for("/svc=>/#/fs/a & /#/fs/x & /#/fs/b") == ["/a", "/x", "/b"]


# Trace


def test_there_is_a_trace_if_it_is_asked_for(evaluation: Evaluation) -> None:
    assert evaluation("/svc=>/#/fs/a").trace is None
    root = evaluation.trace("/svc=>/#/fs/a")
    assert (root.path, root.dentry) == (Path.of("svc"), None)


def test_steps_tell_which_rule_led_there(evaluation: Evaluation) -> None:
    dtab = Dtab.read("/svc=>/x;/x=>/#/fs")
    root = evaluation.trace(dtab.show(), "/svc/a")
    assert kinds(root) == ("delegate", ("delegate", "leaf"))
    (second,) = root.children
    (leaf,) = second.children
    assert (second.path, second.dentry) == (Path.read("/x/a"), dtab.dentries[0])
    assert (leaf.path, leaf.dentry) == (Path.read("/#/fs/a"), dtab.dentries[1])
    assert leaf.bound == bound("/#/fs/a")
    assert said(leaf) == ["/#/fs: found"]
    assert root.state == second.state == leaf.state == Ok(Leaf(bound("/#/fs/a")))


@pytest.mark.parametrize(
    ("dtab", "shape"),
    [
        ("", "neg"),
        ("/svc=>!", ("delegate", "fail")),
        ("/svc=>$", ("delegate", "empty")),
        ("/svc=>/#/fs/x", ("delegate", "neg")),
        ("/svc=>/#/fs/a;/svc=>/#/fs/x", ("alt", "neg", "leaf")),
        ("/svc=>/#/fs/a | ! | ~", ("delegate", ("alt", "leaf", "fail", "neg"))),
        ("/svc=>/#/fs/a & (/#/fs/x | $)", ("delegate", ("union", "leaf", ("alt", "neg", "empty")))),
        ("/svc=>/#/fs/slow | /#/fs/bad", ("delegate", ("alt", "pending", "exception"))),
        ("/svc=>/svc", ("delegate", "exception")),
        ("/svc=>~", ("delegate", "neg")),
        ("/svc=>/#/fs/a;/#/fs/a=>~", ("delegate", ("alt", "neg", "leaf"))),
    ],
)
def test_kinds_of_steps(evaluation: Evaluation, dtab: str, shape: Any) -> None:
    evaluation.fs.set("/slow", PENDING)
    evaluation.fs.set("/bad", Failed("down"))
    assert kinds(evaluation.trace(dtab)) == shape


def test_what_namers_said(evaluation: Evaluation) -> None:
    evaluation.fs.set("/slow", PENDING)
    evaluation.fs.set("/bad", Failed("down", "L5D-1103"))
    evaluation.fs.set("/empty", EMPTY)
    evaluation.fs.set("/fail", FAIL)
    for name, kind, words in [
        ("x", "neg", "no such name"),
        ("a", "leaf", "found"),
        ("empty", "empty", "found"),
        ("fail", "fail", "found"),
        ("slow", "pending", "no answer yet"),
        ("bad", "exception", "failed: down"),
    ]:
        node = evaluation.trace("", f"/#/fs/{name}")
        assert (node.kind, node.path.show(), said(node)) == (
            kind, f"/#/fs/{name}", [f"/#/fs: {words}"]
        )  # fmt: skip
    assert evaluation.trace("", "/#/fs/slow").message == "No answer yet from namer /#/fs"
    bad = evaluation.trace("", "/#/fs/bad")
    assert (bad.message, bad.code, bad.state) == ("down", "L5D-1103", Failed("down", "L5D-1103"))


def test_a_names_only_rule_being_negative_is_told_with_what_the_namers_said(
    evaluation: Evaluation,
) -> None:
    for name, words in (("a", "found"), ("x", "no such name")):
        dtab = Dtab.read(f"/#/fs/{name}=>~")
        node = evaluation.trace(dtab.show(), f"/#/fs/{name}")
        rule = node.children[0]
        assert (rule.kind, rule.dentry, rule.state) == ("neg", dtab.dentries[0], Ok(NEG))
        asked = node if name == "x" else node.children[1]
        assert said(asked) == [f"/#/fs: {words}"]


def test_an_explanation_tells_how_namers_fare(evaluation: Evaluation) -> None:
    evaluation.fs.stands = Standing("stale", 42.0, "gone")
    for name in ("a", "x"):
        (asked,) = evaluation.trace("", f"/#/fs/{name}").asked
        assert asked == Asked(Path.read("/#/fs"), asked.said, evaluation.fs.stands)


@pytest.mark.parametrize(
    ("dtab", "path", "near"),
    [
        ("/svc/users=>/#/fs/a", "/svc/usres", ["/svc/users"]),
        ("", "/#/sf/a", ["/#/fs/a"]),
        ("", "/#/fs/x", ["/#/fs/known"]),
        ("/#/fs/x=>~", "/#/fs/x", ["/#/fs/known"]),
        ("", "/#/fs/a", []),
    ],
)
def test_what_leads_nowhere_has_near_names(
    evaluation: Evaluation, dtab: str, path: str, near: list[str]
) -> None:
    evaluation.fs.names = ["/known"]
    assert [name.show() for name in evaluation.trace(dtab, path).near] == near


def test_a_request_asks_for_no_hints(evaluation: Evaluation) -> None:
    def never(path: Path) -> Any:
        raise AssertionError(path)

    evaluation.fs.standing = evaluation.fs.near = never  # type: ignore[method-assign]
    assert evaluation("/svc=>/#/fs/x | /#/fs/a").state == Ok(Leaf(bound("/#/fs/a")))


def test_a_union_has_a_weight_for_each_child(evaluation: Evaluation) -> None:
    (union,) = evaluation.trace("/svc=>2*/#/fs/a & 0.5*/#/fs/x").children
    assert union.weights == (2.0, 0.5)
    assert len(union.children) == 2


def test_only_the_result_is_simplified_not_the_steps(evaluation: Evaluation) -> None:
    evaluation.fs.set("/x", Union((Weighted(1, EMPTY), Weighted(1, FAIL))))
    assert evaluation("/svc=>/#/fs/x").state == Ok(EMPTY)
    assert kinds(evaluation.trace("/svc=>/#/fs/x")) == ("delegate", ("union", "empty", "fail"))


# Limits


@pytest.mark.parametrize(("rules", "found"), [(MAX_DEPTH - 1, True), (MAX_DEPTH, False)])
def test_lookups_in_a_chain_are_limited(evaluation: Evaluation, rules: int, found: bool) -> None:
    chain = [f"/n{n}=>/n{n + 1}" for n in range(1, rules)]
    dtab = ";".join([*chain, f"/n{rules}=>/#/fs/a"])
    assert evaluation.state(dtab, "/n1") == ("/#/fs/a" if found else CIRCLE)


def test_trees_within_trees_are_limited(evaluation: Evaluation) -> None:
    deep: Any = Leaf(bound("/deep"))
    for _ in range(130):
        deep = Alt((NEG, deep))
    evaluation.fs.set("/deep", deep)
    assert evaluation.state("/svc=>/#/fs/deep") == CIRCLE
    for _ in range(30):
        deep = deep.trees[1]
    evaluation.fs.set("/deep", deep)
    assert evaluation.state("/svc=>/#/fs/deep") == "/deep"


def test_a_name_that_comes_back_to_itself_is_not_followed(evaluation: Evaluation) -> None:
    dtab = "/svc=>/x;/x=>/svc"
    assert evaluation.state(dtab) == CIRCLE
    root = evaluation.trace(dtab)
    assert kinds(root) == ("delegate", ("delegate", "exception"))
    end = root.children[0].children[0]
    assert (end.path, end.code) == (Path.of("svc"), "L5D-1107")
    assert end.message == "Max recursion level reached."


def test_the_same_name_in_two_branches_is_no_circle(evaluation: Evaluation) -> None:
    assert evaluation.state("/svc=>/x & /x;/x=>/#/fs/a") == "/#/fs/a & /#/fs/a"


def doubling(levels: int) -> str:
    """Rules that lead to two names a level."""
    rules = [f"/n{n}=>/n{n + 1}/x & /n{n + 1}/y" for n in range(levels)]
    return ";".join([*rules, f"/n{levels}=>/#/fs/none"])


@pytest.mark.parametrize("explain", [False, True])
def test_work_is_limited(evaluation: Evaluation, explain: bool) -> None:
    assert len(evaluation.asked_for(doubling(10), "/n0", explain)) == 1024
    assert 0 < len(evaluation.asked_for(doubling(30), "/n0", explain)) < MAX_STEPS


def test_rules_that_are_costly_to_search_leave_less_work(evaluation: Evaluation) -> None:
    few = len(evaluation.asked_for(doubling(30), "/n0"))
    # Each name of six elements visits two to the sixth branches, and matches none of these rules.
    costly = ";".join(
        f"/{'/'.join(elements)}/z=>/x" for elements in product(("*", "x", "y"), repeat=5)
    )
    assert 0 < len(evaluation.asked_for(f"{costly};{doubling(30)}", "/n0")) < few * 0.9


@pytest.mark.parametrize("explain", [False, True])
def test_as_many_rules_as_match_may_be_tried(evaluation: Evaluation, explain: bool) -> None:
    dtab = ";".join(["/svc=>/host", "/host=>/#/fs/a", *["/svc=>/host/x"] * 2 * MAX_STEPS])
    outcome = evaluation(dtab, explain=explain)
    assert outcome.state == Ok(Leaf(bound("/#/fs/a")))


def test_rules_met_again_are_not_allowed_for_again(evaluation: Evaluation) -> None:
    dtab = ";".join(["/svc=>/svc/x & /svc/y"] * 200)
    assert 0 < len(evaluation.asked_for(f"{doubling(30)};{dtab}", "/n0")) < MAX_STEPS
    assert evaluation.state(dtab) == CIRCLE


def test_after_a_chain_without_end_little_more_is_done(evaluation: Evaluation) -> None:
    asked = evaluation.asked_for("/svc=>/svc/x & /svc/y & /#/fs/none")
    assert 0 < len(asked) < MAX_STEPS / 20


def test_alternatives_are_cut_short_when_nothing_is_left_to_do(evaluation: Evaluation) -> None:
    dtab = "/svc=>" + " | ".join(["/#/fs/a", *(f"/#/fs/{n}" for n in range(MAX_STEPS))])
    (alt,) = evaluation.trace(dtab).children
    assert len(alt.children) < MAX_STEPS
    assert alt.state == Ok(Leaf(bound("/#/fs/a")))


def test_a_union_cut_short_has_weights_for_the_children_it_has(evaluation: Evaluation) -> None:
    width = MAX_STEPS
    dtab = "/svc=>" + " & ".join(f"/#/fs/{n}" for n in range(width))
    (union,) = evaluation.trace(dtab).children
    assert len(union.weights) == len(union.children) < width
