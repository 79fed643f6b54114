from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.interpreter import RULES
from tests.support.namers import virtual_runtime

from linkerd.interpreter.base import Interpreter, InterpreterConfig
from linkerd.interpreter.transformed import TransformedInterpreter
from linkerd.name.activity import Ok
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path
from linkerd.transformer.port import PortConfig

from .fake import FakeInterpreter


class FakeWorld:
    def __init__(self) -> None:
        self.interpreter = FakeInterpreter()
        self.dtab = Dtab()
        self.path = Path.of("svc")

    def set(self, state: Any) -> None:
        is_state = type(state).__name__ in ("Ok", "Pending", "Failed")
        self.interpreter.source(self.path).set(state if is_state else Ok(state))

    def watched(self) -> int:
        return self.interpreter.source(self.path).observers


@pytest.mark.parametrize("rule", RULES)
def test_contract_with_a_fake(rule: Any) -> None:
    rule(FakeWorld())


def test_interpreter_has_to_bind_and_explain() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Interpreter()  # type: ignore[abstract]


def test_most_have_no_rules_of_their_own_and_watch_nothing() -> None:
    interpreter = FakeInterpreter()
    assert (interpreter.dtab(), interpreter.state()) == (Dtab(), None)
    interpreter.close()


class FakeConfig(InterpreterConfig):
    kind = "fake"

    def mk(self, runtime: Any, namers: Any) -> FakeInterpreter:
        return FakeInterpreter()


def test_built_with_transformers_if_there_are_any() -> None:
    runtime = virtual_runtime()
    assert isinstance(FakeConfig().build(runtime, ()), FakeInterpreter)
    ports = (PortConfig(port=1), PortConfig(port=2))  # type: ignore[arg-type]
    built = FakeConfig(transformers=ports).build(runtime, ())
    assert isinstance(built, TransformedInterpreter)
    assert isinstance(built.inner, FakeInterpreter)
    assert [each.prefix.show() for each in built.transformers] == [
        "/%/io.l5d.port/1",
        "/%/io.l5d.port/2",
    ]
