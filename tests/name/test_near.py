from __future__ import annotations

import random  # noqa: TID251
import string
import time
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.name.near import MAX_SUGGESTIONS, nearest

MANY = [f"n{number}" for number in range(100)]
NAMES = ["users", "user-events", "users-v2", "web-users", "orders", "web", "payments", "Accounts"]


@pytest.mark.parametrize(
    ("word", "best"),
    [
        ("usres", "users"),
        ("uers", "users"),
        ("userss", "users"),
        ("usexs", "users"),
        ("suers", "users"),
        ("user", "users"),
        ("odrers", "orders"),
        ("paymetns", "payments"),
        ("pyamentts", "payments"),
        ("USERS", "users"),
        ("accounts", "Accounts"),
        ("wbe", "web"),
        ("users-v3", "users-v2"),
        ("orders-v2", "orders"),
        ("orders.prod", "orders"),
        ("my_payments", "payments"),
        ("events", "user-events"),
        ("xyz", None),
        ("x", None),
        ("srv", None),
        ("", None),
        ("users" * 20, None),
    ],
)
def test_best(word: str, best: str | None) -> None:
    found = nearest(word, NAMES + MANY)
    assert (found[0] if found else None) == best
    assert nearest(word.encode(), [name.encode() for name in NAMES + MANY]) == tuple(
        name.encode() for name in found
    )


def test_best_first_and_not_too_many() -> None:
    names = ["users-v2", "old-users", "usersx", "Users", "users", "usxrsx", *MANY]
    assert nearest("users", names, 10) == ("Users", "usersx", "users-v2", "old-users")
    assert nearest("users", names) == ("Users", "usersx", "users-v2")
    assert nearest("users", names, 1) == ("Users",)


def test_of_equally_wrong_words_the_one_as_long_comes_first() -> None:
    assert nearest("users", ["usersx", "usexs", *MANY]) == ("usexs", "usersx")


def test_what_is_rare_is_looked_at_first() -> None:
    common = [f"use{number}" for number in range(1000)]
    assert nearest("usertable9", [*common, "userstable9"]) == ("userstable9",)


def test_a_part_is_set_off() -> None:
    assert nearest("users", ["abusers", "usersland", *MANY]) == ()
    assert nearest("users", ["ab_users", "users:land", *MANY]) == ("users:land", "ab_users")


def test_words_that_are_too_long_are_like_none() -> None:
    assert nearest("x" * 64, ["x" * 63]) == ("x" * 63,)
    assert nearest("x" * 65, ["x" * 64]) == ()


def test_words_without_end_come_to_an_end() -> None:
    assert nearest("n-1", (f"n{number}" for number in count()), 1) == ("n11",)


def test_of_few_words_what_is_in_common_is_enough() -> None:
    assert nearest("srv", ["svc", "host"]) == ("svc",)
    assert nearest("srv", ["svc", *MANY]) == ()
    assert nearest("srv", ["abc", "host"]) == ()
    assert nearest("uers", ["orders", "users"]) == ("users",)


def test_a_line_end_in_a_name_confuses_nothing() -> None:
    assert nearest("users", ["a\nb", "usres", "\n"]) == ("usres",)
    assert nearest("a\nc", ["x", "a\nb"]) == ("a\nb",)


@given(st.data())
def test_one_wrong_letter_is_always_seen_through(data: st.DataObject) -> None:
    letters = st.sampled_from(string.ascii_lowercase)
    word = data.draw(st.text(letters, min_size=4, max_size=20))
    at = data.draw(st.integers(0, len(word) - 2))
    letter = data.draw(letters)
    wrong = data.draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
    )
    others = data.draw(st.lists(st.text(letters, min_size=1, max_size=20), max_size=5))
    others += data.draw(st.sampled_from([[], MANY]))
    found = nearest(wrong, [*others, word], 100)
    assert (word in found) is (word != wrong)


@given(st.text(max_size=80), st.lists(st.text(max_size=20)))
def test_any_words_will_do(word: str, words: list[str]) -> None:
    found = nearest(word, words)
    assert len(found) == len(set(found)) <= MAX_SUGGESTIONS
    assert set(found) <= set(words) - {word}


@pytest.mark.parametrize("alike", [False, True])
def test_ten_thousand_words_take_little_time(alike: bool) -> None:
    rng = random.Random(7)
    letters = "ab" if alike else string.ascii_lowercase
    words = ["".join(rng.choices(letters, k=rng.randint(4, 14))) for _ in range(10_000)]
    started = time.process_time()
    for word in words[:20]:
        nearest(word[1:], words)
    assert time.process_time() - started < 20 * 0.05
