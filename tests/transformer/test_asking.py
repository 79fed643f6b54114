"""For whose sake a namer is asked; what becomes of a loop is in test_binding."""

from __future__ import annotations

from typing import Any

import pytest
from tests.name.fakes import FakeNamer

from linkerd.name.path import Path
from linkerd.transformer.asking import ASKING, Asked

WEB = Path.read("/web")


class Namer(FakeNamer):
    chain: Any = None

    def lookup(self, path: Path) -> Any:
        self.chain = ASKING.chain
        return super().lookup(path)


def test_a_namer_is_asked_for_the_same_chain_whoever_asks() -> None:
    namer = Namer()
    namer.names = ["/wbe"]
    asked = Asked(namer, ("a", "b"))
    with ASKING.on_behalf_of(("c",)):
        assert asked.lookup(WEB) is namer.lookup(WEB)
        assert namer.chain == ("c",)
        asked.lookup(WEB)
        assert namer.chain == ("a", "b")
    assert ASKING.chain == ()
    assert (asked.standing(WEB), asked.near(WEB)) == (None, [Path.read("/wbe")])


def test_a_failure_ends_the_asking() -> None:
    with pytest.raises(ValueError, match="no"), ASKING.on_behalf_of(("a",)):
        raise ValueError("no")
    assert ASKING.chain == ()
