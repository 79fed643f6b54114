"""The catalogue of codes: its form."""

from __future__ import annotations

import re

from linkerd.catalogue import CATALOGUE


def test_codes_are_well_formed_and_explained() -> None:
    for code, entry in CATALOGUE.items():
        assert re.fullmatch(r"L5D-[1-5]\d{3}", code)
        assert entry.title.endswith(".")
        assert entry.next_step.endswith(".")
