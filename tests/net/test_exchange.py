"""The interface between connections and exchanges: every word has to be understood by somebody."""

from __future__ import annotations

from typing import Any

import pytest

from linkerd.net.exchange import BY_CHUNKS, BY_CLOSE, BY_LENGTH, NO_BODY, Exchange

HEAD: Any = None
CONNECTION: Any = None


@pytest.mark.parametrize(
    ("word", "arguments"),
    [
        ("begin", (0.0,)),
        ("bound", (0.0,)),
        ("request_data", (b"",)),
        ("request_end", (b"",)),
        ("request_broken", (400, "")),
        ("client_drained", ()),
        ("client_gone", ("",)),
        ("connected", (CONNECTION,)),
        ("not_connected", ("",)),
        ("informed", (HEAD,)),
        ("answered", (HEAD, b"", NO_BODY, True)),
        ("answer_data", (b"",)),
        ("answer_end", (b"",)),
        ("endpoint_drained", ()),
        ("endpoint_lost", ("", False)),
    ],
)
def test_nothing_is_ignored_by_default(word: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(NotImplementedError):
        getattr(Exchange(), word)(*arguments)


def test_an_exchange_has_no_dictionary() -> None:
    assert not hasattr(Exchange(), "__dict__")


def test_framings_differ() -> None:
    assert len({NO_BODY, BY_LENGTH, BY_CHUNKS, BY_CLOSE}) == 4
