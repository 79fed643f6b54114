"""Rules by the beginnings of names."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from linkerd.name.dtab import Dentry, Dtab, Prefix
from linkerd.name.path import Path
from linkerd.name.rule_index import RuleIndex, compatible
from linkerd.name.tree import NEG

ELEMENTS = st.lists(st.sampled_from([b"a", b"b", None]), max_size=3).map(tuple)
NAMES = [Path(name) for size in range(5) for name in product((b"a", b"b", b"c"), repeat=size)]


def dtab_of(prefixes: list[tuple[bytes | None, ...]]) -> Dtab:
    return Dtab(Dentry(Prefix(prefix), NEG) for prefix in prefixes)


@given(st.lists(ELEMENTS, max_size=6), ELEMENTS)
def test_against_all_names(
    prefixes: list[tuple[bytes | None, ...]], beginning: tuple[bytes | None, ...]
) -> None:
    dtab = dtab_of(prefixes)
    index = RuleIndex(dtab)
    names = [name for name in NAMES if Prefix(beginning).matches(name)]
    matched = [
        {n for n, rule in enumerate(dtab.dentries) if rule.prefix.matches(name)} for name in names
    ]
    assert sorted(index.always(beginning)) == sorted(set.intersection(*matched))
    assert sorted(index.perhaps(beginning)) == sorted(set.union(*matched))


def test_beginnings_that_go_together() -> None:
    assert compatible((b"a", None), (b"a", b"b", b"c"))
    assert compatible((), (b"a",))
    assert not compatible((b"a", b"b"), (None, b"c"))
