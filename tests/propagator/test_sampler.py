"""Sampling by a rate: which numbers are rates, and how many traces are recorded."""

from __future__ import annotations

import random  # noqa: TID251  # seeded

import pytest

from linkerd.propagator.sampler import rate_of, sampled

TOP = (1 << 64) - 1


@pytest.mark.parametrize(
    ("value", "rate"),
    [
        (b"0", 0.0),
        (b"1", 1.0),
        (b"0.25", 0.25),
        (b".5", 0.5),
        (b"1.", 1.0),
        (b"5e-1", 0.5),
        (b"+0.5", 0.5),
        (b"-3", 0.0),
        (b"7", 1.0),
        (b"1e999", 1.0),
    ],
)
def test_rates(value: bytes, rate: float) -> None:
    assert rate_of(value) == rate


@pytest.mark.parametrize("value", [b"", b"x", b"true", b"nan", b"1_0", b"0x1", b"1 2", b"1" * 65])
def test_what_is_no_rate(value: bytes) -> None:
    assert rate_of(value) is None


@pytest.mark.parametrize(
    ("trace", "salt", "remainder"),
    [(0, 0, 0), (10_005, 0, 5), (TOP, 0, 1), (TOP - 9, 0, 10), (5, TOP, 6), (1 << 63, 0, 5808)],
)
def test_the_number_has_a_sign(trace: int, salt: int, remainder: int) -> None:
    """As in Linkerd: the absolute value of a signed number, modulo 10,000."""
    assert sampled(trace, salt, (remainder + 1) / 10_000)
    assert not sampled(trace, salt, remainder / 10_000)


def test_about_as_many_as_the_rate_says() -> None:
    rng = random.Random(1)
    salt = rng.getrandbits(64)
    hits = sum(sampled(rng.getrandbits(64), salt, 0.3) for _ in range(10_000))
    assert 2800 < hits < 3200
    assert not any(sampled(rng.getrandbits(64), salt, 0.0) for _ in range(1000))
    assert all(sampled(rng.getrandbits(64), salt, 1.0) for _ in range(1000))


def test_another_process_decides_otherwise() -> None:
    traces = range(1000)
    assert [sampled(t, 1, 0.05) for t in traces] != [sampled(t, 1 << 20, 0.05) for t in traces]
