"""The certificate for a name."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from linkerd.tls.sni import Choice

LABELS = st.sampled_from(["a", "b", "A", "*", "x*"])
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(".".join)


def naive(names: list[list[str]], asked: str | None) -> int:
    """By the words of the rule, one certificate after the other."""
    if not asked:
        return 0
    asked = asked.lower()
    for number, own in enumerate(names):
        if any(name.lower() == asked and "*" not in name for name in own):
            return number
    first, *rest = asked.split(".")
    for number, own in enumerate(names):
        for name in own:
            star, *others = name.lower().split(".")
            if star == "*" and rest and first and others == rest and "*" not in "".join(others):
                return number
    return 0


@given(st.lists(st.lists(NAMES, max_size=3), min_size=1, max_size=4), st.none() | NAMES)
def test_as_the_rule_says(names: list[list[str]], asked: str | None) -> None:
    assert Choice(names).of(asked) == naive(names, asked)


def test_a_name_before_a_wildcard_before_the_first() -> None:
    choice = Choice([["one.example"], ["*.example"], ["two.example"], ["two.example"]])
    assert choice.of("two.example") == 2
    assert choice.of("three.example") == 1
    assert choice.of("a.b.example") == 0
    assert choice.of("example") == choice.of(".example") == choice.of("") == choice.of(None) == 0
    assert choice.of("TWO.example.") == 2
