"""Paths bound without a dtab, and names that are led there."""

from __future__ import annotations

from typing import Any

import pytest
from tests.name.fakes import bound
from tests.support.namers import virtual_runtime

from linkerd.name.activity import PENDING, Failed, Ok, Source
from linkerd.name.delegate import asking_order, bind, explanation
from linkerd.name.dtab import EMPTY_DTAB
from linkerd.name.path import Path
from linkerd.name.trace import RECURSION, delegation_json
from linkerd.name.tree import NEG, Leaf, Union, Weighted, leaves
from linkerd.namer.transformed import TransformedNamer
from linkerd.transformer.binding import Binding

from .fakes import Namers, config, explained, fault, only, read

WEB = Path.read("/#/fs/web")


def test_a_path_is_bound_by_the_namers_alone() -> None:
    namers = Namers()
    namers.fs.bind("/web", 1, id="/#/fs/web")
    assert only(Binding(WEB, namers.lookups).tree().sample()).id == WEB
    assert Binding(Path.read("/$/nil"), namers.lookups).tree().sample().value is not NEG  # type: ignore[union-attr]
    assert Binding(Path.read("/svc/web"), namers.lookups).tree().sample() == Ok(NEG)


def test_namers_may_be_put_in_after_it_was_made() -> None:
    namers = Namers()
    lookups: list[Any] = []
    binding = Binding(WEB, lookups)
    lookups += namers.lookups
    assert binding.tree().sample() == PENDING


def test_it_is_watched_only_while_it_is_observed() -> None:
    namers = Namers()
    binding = Binding(WEB, namers.lookups)
    seen: list[Any] = []
    observations = [binding.tree().observe(seen.append) for _ in range(2)]
    observations.append(binding.explanation().observe(lambda _: None))
    assert (seen, namers.fs.asked) == ([PENDING, PENDING], ["/web", "/web"]), "once for both"
    namers.fs.bind("/web", 1)
    assert isinstance(seen[-1], Ok)
    for observation in observations:
        observation.close()
    assert namers.fs.observers == 0


@pytest.mark.parametrize("kind", ["io.l5d.replace", "io.l5d.const"])
def test_ids_have_the_path_behind_the_prefix(kind: str) -> None:
    namers = Namers()
    transformer = config(f"kind: {kind}\npath: /#/fs/web/x").mk(virtual_runtime(), namers.lookups)
    there = bound("/#/fs/other", 7, residual="/x")
    namers.fs.set("/web/x", Leaf(there))
    made = only(transformer.tree(Leaf(bound("/#/fs/any", 1, residual="/y")), read))
    assert made.id.show() == f"/%/{kind}/#/fs/web/x"
    assert (made.residual, made.addr, made.before) == (Path.of("x"), there.addr, there)


def test_a_path_of_several_names_leaves_them_their_own_ids() -> None:
    namers = Namers()
    section = "kind: io.l5d.const\npath: /#/fs/web\nprefix: /to"
    transformer = config(section).mk(virtual_runtime(), namers.lookups)
    one, two = Leaf(bound("/#/fs/1", 1)), Leaf(bound("/#/fs/2", 2))
    namers.fs.set("/web", Union((Weighted(1.0, one), Weighted(1.0, two))))
    state = transformer.tree(NEG, read)
    assert isinstance(state, Ok)
    assert [name.id.show() for name in leaves(state.value)] == ["/%/to/#/fs/1", "/%/to/#/fs/2"]


def test_an_explanation_shows_the_way_to_the_path() -> None:
    namers = Namers()
    namers.fs.bind("/web", 1, id="/#/fs/web")
    section = "kind: io.l5d.replace\npath: /#/fs/web"
    transformer = config(section).mk(virtual_runtime(), namers.lookups)
    json = delegation_json(transformer.node(explained(Ok(Leaf(bound("/#/fs/any")))), read))
    assert (json["type"], json["path"]) == ("delegate", "/fake/web")
    step = json["delegate"]
    assert (step["type"], step["path"]) == ("transformation", "/#/fs/web")
    assert (step["name"], step["bound"]["id"]) == ("/%/io.l5d.replace", "/#/fs/web")
    assert step["tree"]["bound"]["id"] == "/%/io.l5d.replace/#/fs/web"


def looped(*paths: str) -> tuple[list[Any], list[Source[Any]]]:
    """Give namers `/#/0`, `/#/1`, …, each with a transformer that leads to a path."""
    lookups: list[Any] = []
    inner = []
    for number, path in enumerate(paths):
        namer: Any = Namers().fs
        namer.prefix = Path.of("#", str(number))
        namer.bind("/x", number)
        inner.append(namer)
        section = f"kind: io.l5d.replace\npath: {path}"
        transformer = config(section).mk(virtual_runtime(), lookups)
        lookups.append((namer.prefix, TransformedNamer(namer, [transformer])))
    return lookups, inner


LOOPS = [("/#/0/x",), ("/#/1/x", "/#/0/x"), ("/#/1/x", "/#/2/x", "/#/0/x")]


@pytest.mark.parametrize("paths", LOOPS)
def test_what_leads_back_to_itself_fails_and_is_let_go(paths: tuple[str, ...]) -> None:
    lookups, inner = looped(*paths)
    seen: list[Any] = []
    order = asking_order(lookups)
    tree = bind(EMPTY_DTAB, Path.read("/#/0/x"), order)
    for _ in range(2):
        observation = tree.observe(seen.append)
        assert seen[-1].code == RECURSION
        assert "leads to io.l5d.replace again" in seen[-1].why
        observation.close()
        assert [namer.observers for namer in inner] == [0] * len(paths)
    node = explanation(EMPTY_DTAB, Path.read("/#/0/x"), order).sample()
    assert node.state == seen[-1]


@pytest.mark.parametrize("paths", LOOPS)
def test_a_loop_is_seen_also_if_the_namers_take_their_time(paths: tuple[str, ...]) -> None:
    lookups, inner = looped(*paths)
    for namer in inner:
        namer.set("/x", PENDING)
    tree = bind(EMPTY_DTAB, Path.read("/#/0/x"), asking_order(lookups))
    seen: list[Any] = []
    observation = tree.observe(seen.append)
    for number, namer in enumerate(inner):
        assert seen == [PENDING]
        namer.bind("/x", number)
    assert seen[-1].code == RECURSION
    inner[0].set("/x", NEG)
    assert seen[-1] == Ok(NEG), "which ends the loop"
    inner[0].bind("/x", 7)
    assert seen[-1].code == RECURSION
    observation.close()
    assert [namer.observers for namer in inner] == [0] * len(paths)


def test_a_name_that_others_are_led_through_can_be_asked_for_too() -> None:
    lookups, inner = looped("/#/1/x", "/$/inet/127.1/80")
    lookups.insert(0, (Path.of("$", "inet"), inet := Namers().fs))
    inner[0].set("/x", PENDING)
    trees = [bind(EMPTY_DTAB, Path.read(f"/#/{n}/x"), asking_order(lookups)) for n in (0, 1)]
    seen: list[list[Any]] = [[], []]
    for tree, states in zip(trees, seen, strict=True):
        tree.observe(states.append)
    inet.bind("/127.1/80", 80, id="/$/inet/127.1/80")
    inner[0].bind("/x", 0)
    there = ["/%/io.l5d.replace/#/1/x", "/%/io.l5d.replace/$/inet/127.1/80"]
    assert [only(states[-1]).id.show() for states in seen] == there


def test_two_names_may_lead_to_the_same_place() -> None:
    lookups, _ = looped("/#/1/x", "/$/inet/127.1/80")
    lookups.insert(0, (Path.of("$", "inet"), inet := Namers().fs))
    inet.bind("/127.1/80", 80, id="/$/inet/127.1/80")
    tree = bind(EMPTY_DTAB, Path.read("/#/0/x"), asking_order(lookups))
    assert only(tree.sample()).id.show() == "/%/io.l5d.replace/#/1/x"


@pytest.mark.parametrize("kind", ["io.l5d.replace", "io.l5d.const"])
def test_faults(kind: str) -> None:
    assert fault(f"kind: {kind}") == (1, 1, "`path` is required")
    line, column, why = fault(f"kind: {kind}\npath: /svc/web")
    assert (line, column) == (2, 7)
    assert "no dtab applies to it" in why
    line, column, why = fault(f"kind: {kind}\npath: web")
    assert (line, column) == (2, 7)
    assert "'/' expected" in why


def test_a_failure_is_passed_on() -> None:
    namers = Namers()
    namers.fs.set("/web", Failed("down"))
    section = "kind: io.l5d.const\npath: /#/fs/web"
    transformer = config(section).mk(virtual_runtime(), namers.lookups)
    assert transformer.tree(NEG, read) == Failed("down")
    node = transformer.node(explained(Ok(NEG)), read)
    assert (node.state, node.path) == (Failed("down"), Path.of("fake", "web"))
