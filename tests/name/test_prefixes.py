from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.name.prefixes import PrefixTree

# Few elements, so that prefixes match.
few = st.lists(st.sampled_from([b"a", b"b", b"*"]), max_size=5).map(tuple)
prefixes = st.lists(st.sampled_from([b"a", b"b", None]), max_size=4).map(tuple)


def split(text: str) -> tuple[bytes, ...]:
    return tuple(text.encode().split(b"/")[1:]) if text != "/" else ()


def tree(*texts: str) -> PrefixTree:
    return PrefixTree(
        tuple(None if element == b"*" else element for element in split(text)) for text in texts
    )


def near(known: PrefixTree, text: str) -> list[str]:
    return ["/" + b"/".join(name).decode() for name in known.near(split(text))]


@given(st.lists(prefixes, max_size=12), few)
def test_search_finds_what_looking_at_each_finds(
    known: list[tuple[bytes | None, ...]], name: tuple[bytes, ...]
) -> None:
    expected = [
        number
        for number, prefix in enumerate(known)
        if len(prefix) <= len(name)
        and all(p in (None, e) for p, e in zip(prefix, name, strict=False))
    ]
    assert PrefixTree(known).search(name)[0] == expected


def test_a_search_takes_a_step_for_each_element_that_matches() -> None:
    many = tree(*[f"/svc/n{n}" for n in range(1000)], "/svc/*/x", "/other")
    assert many.search(split("/svc/n1/y")) == ([1], 4)
    assert many.search(split("/svc/none/x/y")) == ([1000], 4)
    assert many.search(split("/none")) == ([], 1)


@pytest.mark.parametrize(
    ("known", "name", "found"),
    [
        (["/svc/users"], "/svc/usres", ["/svc/users"]),
        (["/svc/users"], "/svc/usres/rest", ["/svc/users/rest"]),
        (["/svc"], "/srv/users", ["/svc/users"]),
        (["/svc/users"], "/srv/users", ["/svc/users"]),
        (["/svc/users"], "/srv/orders", []),
        (["/svc/*/users"], "/svc/1/usres", ["/svc/1/users"]),
        (["/svd/usres", "/svc/users"], "/svc/usres", ["/svc/users", "/svd/usres"]),
        (["/svc/users"], "/users", ["/svc/users"]),
        (["/#/io.l5d.fs"], "/io.l5d.fs/users", ["/#/io.l5d.fs/users"]),
        (["/svc/users"], "/svc/old/users", ["/svc/users"]),
        (["/users"], "/svc/users", ["/users"]),
        (["/svc"], "/other", []),
        (["/svc/users"], "/svc", []),
        (["/svc/users"], "/", []),
        ([], "/svc", []),
        (["/svc/*"], "/svc", []),
        (["/svc/*"], "/users", []),
        (["/a/a/b"], "/a", []),
        (["/a/a"], "/a", []),
    ],
)
def test_near(known: list[str], name: str, found: list[str]) -> None:
    assert near(tree(*known), name) == found


def test_not_too_many_are_near() -> None:
    assert near(tree(*[f"/svc/user{n}" for n in range(10)]), "/svc/user") == [
        "/svc/user0", "/svc/user1", "/svc/user2"
    ]  # fmt: skip


def test_searches_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[bytes] = []

    def nearest(word: bytes, words: object) -> tuple[bytes, ...]:
        searched.append(word)
        return ()

    monkeypatch.setattr("linkerd.name.prefixes.nearest", nearest)
    tree("/a/b/c/d/e/f/g/h/i").near(split("/a/b/c/d/e/f/g/h/x"))
    assert searched == [b"x", b"h", b"g", b"f"]


@given(st.lists(prefixes, max_size=12), few)
def test_what_is_near_matches(
    known: list[tuple[bytes | None, ...]], name: tuple[bytes, ...]
) -> None:
    prefix_tree = PrefixTree(known)
    for each in prefix_tree.near(name):
        assert each != name
        assert prefix_tree.search(each)[0]
