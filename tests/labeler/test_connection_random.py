from __future__ import annotations

import random  # noqa: TID251 - seeded
import re

from linkerd.labeler.connection_random import ConnectionRandomConfig

HERE = ("127.0.0.1", 4140)
FIRST = (("10.0.0.1", 5000), 1.5)


def test_one_label_for_all_requests_of_a_connection() -> None:
    labeler = ConnectionRandomConfig().mk("http", random.Random(1))
    label = labeler.label(HERE, FIRST)
    assert re.fullmatch(rb"_[A-Za-z0-9]{6}", label)
    assert labeler.label(HERE, FIRST) == label


def test_another_label_for_every_other_connection() -> None:
    labeler = ConnectionRandomConfig().mk("http", random.Random(1))
    sessions = [FIRST, (("10.0.0.1", 5001), 1.5), (("10.0.0.1", 5000), 1.6)]
    assert len({labeler.label(HERE, session) for session in sessions}) == 3


def test_both_ends_have_labels_of_their_own() -> None:
    rng = random.Random(1)
    labelers = [ConnectionRandomConfig().mk("http", rng) for _ in range(2)]
    assert len({each.label(HERE, FIRST) for each in labelers}) == 2


def test_a_wildcard_is_unknown() -> None:
    labeler = ConnectionRandomConfig().mk("http", random.Random(1))
    assert labeler.label(("0.0.0.0", 4140), FIRST) == b"unknown"
