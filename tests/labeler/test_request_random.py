from __future__ import annotations

import random  # noqa: TID251 - seeded
import re

from linkerd.labeler.request_random import RequestRandomConfig

SESSION = (("10.0.0.1", 5000), 1.5)


def test_another_label_for_each_request() -> None:
    labeler = RequestRandomConfig().mk("http", random.Random(1))
    labels = {labeler.label(("127.0.0.1", 1), SESSION) for _ in range(50)}
    assert len(labels) == 50
    assert all(re.fullmatch(rb"_[A-Za-z0-9]{6}", label) for label in labels)


def test_a_wildcard_is_unknown() -> None:
    labeler = RequestRandomConfig().mk("http", random.Random(1))
    assert labeler.label(("::", 1), SESSION) == b"unknown"
