from __future__ import annotations

from typing import Any

import pytest

from linkerd.name.wording import (
    age,
    counted,
    did_you_mean,
    either,
    endpoints,
    first,
    namer_text,
    stale,
)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (3.25, "3.2 s"),
        (42.4, "42 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_800, "2 d"),
    ],
)
def test_age(seconds: float, text: str) -> None:
    assert age(seconds) == text


@pytest.mark.parametrize(
    ("prefix", "text"),
    [("/#/io.l5d.fs", "io.l5d.fs"), ("/#/a/b", "a/b"), ("/$/inet", "/$/inet"), ("/$", "/$")],
)
def test_namers_are_called_by_their_prefix(prefix: str, text: str) -> None:
    assert namer_text(prefix) == text


def asked(phase: str, age_s: float = 42.0, why: str = "") -> dict[str, Any]:
    standing = {"phase": phase, "age_s": age_s, "why": why}
    return {"namer": "/#/io.l5d.fs", "said": "", "standing": standing}


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (None, ""),
        ({"namer": "/#/io.l5d.fs", "said": "", "standing": None}, ""),
        (asked("ok"), ""),
        (asked("failed", why="x"), ""),
        (asked("pending", 3.0), " for 3.0 s"),
        (asked("stale"), "; io.l5d.fs has been stale for 42 s"),
        (asked("stale", why="gone"), "; io.l5d.fs has been stale for 42 s: gone"),
    ],
)
def test_stale(said: Any, text: str) -> None:
    assert stale(said) == text


def test_suggestions() -> None:
    assert either(["a"]) == "a"
    assert either(["a", "b", "c"]) == "a, b or c"
    assert did_you_mean({"near": ["/a", "/b"]}) == "; did you mean /a or /b?"
    assert did_you_mean({}) == did_you_mean({"near": []}) == ""


def test_numbers_of_things() -> None:
    assert [counted(n, "rule") for n in range(3)] == ["0 rules", "1 rule", "2 rules"]


def test_of_many_texts_the_first() -> None:
    assert first("ab", 2, 2) == ["a", "b"]
    assert first("abcd", 4, 2) == ["a", "b", "and 2 more"]


def address(ip: str, port: int, weight: float = 1.0) -> dict[str, Any]:
    return {"ip": ip, "port": port, "weight": weight, "meta": {}}


@pytest.mark.parametrize(
    ("addr", "text"),
    [
        ({"type": "pending"}, "endpoints not known yet"),
        ({"type": "neg"}, "no endpoints"),
        ({"type": "neg", "why": "none is here"}, "no endpoints: none is here"),
        ({"type": "failed", "why": "no such host"}, "endpoints unknown: no such host"),
        ({"type": "bound", "count": 0, "addrs": []}, "no endpoints"),
        (
            {"type": "bound", "count": 1, "addrs": [address("::1", 80, 0.5)]},
            "1 endpoint: [::1]:80*0.5",
        ),
        (
            {"type": "bound", "count": 9, "addrs": [address("127.0.0.1", n) for n in range(9)]},
            "9 endpoints: 127.0.0.1:0, 127.0.0.1:1, 127.0.0.1:2, ...",
        ),
        (
            {"type": "bound", "count": 2, "addrs": [address("127.0.0.1", n) for n in (1, 2)]},
            "2 endpoints: 127.0.0.1:1, 127.0.0.1:2",
        ),
    ],
)
def test_endpoints(addr: Any, text: str) -> None:
    assert endpoints(addr) == text
