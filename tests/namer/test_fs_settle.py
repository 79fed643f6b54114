"""When a look is believed."""

from __future__ import annotations

import pytest

from linkerd.name.addr import Address
from linkerd.namer.endpoints import Target
from linkerd.namer.fs_look import Absent, Directory, Listing, Look, Shape
from linkerd.namer.fs_settle import Settling, doubtful

ONE, TWO = Listing(frozenset([Address("127.0.0.1", 1)])), Listing(named=(Target("b", 2),))
NONE = Listing()


@pytest.mark.parametrize(
    ("known", "seen"),
    [
        (ONE, Look(TWO)),
        (ONE, Look(ONE)),
        (ONE, Look(ONE, ended=False)),
        (ONE, Look(None, "broken")),
        (None, Look(ONE)),
        (None, Look(ONE, ended=False)),
        (None, Look(Absent())),
        (None, Look(Directory())),
        (NONE, Look(NONE)),
        (NONE, Look(Absent())),
        (Absent(), Look(ONE)),
        (Absent(), Look(Directory())),
        (Directory(), Look(Absent())),
    ],
)
def test_counts_at_once(known: Shape | None, seen: Look) -> None:
    assert not doubtful(known, seen)
    assert Settling().believe(known, seen)


DOUBTFUL = [
    (ONE, Look(NONE)),
    (ONE, Look(Absent())),
    (ONE, Look(Directory())),
    (ONE, Look(TWO, ended=False)),
    (None, Look(NONE)),
    (None, Look(None, "malformed address: x")),
]


@pytest.mark.parametrize(("known", "seen"), DOUBTFUL)
def test_counts_when_seen_twice(known: Shape | None, seen: Look) -> None:
    settling = Settling()
    assert not settling.believe(known, seen)
    assert settling.believe(known, seen)
    assert not settling.believe(known, seen), "and the next time anew"


@pytest.mark.parametrize(("known", "seen"), DOUBTFUL)
def test_not_if_something_happened_between(known: Shape | None, seen: Look) -> None:
    settling = Settling()
    settling.disturbed = True
    assert not settling.believe(known, seen)
    settling.disturbed = True
    assert not settling.believe(known, seen)
    assert settling.believe(known, seen)


def test_not_if_the_second_look_saw_something_else() -> None:
    settling = Settling()
    assert not settling.believe(ONE, Look(NONE, signature=(1,)))
    assert not settling.believe(ONE, Look(NONE, signature=(2,)))
    assert not settling.believe(ONE, Look(Absent()))
    assert settling.believe(ONE, Look(Absent()))


def test_a_good_look_between_starts_over() -> None:
    settling = Settling()
    assert not settling.believe(ONE, Look(NONE))
    assert settling.believe(ONE, Look(ONE))
    assert not settling.believe(ONE, Look(NONE))
