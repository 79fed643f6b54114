"""Where fuzzing begins: the tables of the tests, and what fuzzing has found worth keeping.

`found/TARGET.txt` has one case a line, as Python writes bytes.
"""

from __future__ import annotations

import ast
from pathlib import Path

from tests.wire.corpus import BROKEN_BODIES, BROKEN_CHUNKS, MALFORMED
from tests.wire.corpus_answers import BAD_ANSWERS, ODD_ANSWERS
from tests.wire.corpus_disguises import DISGUISES
from tests.wire.corpus_endpoint import ANSWERED
from tests.wire.corpus_odd import ODD
from tests.wire.corpus_streams import STREAMS

FOUND = Path(__file__).parent / "found"
LONGEST = 2048


def from_tables(target: str) -> list[bytes]:
    """What the tables have for a target."""
    if target == "chunked":
        return [body for _, body in BROKEN_CHUNKS]
    if target in ("answer", "endpoint"):
        raw = [raw for _, raw in BAD_ANSWERS]
        return [*raw, *[each.raw for each in (*ODD_ANSWERS, *ANSWERED)]]
    cases = (*MALFORMED, *BROKEN_BODIES, *ODD, *STREAMS, *DISGUISES)
    return [each.raw for each in cases]


def kept(target: str) -> list[bytes]:
    """What was found before."""
    file = FOUND / f"{target}.txt"
    return [ast.literal_eval(line) for line in file.read_text().splitlines()]


def seeds(target: str) -> list[bytes]:
    """All cases to begin with, without the very long ones."""
    every = dict.fromkeys([*from_tables(target), *kept(target)])
    return [each for each in every if len(each) <= LONGEST]
