"""Documents made to hurt: each is refused, or read, within a second."""

from __future__ import annotations

import time

import pytest

from linkerd.config.load import MAX_BYTES, parse
from linkerd.errors import ConfigError

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 10)}]\n"
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)

REFUSED = [
    ("alias bomb", BOMB, "more than 100000 values"),
    ("deep lists", "[" * 100_000, "deep"),
    ("deep lists that close", "[" * 500 + "]" * 500, "deep"),
    ("deep objects", "a: " + "{b: " * 100_000, "deep"),
    ("deep blocks", "".join(" " * n + "a:\n" for n in range(1000)), "deep"),
    (
        "deep through aliases",
        "".join(f"k{n}: &a{n} [*a{n - 1}]\n" if n else "k0: &a0 [x]\n" for n in range(200)),
        "deep",
    ),
    ("deep JSON", '{"a":' * 100_000, "deep"),
    ("deep JSON lists", '{"a":' + "[" * 100_000, "deep"),
    ("many values", "names: [" + "x," * 150_000 + "]", "more than 100000 values"),
    ("many JSON values", '{"names": [' + "1," * 150_000 + "1]}", "more than 100000 values"),
    ("too long", "# " + "x" * MAX_BYTES, "larger than"),
]


@pytest.mark.parametrize(("text", "why"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_refused(text, why):
    began = time.process_time()
    with pytest.raises(ConfigError) as caught:
        parse(text, "test.yaml")
    assert time.process_time() - began < 1
    (fault,) = caught.value.faults
    assert fault.code == "L5D-4001"
    assert why in str(fault)


def test_many_faults_take_no_long_time(sample):
    text = "routers: []\n" + "".join(f"key{n}: 1\n" for n in range(5000))
    began = time.process_time()
    assert len(sample.faults(text)) == 5000
    assert time.process_time() - began < 1


def test_a_deep_dtab_is_a_fault_and_no_traceback(sample):
    text = "routers: [{protocol: http, servers: [], dtab: '/a => " + "(" * 50_000 + "'}]"
    (fault,) = sample.faults(text)
    assert fault.code == "L5D-4004"
    assert len(str(fault)) < 1000


def test_long_texts_are_cut_in_messages(sample):
    (fault,) = sample.faults("routers: []\n" + "k" * 900 + ": 1\n")
    assert len(fault.why) < 120
