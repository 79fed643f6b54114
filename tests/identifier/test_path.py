"""`io.l5d.path`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.identifier import PREFIX, head, identifier_contract

from linkerd.errors import Unidentified
from linkerd.identifier.path import PathConfig
from linkerd.name.path import Path


@pytest.mark.parametrize("consume", [False, True])
@pytest.mark.parametrize("segments", [1, 2, 5])
def test_keeps_the_contract(segments: int, consume: bool) -> None:
    identifier_contract(PathConfig(segments=segments, consume=consume).mk(PREFIX))


@pytest.mark.parametrize(
    ("segments", "target", "name"),
    [
        (1, b"/a", "/svc/a"),
        (1, b"/a/b/c", "/svc/a"),
        (1, b"/a?x=/y", "/svc/a"),
        (1, b"/a/?x", "/svc/a"),
        (1, b"/a//b", "/svc/a"),
        (2, b"/a/b", "/svc/a/b"),
        (2, b"/a/b/", "/svc/a/b"),
        (2, b"/a/B/c?d", "/svc/a/B"),
        (1, b"/%2e%2E/x", "/svc/\\x25\\x32\\x65\\x25\\x32\\x45"),
    ],
)
def test_names(segments: int, target: bytes, name: str) -> None:
    identifier = PathConfig(segments=segments).mk(PREFIX)
    key = identifier.key(head(target))
    assert key is not None
    if "\\" in name:
        assert identifier.name(key) == Path((b"svc", target.split(b"/")[1]))
    else:
        assert identifier.name(key) == Path.read(name)


@pytest.mark.parametrize(
    ("segments", "target"),
    [
        (1, b"/"),
        (1, b"//"),
        (1, b"/?a/b"),
        (1, b"*"),
        (1, b""),
        (2, b"/a"),
        (2, b"/a//"),
        (2, b"/a?/b"),
    ],
)
def test_too_few(segments: int, target: bytes) -> None:
    identifier = PathConfig(segments=segments).mk(PREFIX)
    assert identifier.key(head(target)) is None
    assert identifier.why(head(target)) == "not enough segments in path"


@pytest.mark.parametrize(("segments", "target"), [(1, b"//a"), (2, b"/a//b"), (2, b"///b")])
def test_an_empty_segment_fails(segments: int, target: bytes) -> None:
    identifier = PathConfig(segments=segments).mk(PREFIX)
    key = identifier.key(head(target))
    assert key is not None
    with pytest.raises(Unidentified, match=r"^empty segment in path$"):
        identifier.name(key)


@pytest.mark.parametrize(
    ("segments", "target", "rest"),
    [
        (1, b"/a", b"/"),
        (1, b"/a/", b"/"),
        (1, b"/a?q=1", b"/?q=1"),
        (1, b"/a/?q=1", b"/?q=1"),
        (1, b"/a/b/c?q=/d", b"/b/c?q=/d"),
        (1, b"/a/b/", b"/b/"),
        (1, b"/a//b", b"//b"),
        (2, b"/a/b/c/", b"/c/"),
        (2, b"/a/b", b"/"),
        (1, b"/a/%2f?%3f", b"/%2f?%3f"),
    ],
)
def test_consume(segments: int, target: bytes, rest: bytes) -> None:
    identifier = PathConfig(segments=segments, consume=True).mk(PREFIX)
    assert identifier.rewrites == 1
    assert identifier.target(head(target)) == rest
    untouched = PathConfig(segments=segments).mk(PREFIX)
    assert untouched.rewrites == 0
    assert untouched.target(head(target)) == target


pieces = st.lists(st.text("ab%.~", max_size=3).map(str.encode), max_size=6)


@given(pieces, st.integers(1, 4), st.sampled_from([b"", b"?", b"?x/y"]))
def test_as_splitting_at_slashes(parts: list[bytes], segments: int, query: bytes) -> None:
    identifier = PathConfig(segments=segments).mk(PREFIX)
    kept = list(parts)
    while kept and not kept[-1]:
        kept.pop()
    key = identifier.key(head(b"/" + b"/".join(parts) + query))
    if len(kept) < segments:
        assert key is None
    else:
        assert key == b"/".join(kept[:segments])


def test_at_least_one_segment() -> None:
    from linkerd.identifier.path import _positive

    assert _positive(0) is not None
    assert _positive(1) is None
