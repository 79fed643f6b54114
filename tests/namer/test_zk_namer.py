"""What the namers of ZooKeeper share."""

from __future__ import annotations

import pytest

from linkerd.name.path import Path
from linkerd.namer.zk_namer import may_be_node, node_at


@pytest.mark.parametrize(
    ("path", "count", "node"),
    [
        ("/a/b/c", 2, "/a/b"),
        ("/a", 1, "/a"),
        ("/a/..", 2, ""),
        ("/a/\\xff", 2, ""),
        ("/\\xc3\\xbc", 1, "/ü"),
    ],
)
def test_nodes(path: str, count: int, node: str) -> None:
    assert node_at(Path.read(path), count) == node


def test_what_can_be_no_name() -> None:
    assert [may_be_node(name) for name in ("a", "", ".", "..", "a/b", "a\0")] == [True] + [
        False
    ] * 5
