"""Certificates in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.support.certificates import ca, leaf

from linkerd.tls.described import (
    DAY_S,
    begins,
    clean,
    common_name_of,
    described,
    ends,
    listed,
    names_of,
    out_of_date,
    span,
)

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MADE = leaf("users.internal", "10.0.0.1", issuer=ca("Our, CA"), begins=BEGIN, days=30).certificate


def test_all_in_one_line() -> None:
    assert described(MADE) == (
        "CN=users.internal for users.internal, 10.0.0.1, issued by CN=Our\\, CA,"
        " valid 2026-01-01 00:00 UTC to 2026-01-31 00:00 UTC"
    )
    assert common_name_of(MADE) == "users.internal"
    bare = leaf(common_name="web").certificate
    assert "CN=web for no DNS name or address" in described(bare)
    assert names_of(bare) == ()


def test_foreign_text_stays_in_its_line() -> None:
    made = leaf(common_name="a\n\x1b[31mred\u202e", issuer=ca("x" * 64)).certificate
    assert described(made).isprintable()
    assert clean("a\nb") == "a\\nb"
    assert clean("x" * 500) == "x" * 119 + "…"
    assert listed(str(n) for n in range(10)) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"


def test_dates() -> None:
    assert out_of_date(MADE, begins(MADE)) == out_of_date(MADE, ends(MADE)) == ""
    late = out_of_date(MADE, ends(MADE) + 3 * DAY_S + 5)
    assert late == "expired at 2026-01-31 00:00 UTC, 3 days ago"
    early = out_of_date(MADE, begins(MADE) - 3600)
    assert early == "is not valid before 2026-01-01 00:00 UTC, in 1 hour"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "less than a minute"),
        (60, "1 minute"),
        (7200, "2 hours"),
        (86400, "1 day"),
        (1e6, "11 days"),
    ],
)
def test_spans(seconds: float, text: str) -> None:
    assert span(seconds) == text
