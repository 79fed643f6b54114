"""The targets hold for every seed, and for a few mutations of them that are always the same."""

from __future__ import annotations

import random  # noqa: TID251 (with a seed)

import pytest
from tests.fuzz import fuzz, targets
from tests.fuzz.seeds import kept, seeds
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS)
def test_every_seed(target: str) -> None:
    for data in seeds(target):
        TARGETS[target](data)


@pytest.mark.parametrize("target", TARGETS)
def test_some_mutations(target: str) -> None:
    chance = random.Random(1)
    pool = seeds(target)
    for _ in range(300):
        TARGETS[target](fuzz.mutated(chance, pool))


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_kept_is_small(target: str) -> None:
    assert 0 < len(kept(target)) <= 200


def test_pieces_are_all_of_it() -> None:
    data = bytes(range(100))
    assert b"".join(targets.pieces(data)) == data
    assert len(targets.pieces(data)) > 1
