from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.interpreter import RULES
from tests.name.fakes import FakeNamer

from linkerd.interpreter.default import DefaultInterpreter, DefaultInterpreterConfig
from linkerd.name.activity import Failed, Ok
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path
from linkerd.name.tree import EMPTY, show_tree


class DefaultWorld:
    def __init__(self) -> None:
        self.namer = FakeNamer(quiet=True)
        self.interpreter = DefaultInterpreter(((Path.read("/#/fs"), self.namer),))
        self.dtab = Dtab.read("/svc => /#/fs")
        self.path = Path.read("/svc/web")

    def set(self, state: Any) -> None:
        self.namer.set("/web", state)

    def watched(self) -> int:
        return self.namer.observers


@pytest.mark.parametrize("rule", RULES)
def test_contract(rule: Any) -> None:
    rule(DefaultWorld())


def test_made_of_a_configuration_with_namers_in_its_order() -> None:
    first, last = FakeNamer(), FakeNamer()
    first.bind("/a", 1, id="/first/a")
    first.bind("/b", 1, id="/first/b")
    last.bind("/a", 1, id="/last/a")
    prefix = Path.read("/#/fs")
    runtime: Any = None
    interpreter = DefaultInterpreterConfig().mk(runtime, ((prefix, first), (prefix, last)))

    def found(path: str) -> Any:
        state = interpreter.bind(Dtab.read("/svc=>/#/fs"), Path.read(path)).sample()
        return show_tree(state.value) if isinstance(state, Ok) else state

    assert found("/svc/a") == "/last/a"
    assert found("/svc/b") == "/first/b"
    assert found("/svc/c") == "~"


def test_builtin_names_are_there_without_namers() -> None:
    interpreter = DefaultInterpreter(())

    def bind(path: str) -> Any:
        return interpreter.bind(Dtab(), Path.read(path)).sample()

    assert bind("/$/nil/x") == Ok(EMPTY)
    assert bind("/$/x/y") == Failed("Unknown namer: x for path: /$/x/y")


def test_kind() -> None:
    assert (DefaultInterpreterConfig.family, DefaultInterpreterConfig.kind) == (
        "interpreter",
        "default",
    )
    assert DefaultInterpreterConfig() == DefaultInterpreterConfig()
