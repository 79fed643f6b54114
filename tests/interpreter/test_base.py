from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.interpreter import RULES

from linkerd.interpreter.base import Interpreter, InterpreterConfig
from linkerd.name.activity import Ok
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path

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


def test_configuration_says_what_is_not_built() -> None:
    assert InterpreterConfig.family == "interpreter"
    assert set(InterpreterConfig.not_yet) == {"transformers"}
