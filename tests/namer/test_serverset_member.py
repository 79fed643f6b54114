"""Members as they stand in ZooKeeper."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.namer.serverset_member import Member, read_member

WHOLE = {
    "serviceEndpoint": {"host": "a", "port": 80},
    "additionalEndpoints": {"admin": {"host": "a", "port": 9990}},
    "status": "ALIVE",
    "shard": 3,
}


def test_a_member() -> None:
    member = read_member(json.dumps(WHOLE).encode())
    assert member == Member("a", 80, "ALIVE", 3, (("admin", "a", 9990),))
    assert member.endpoint("") == ("a", 80)
    assert member.endpoint("admin") == ("a", 9990)
    assert member.endpoint("other") is None


def test_the_least_there_can_be() -> None:
    assert read_member(b'{"serviceEndpoint": {"host": "a", "port": 80}}') == Member("a", 80)
    nothing = b'"additionalEndpoints": null, "shard": null'
    raw = b'{"serviceEndpoint": {"host": "a", "port": 80}, %b}' % nothing
    assert read_member(raw) == Member("a", 80)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]",
        b"127.0.0.1:80",
        b'{"serviceEndpoint": {"host": "", "port": 80}}',
        b'{"serviceEndpoint": {"host": "a", "port": "80"}}',
        b'{"serviceEndpoint": {"host": "a", "port": true}}',
        b'{"serviceEndpoint": {"host": "a", "port": 65536}}',
        b'{"serviceEndpoint": {"host": "a", "port": 80}, "status": 1}',
        b'{"serviceEndpoint": {"host": "a", "port": 80}, "shard": "x"}',
        b'{"serviceEndpoint": {"host": "a", "port": 80}, "additionalEndpoints": {"x": 1}}',
        b'{"serviceEndpoint": {"host": "a", "port": 80}, "additionalEndpoints": 5}',
        b"[" * 100_000,
        b"\xff",
    ],
)
def test_what_is_none(raw: bytes) -> None:
    assert read_member(raw) is None


@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    read_member(raw)
