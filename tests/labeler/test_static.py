from __future__ import annotations

import random  # noqa: TID251 - seeded

import pytest

from linkerd.config.bind import bind
from linkerd.config.load import parse
from linkerd.errors import ConfigError
from linkerd.labeler.static import StaticLabelerConfig


@pytest.mark.parametrize(("label", "node"), [("gw", b"_gw"), ("_gw", b"_gw")])
def test_an_underscore_is_put_before_it(label: str, node: bytes) -> None:
    labeler = StaticLabelerConfig(label=label).mk("http", random.Random(1))
    assert labeler.label(("0.0.0.0", 1), (("", 0), 0.0)) == node


@pytest.mark.parametrize("label", ["", "a b", "a;b", "ä", '"'])
def test_what_cannot_stand_in_the_header_is_refused(label: str) -> None:
    with pytest.raises(ConfigError) as caught:
        bind(parse(f"kind: static\nlabel: '{label}'\n", "x"), StaticLabelerConfig)
    (fault,) = caught.value.faults
    assert (fault.code, fault.path) == ("L5D-4004", "label")
