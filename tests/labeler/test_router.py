from __future__ import annotations

import random  # noqa: TID251 - seeded

import pytest

from linkerd.labeler.router import RouterLabelerConfig


@pytest.mark.parametrize(
    ("router", "node"), [("http", b"_http"), ("_in.1", b"_in.1"), ("a b/ü;", b"_a-b---")]
)
def test_the_label_of_the_router(router: str, node: bytes) -> None:
    labeler = RouterLabelerConfig().mk(router, random.Random(1))
    assert labeler.label(("0.0.0.0", 1), (("", 0), 0.0)) == node
