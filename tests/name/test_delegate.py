from __future__ import annotations

import inspect
import json
import time
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkerd.name.activity import PENDING, Failed, Ok, Source
from linkerd.name.delegate import asking_order, bind, evaluate, explanation
from linkerd.name.dtab import Dtab
from linkerd.name.evaluation import MAX_STEPS
from linkerd.name.path import Path
from linkerd.name.reasoning import reasoning, verdict
from linkerd.name.trace import delegation_json
from linkerd.name.tree import EMPTY, FAIL, NEG, Alt, Leaf, Union, Weighted, show_tree

from .fakes import FakeNamer, bound

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.name.tree import NameTree

FS = Path.read("/#/fs")
TOO_DEEP = "Max recursion level: 100 reached in Namer lookup"


def show(state: Any) -> Any:
    return show_tree(state.value) if isinstance(state, Ok) else state


def sample(dtab: str, path: str, *namers: tuple[str, Any]) -> Any:
    """Evaluate once, in all four ways, which must agree."""
    read_dtab, read_path = Dtab.read(dtab), Path.read(path)
    lookups = asking_order(tuple((Path.read(prefix), namer) for prefix, namer in namers))
    state = bind(read_dtab, read_path, lookups).sample()
    seen: list[Any] = []
    bind(read_dtab, read_path, lookups).observe(seen.append).close()
    outcome = evaluate(read_dtab, read_path, lookups, lambda var: var.sample(), explain=True)
    assert [state] == seen == [outcome.state]
    assert explanation(read_dtab, read_path, lookups).sample() == outcome.trace
    return show(state)


@pytest.fixture
def fs() -> FakeNamer:
    """Knows a, b and c."""
    namer = FakeNamer()
    for port, name in enumerate(("/a", "/b", "/c")):
        namer.bind(name, port, id=f"/#/fs{name}")
    return namer


@pytest.mark.parametrize(
    ("dtab", "path", "result"),
    [
        ("", "/svc/a", "~"),
        ("/svc=>/#/fs", "/svc/a", "/#/fs/a"),
        ("/svc=>/#/fs", "/svc/x", "~"),
        ("/svc=>/host;/host=>/#/fs", "/svc/a", "/#/fs/a"),
        ("/svc=>/#/fs/b;/svc=>/#/fs/x", "/svc", "/#/fs/b"),
        ("/svc=>/#/fs/b;/svc=>/#/fs/a", "/svc", "/#/fs/a"),
        ("/svc=>/#/fs/x | /#/fs/b | /#/fs/c", "/svc", "/#/fs/b"),
        ("/svc=>/#/fs/x | ! | /#/fs/b", "/svc", "!"),
        ("/svc=>/#/fs/b;/svc=>!", "/svc", "!"),
        ("/svc=>/#/fs/b;/svc=>$", "/svc", "$"),
        ("/svc=>/#/fs/b;/svc=>~", "/svc", "/#/fs/b"),
        ("/svc=>0.3*/#/fs/a & 0.7*/#/fs/b", "/svc", "0.30*/#/fs/a & 0.70*/#/fs/b"),
        ("/svc=>0.3*/#/fs/a & 0.7*/#/fs/x", "/svc", "/#/fs/a"),
        ("/svc=>/#/fs/a & ! & ~ & $", "/svc", "/#/fs/a & $"),
        ("/svc=>(! & ~) | /#/fs/a", "/svc", "/#/fs/a"),
        ("/svc=>/#/fs/x & (/#/fs/x | /#/fs/b)", "/svc", "/#/fs/b"),
        ("/svc=>/#/fs/a & (/#/fs/b & /#/fs/c)", "/svc", "/#/fs/a & (/#/fs/b & /#/fs/c)"),
        ("/svc=>/$/nil", "/svc/any", "$"),
        ("/svc=>/$/fail", "/svc/any", "!"),
        ("/svc=>/$/nil | /#/fs/a", "/svc", "$"),
        ("/svc=>/$", "/svc", "~"),
        ("/svc=>/elsewhere", "/svc", "~"),
    ],
)
def test_rules(fs: FakeNamer, dtab: str, path: str, result: str) -> None:
    assert sample(dtab, path, ("/#/fs", fs)) == result


def test_unknown_namer() -> None:
    failed = sample("/svc=>/$/inet", "/svc/host/http")
    assert failed == Failed("Unknown namer: inet for path: /$/inet/host/http", "L5D-1105")


def test_dtab_comes_before_namers_and_hides_them_even_if_it_leads_nowhere(fs: FakeNamer) -> None:
    assert sample("/#/fs/a=>/#/fs/b", "/#/fs/a", ("/#/fs", fs)) == "/#/fs/b"
    assert sample("/#/fs/a=>/nowhere", "/#/fs/a", ("/#/fs", fs)) == "~"
    assert sample("/$/nil=>/#/fs/a", "/$/nil", ("/#/fs", fs)) == "/#/fs/a"


def test_a_names_only_rule_being_negative_is_as_no_rule(fs: FakeNamer) -> None:
    assert sample("/#/fs/a=>~", "/#/fs/a", ("/#/fs", fs)) == "/#/fs/a"
    assert sample("/#/fs/x=>~", "/#/fs/x", ("/#/fs", fs)) == "~"
    assert sample("/#/fs/a=>~;/#=>~", "/#/fs/a", ("/#/fs", fs)) == "~"


def test_last_namer_is_asked_first_and_only_negative_goes_on() -> None:
    first, last, longer = FakeNamer(), FakeNamer(), FakeNamer()
    namers = (("/#/fs", first), ("/#/fs", last), ("/#/fs/deep/er", longer))
    first.bind("/a", 1, id="/first")
    assert sample("", "/#/fs/a", *namers) == "/first"
    last.bind("/a", 1, id="/last")
    assert sample("", "/#/fs/a", *namers) == "/last"
    for answer, result in [
        (EMPTY, "$"),
        (FAIL, "!"),
        (PENDING, PENDING),
        (Failed("x"), Failed("x")),
    ]:
        last.set("/a", answer)
        assert sample("", "/#/fs/a", *namers) == result
    assert longer.asked == []


def test_namer_gets_the_rest_of_the_path_and_may_send_elsewhere(fs: FakeNamer) -> None:
    rewriting = FakeNamer()
    rewriting.set("/x", Alt((Leaf(Path.read("/#/fs/x")), Leaf(Path.read("/svc/a")))))
    assert sample("/svc=>/#/fs", "/#/re/x", ("/#/re", rewriting), ("/#/fs", fs)) == "/#/fs/a"
    assert set(rewriting.asked) == {"/x"}


def test_only_negative_lets_the_next_alternative_have_its_turn(fs: FakeNamer) -> None:
    for answer in (PENDING, Failed("down")):
        fs.set("/slow", answer)
        assert sample("/svc=>/#/fs/slow | /#/fs/a", "/svc", ("/#/fs", fs)) == answer
        assert sample("/svc=>/#/fs/a | /#/fs/slow", "/svc", ("/#/fs", fs)) == "/#/fs/a"
        assert sample("/svc=>/#/fs/a;/svc=>/#/fs/slow", "/svc", ("/#/fs", fs)) == answer


def test_later_alternatives_are_not_asked(fs: FakeNamer) -> None:
    lookups = asking_order(((FS, fs),))
    bind(Dtab.read("/svc=>/#/fs/x | /#/fs/a | /#/fs/b"), Path.of("svc"), lookups).sample()
    assert fs.asked == ["/x", "/a"]


def test_union_is_made_of_what_has_answered(fs: FakeNamer) -> None:
    fs.set("/slow", PENDING)
    fs.set("/one", Failed("one"))
    fs.set("/two", Failed("two"))

    def union(*names: str) -> Any:
        tree = " & ".join(f"/#/fs/{name}" for name in names)
        return sample(f"/svc=>{tree}", "/svc", ("/#/fs", fs))

    assert union("slow", "a", "one", "b") == "/#/fs/a & /#/fs/b"
    assert union("slow", "a") == "/#/fs/a"
    assert union("slow", "one", "two") == Failed("one")
    assert union("slow", "slow") == PENDING
    assert union("slow", "x") == "~"


def test_namer_that_raises_is_a_failed_one() -> None:
    class Broken:
        def lookup(self, path: Path) -> Any:
            raise KeyError("gone")

    assert sample("/svc=>/#/fs", "/svc", ("/#/fs", Broken())) == Failed("KeyError: 'gone'")


@pytest.mark.parametrize(("lookups", "found"), [(100, True), (101, False)])
def test_depth_is_limited(fs: FakeNamer, lookups: int, found: bool) -> None:
    # /n1 to /n<k> by rules, then the namer: k rules and one lookup of the namer.
    rules = lookups - 1
    dtab = ";".join(f"/n{n}=>/n{n + 1}" for n in range(1, rules)) + f";/n{rules}=>/#/fs/a"
    result = sample(dtab, "/n1", ("/#/fs", fs))
    assert result == ("/#/fs/a" if found else Failed(TOO_DEEP, "L5D-1107"))


@pytest.mark.parametrize(
    "dtab",
    [
        "/svc=>/svc",
        "/svc=>/svc/x",
        "/svc=>/host;/host=>/svc",
        "/svc=>/svc | /#/fs/a",
        "/svc=>/svc/a & /svc/b & /svc/c",
        "/svc=>/svc/a | /svc/b;/svc=>/svc/c & /svc/d",
        "/svc=>" + "(/svc | (/svc & " * 10 + "/svc" + "))" * 10,
        ";".join(["/svc=>/svc/a & /svc/b"] * 300),
        "/svc=>" + " & ".join(f"/svc/{n}" for n in range(1000)),
        "/svc=>" + " | ".join(f"/svc/{n}" for n in range(1000)),
    ],
)
def test_circles_end_soon(fs: FakeNamer, dtab: str) -> None:
    started = time.process_time()
    assert sample(dtab, "/svc", ("/#/fs", fs)) == Failed(TOO_DEEP, "L5D-1107")
    assert time.process_time() - started < 2
    lookups = asking_order(((FS, fs),))
    node = explanation(Dtab.read(dtab), Path.of("svc"), lookups).sample()
    assert verdict(node) == "L5D-1107"
    assert delegation_json(node)
    assert "the name goes round: /svc > " in reasoning(node)


def test_deepest_names_fit_in_the_stack_that_is_left(fs: FakeNamer) -> None:
    fs.set("/a", PENDING)
    inner = "(/#/fs/x | (/#/fs/x & " * 10 + "/#/fs/a" + "))" * 10
    chains = [
        ";".join(f"/n{n}=>/n{n + 1}" for n in range(98)) + ";/n98=>/#/fs/a",
        ";".join(f"/n{n}=>~ | /n{n + 1} & ~" for n in range(25)) + f";/n25=>{inner}",
        f"/n0=>{inner.replace('/#/fs/a', '/n1')};/n1=>{inner}",
    ]

    def below(frames: int, run: Callable[[], None]) -> None:
        if frames:
            below(frames - 1, run)
        else:
            run()

    def run(dtab: str) -> None:
        seen: list[Any] = []
        explaining = explanation(Dtab.read(dtab), Path.of("n0"), lookups)
        observations = [
            bind(Dtab.read(dtab), Path.of("n0"), lookups).observe(lambda _: None),
            explaining.observe(lambda node: seen.append((delegation_json(node), reasoning(node)))),
        ]
        fs.set("/a", PENDING)
        fs.set("/b", Failed("x"))
        fs.bind("/a", 1)
        explaining.observe(lambda _: None)
        assert explaining.sample() == explanation(Dtab.read(dtab), Path.of("n0"), lookups).sample()
        fs.set("/a", PENDING)
        json.dumps(seen)
        for observation in observations:
            observation.close()

    lookups = asking_order(((FS, fs),))
    for dtab in chains:
        below(300 - len(inspect.stack()), partial(run, dtab))


def test_circle_in_one_branch_of_a_union_leaves_the_others(fs: FakeNamer) -> None:
    dtab = "/svc=>/loop & /#/fs/a;/loop=>/loop & /other;/other=>/loop"
    assert sample(dtab, "/svc", ("/#/fs", fs)) == "/#/fs/a"


@pytest.mark.parametrize("operator", ["&", "|"])
def test_work_is_limited(fs: FakeNamer, operator: str) -> None:
    doubling = [f"/n{n}=>/n{n + 1}/x {operator} /n{n + 1}/y" for n in range(30)]
    dtab = Dtab.read(";".join([*doubling, "/n30=>/#/fs/none"]))
    lookups = asking_order(((FS, fs),))
    bind(dtab, Path.of("n0"), lookups).sample()
    explanation(dtab, Path.of("n0"), lookups).sample()
    assert 0 < len(fs.asked) < 2 * MAX_STEPS


def test_a_circle_leaves_little_to_do(fs: FakeNamer) -> None:
    dtab = Dtab.read("/svc=>/svc/x & /svc/y & /#/fs/none")
    bind(dtab, Path.of("svc"), asking_order(((FS, fs),))).sample()
    assert 0 < len(fs.asked) < MAX_STEPS / 20


# Live


def test_bound_tree_follows_the_namer(fs: FakeNamer) -> None:
    dtab = Dtab.read("/svc=>/#/fs/x | 0.3*/#/fs/y & 0.7*/#/fs/a")
    seen: list[Any] = []
    observation = bind(dtab, Path.of("svc"), asking_order(((FS, fs),))).observe(
        lambda state: seen.append(show(state))
    )
    fs.bind("/y", 1)
    fs.set("/x", PENDING)
    fs.set("/x", Failed("down"))
    fs.bind("/x", 1)
    fs.set("/a", NEG)  # not watched by now
    fs.set("/x", NEG)
    assert seen == ["/#/fs/a", "0.30*/y & 0.70*/#/fs/a", PENDING, Failed("down"), "/x", "/y"]
    observation.close()
    assert fs.observers == 0


def test_equal_trees_in_a_row_are_one(fs: FakeNamer) -> None:
    seen: list[Any] = []
    bind(
        Dtab.read("/svc=>/#/fs/x | /#/fs"), Path.read("/svc/a"), asking_order(((FS, fs),))
    ).observe(seen.append)
    fs.bind("/a", 99, id="/#/fs/a")
    fs.bind("/x/a", 99, id="/#/fs/a")
    assert seen == [Ok(Leaf(bound("/#/fs/a")))]


def test_only_what_decides_is_watched(fs: FakeNamer) -> None:
    lookups = asking_order(((FS, fs),))
    activity = bind(Dtab.read("/svc=>/#/fs/x | /#/fs/a | /#/fs/b"), Path.of("svc"), lookups)
    observation = activity.observe(lambda _: None)
    assert fs.observers == 2
    fs.bind("/x", 1)
    assert fs.observers == 1
    observation.close()
    assert fs.observers == 0


def test_a_known_name_is_not_looked_up_again(fs: FakeNamer) -> None:
    lookups = asking_order(((FS, fs),))
    bind(Dtab.read("/svc=>/#/fs/x | /#/fs/a"), Path.of("svc"), lookups).observe(lambda _: None)
    fs.set("/a", NEG)
    fs.bind("/a", 2)
    assert fs.asked == ["/x", "/a"]


def test_a_name_not_needed_any_more_is_forgotten(fs: FakeNamer) -> None:
    lookups = asking_order(((FS, fs),))
    bind(Dtab.read("/svc=>/#/fs/x | /#/fs/a"), Path.of("svc"), lookups).observe(lambda _: None)
    fs.bind("/x", 1)
    fs.set("/x", EMPTY)
    fs.set("/x", NEG)
    assert fs.asked == ["/x", "/a", "/a"]


def test_namer_with_a_new_activity_at_each_lookup() -> None:
    source: Source[Any] = Source(PENDING)

    class Fresh:
        def lookup(self, path: Path) -> Any:
            return source.map(lambda state: state)

    seen: list[Any] = []
    lookups = asking_order(((FS, Fresh()),))
    observation = bind(Dtab.read("/svc=>/#/fs"), Path.of("svc"), lookups).observe(seen.append)
    for state in (Ok(NEG), Ok(EMPTY), Ok(NEG)):
        source.set(state)
    assert seen == [PENDING, Ok(NEG), Ok(EMPTY), Ok(NEG)]
    observation.close()
    assert source.observers == 0


# Against a model


def model(dtab: Dtab, tree: NameTree[Path], answers: dict[Path, Any]) -> Any:
    """The rules once more, as a plain recursion that looks at everything."""
    if isinstance(tree, Leaf):
        found = dtab.lookup(tree.value)
        if found != NEG:
            return model(dtab, found, answers)
        return answers.get(tree.value, Ok(NEG))
    if isinstance(tree, Alt):
        states = [model(dtab, branch, answers) for branch in tree.trees]
        return next((state for state in states if state != Ok(NEG)), Ok(NEG))
    if isinstance(tree, Union):
        states = [model(dtab, branch.tree, answers) for branch in tree.branches]
        known = [
            Weighted(branch.weight, state.value)
            for branch, state in zip(tree.branches, states, strict=True)
            if isinstance(state, Ok) and state not in (Ok(NEG), Ok(FAIL))
        ]
        if any(isinstance(state, Ok) for state in states):
            some = Union(tuple(known)) if len(known) > 1 else None
            return Ok(some or (known[0].tree if known else NEG))
        failed = [state for state in states if isinstance(state, Failed)]
        return failed[0] if failed else PENDING
    return Ok(tree)


leaf_texts = st.sampled_from(["/1/a", "/1/b", "/2/a", "/2", "/#/fs", "/#/fs/a", "~", "!", "$"])
tree_texts = st.recursive(
    leaf_texts,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda t: f"({' | '.join(t)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda t: f"({' & 2*'.join(t)})"),
    ),
    max_leaves=6,
)
# Rules lead from /0 to /1, /2 and the namer only downwards, so there is no circle.
rules = st.tuples(st.sampled_from(["/0", "/0/a", "/0/*", "/1", "/1/a", "/1/*/b"]), tree_texts).map(
    lambda pair: f"{pair[0]}=>{pair[1]}" if pair[0] < "/1" else f"{pair[0]}=>{to_fs(pair[1])}"
)
states = st.sampled_from(
    [PENDING, Failed("one"), Failed("two"), Ok(NEG), Ok(EMPTY), Ok(FAIL)]
    + [Ok(Leaf(bound(name))) for name in ("/x", "/y", "/z")]
)
names = st.sampled_from(["/", "/a", "/b", "/a/a", "/a/b", "/b/b", "/a/a/b"])


def to_fs(text: str) -> str:
    return text.replace("/1", "/#/fs").replace("/2", "/#/fs")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(rules, max_size=5).map(";".join).map(Dtab.read),
    st.sampled_from(["/0", "/0/a", "/0/a/b", "/1/a/b", "/1/a", "/#/fs/a", "/none"]).map(Path.read),
    st.lists(st.tuples(names, states), max_size=12),
)
def test_any_history_ends_as_the_model_says(
    dtab: Dtab, path: Path, history: list[tuple[str, Any]]
) -> None:
    fs = FakeNamer()
    answers: dict[Path, Any] = {}
    seen: list[Any] = []
    lookups = asking_order(((FS, fs),))
    observation = bind(dtab, path, lookups).observe(seen.append)
    explained: list[Any] = []
    explaining = explanation(dtab, path, lookups).observe(explained.append)
    for name, state in [("/", Ok(NEG)), *history]:
        fs.set(name, state)
        answers[FS + Path.read(name)] = state
        assert seen[-1] == model(dtab, Leaf(path), answers)
        assert explained[-1].state == seen[-1]
        assert verdict(explained[-1]).startswith("L5D-11")
        assert reasoning(explained[-1])
        delegation_json(explained[-1])
    assert all(one != two for one, two in pairwise(seen))
    observation.close()
    explaining.close()
    assert fs.observers == 0
