"""Weights of a serverset, as they stand in ZooKeeper."""

from __future__ import annotations

import json
from typing import Any

import pytest

from linkerd.namer.serverset_member import Member
from linkerd.namer.serverset_vector import Descriptor, Vector, read_vector, weight_of


def raw(*lines: Any) -> bytes:
    return json.dumps({"vector": lines}).encode()


def test_what_is_read() -> None:
    found = read_vector(
        raw(
            {"select": "shard=3", "weight": 0.5, "priority": 1},
            {"select": "member=member_1"},
            {"select": "moon=full", "weight": 7},
        )
    )
    assert found == Vector(
        (Descriptor("shard", "3", 0.5), Descriptor("member", "member_1", 1.0)),
    )


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        b'{"vector": 1}',
        b'{"vector": [1]}',
        b'{"vector": [{"weight": 1}]}',
        b'{"vector": [{"select": "shard=1", "weight": "x"}]}',
        b'{"vector": [{"select": "shard=1", "weight": -1}]}',
        b'{"vector": [{"select": "shard=1", "weight": NaN}]}',
        b'{"vector": [{"select": "shard=1", "weight": true}]}',
        b"[" * 100000,
    ],
)
def test_what_is_none(text: bytes) -> None:
    assert read_vector(text) is None


def test_all_that_select_a_member_count() -> None:
    one = read_vector(
        raw({"select": "shard=3", "weight": 0.5}, {"select": "inet=h:80", "weight": 3})
    )
    two = read_vector(raw({"select": "member=member_7", "weight": 4.0}))
    assert one is not None
    assert two is not None
    member = Member("h", 80, shard=3)
    assert weight_of("member_7", member, [one, two]) == 6.0
    assert weight_of("member_8", member, [one, two]) == 1.5
    assert weight_of("member_8", Member("h", 81), [one, two]) == 1.0
