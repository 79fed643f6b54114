"""Hypothesis strategies for names: paths, trees, prefixes and dtabs as the grammar has them."""

from __future__ import annotations

from hypothesis import strategies as st

from linkerd.name.dtab import Dentry, Dtab, Prefix
from linkerd.name.path import Path
from linkerd.name.tree import EMPTY, FAIL, NEG, Alt, Leaf, Union, Weighted

elements = st.one_of(
    st.text("0123456789AZaz_:.#$%-", min_size=1, max_size=6).map(str.encode),
    st.binary(min_size=1, max_size=6),
)
paths = st.lists(elements, max_size=4).map(Path)
# What two decimals can hold, so that printing loses nothing.
weights = st.integers(0, 100_000).map(lambda hundredths: hundredths / 100)

ends = st.one_of(paths.map(Leaf), st.sampled_from([NEG, FAIL, EMPTY]))


def _nodes(trees: st.SearchStrategy, least: int) -> st.SearchStrategy:
    branches = st.lists(st.builds(Weighted, weights, trees), min_size=least, max_size=4)
    return st.one_of(
        st.lists(trees, min_size=least, max_size=4).map(lambda found: Alt(tuple(found))),
        branches.map(lambda found: Union(tuple(found))),
    )


# As text gives them: alts and unions have two branches or more.
trees = st.recursive(ends, lambda inner: _nodes(inner, 2), max_leaves=12)
# As programs may build them.
odd_trees = st.recursive(ends, lambda inner: _nodes(inner, 0), max_leaves=12)

prefixes = st.lists(st.one_of(st.none(), elements), max_size=4).map(lambda e: Prefix(tuple(e)))
dtabs = st.lists(st.builds(Dentry, prefixes, trees), max_size=4).map(lambda d: Dtab(tuple(d)))
