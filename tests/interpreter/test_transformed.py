"""An interpreter with transformers behind it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.interpreter import RULES
from tests.name.fakes import FakeNamer, bound
from tests.support.namers import virtual_runtime

from linkerd.interpreter.default import DefaultInterpreter, DefaultInterpreterConfig
from linkerd.interpreter.transformed import TransformedInterpreter
from linkerd.name.activity import PENDING, Failed, Ok
from linkerd.name.dtab import Dtab
from linkerd.name.path import EMPTY_PATH, Path
from linkerd.name.trace import bound_names, delegation_json
from linkerd.name.tree import NEG, Leaf, Union, Weighted, show_tree
from linkerd.transformer.const import ConstConfig
from linkerd.transformer.port import PortConfig, PortTransformer
from linkerd.transformer.replace import ReplaceConfig

FS = Path.read("/#/fs")
WEB = Path.read("/svc/web")
TO_FS = Dtab.read("/svc => /#/fs")


class World:
    """A transformer that changes nothing that shows."""

    def __init__(self) -> None:
        self.namer = FakeNamer(quiet=True)
        default = DefaultInterpreter(((FS, self.namer),))
        self.interpreter = TransformedInterpreter(default, [PortTransformer(EMPTY_PATH, 1)])
        self.dtab = TO_FS
        self.path = WEB

    def set(self, state: Any) -> None:
        self.namer.set("/web", state)

    def watched(self) -> int:
        return self.namer.observers


def built(lookup: Any, *transformers: Any) -> Any:
    config = DefaultInterpreterConfig(transformers=transformers)
    return config.build(virtual_runtime(), (lookup,))


@pytest.mark.parametrize("rule", RULES)
def test_contract(rule: Any) -> None:
    rule(World())


def both(interpreter: Any, path: Path = WEB) -> Any:
    """Give what a name is bound to; its explanation must be of the same opinion."""
    state = interpreter.bind(TO_FS, path).sample()
    node = interpreter.explain(TO_FS, path)
    assert node.state == state
    assert delegation_json(node)["path"] == path.show()
    return show_tree(state.value) if isinstance(state, Ok) else state


@pytest.mark.parametrize("state", [PENDING, Failed("down"), Ok(NEG)])
def test_const_leads_everything_to_one_place(state: Any) -> None:
    namer = FakeNamer()
    namer.set("/web", state)
    namer.bind("/proxy", 1)
    interpreter = built((FS, namer), ConstConfig(path=Path.read("/#/fs/proxy")))
    assert both(interpreter) == "/%/io.l5d.const/#/fs/proxy"
    observation = interpreter.bind(TO_FS, WEB).observe(lambda _: None)
    assert namer.observers == 1, "what it leads to, and not the name"
    observation.close()
    assert namer.observers == 0


def test_replace_leads_to_one_place_what_leads_anywhere() -> None:
    namer = FakeNamer()
    namer.bind("/web", 1)
    namer.set("/proxy", Union((Weighted(1.0, NEG), Weighted(1.0, Leaf(bound("/#/fs/p", 1))))))
    interpreter = built((FS, namer), ReplaceConfig(path=Path.read("/#/fs/proxy")))
    assert both(interpreter) == "/%/io.l5d.replace/#/fs/proxy", "and it is simplified"
    assert both(interpreter, Path.read("/svc/none")) == "~"
    namer.set("/proxy", NEG)
    assert both(interpreter) == "~"
    halves = Union((Weighted(1.0, Leaf(bound("/a"))), Weighted(1.0, Leaf(bound("/b")))))
    namer.set("/split", halves)
    assert interpreter.bind(TO_FS, Path.read("/svc/split")).sample() == Ok(NEG), "simplified, too"
    namer.set("/proxy", Failed("down"))
    assert both(interpreter) == Failed("down")


def test_the_last_transformer_is_outermost() -> None:
    namer = FakeNamer()
    namer.bind("/web", 1, id="/#/fs/web")
    namer.bind("/proxy", 2)
    const = ConstConfig(path=Path.read("/#/fs/proxy"))
    port = PortConfig(port=4141)  # type: ignore[arg-type]
    assert both(built((FS, namer), const, port)) == (
        "/%/io.l5d.port/4141/%/io.l5d.const/#/fs/proxy"
    )
    assert both(built((FS, namer), port, const)) == "/%/io.l5d.const/#/fs/proxy"


def test_an_explanation_shows_the_transformed_name() -> None:
    namer = FakeNamer()
    namer.bind("/web", 1, id="/#/fs/web")
    interpreter = built((FS, namer), PortConfig(port=4141))  # type: ignore[arg-type]
    node = interpreter.explain(TO_FS, WEB)
    assert "/%/io.l5d.port/4141/#/fs/web" in str(delegation_json(node))
    [name] = bound_names(node)
    assert name.before is not None
    assert name.before.id.show() == "/#/fs/web"


def test_everything_else_is_that_of_the_interpreter_inside() -> None:
    class Inner(DefaultInterpreter):
        kind = "io.l5d.inner"
        closed = False

        def dtab(self) -> Dtab:
            return TO_FS

        def state(self) -> dict[str, Any]:
            return {"a": 1}

        def close(self) -> None:
            self.closed = True

    inner = Inner(())
    interpreter = TransformedInterpreter(inner, [])
    assert (interpreter.kind, interpreter.dtab(), interpreter.state()) == (
        "io.l5d.inner",
        TO_FS,
        {"a": 1},
    )
    interpreter.close()
    assert inner.closed
