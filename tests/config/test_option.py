from __future__ import annotations

import attrs
import pytest

from linkerd.config.option import OPTION, at_least_one, key_of, not_negative, option


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("port", "port"),
        ("root_dir", "rootDir"),
        ("max_headers_kb", "maxHeadersKB"),
        ("stream_after_content_length_kb", "streamAfterContentLengthKB"),
        ("http_uri_in_dst", "httpUriInDst"),
        ("min_retries_per_sec", "minRetriesPerSec"),
        ("for_", "for"),
    ],
)
def test_keys_follow_from_names(name, key):
    assert key_of(name) == key


def test_an_option_is_a_field_that_knows_what_is_said_about_it():
    @attrs.frozen(kw_only=True)
    class Some:
        a: int = option("An a.", unit="ms", since="1.0", example="a: 1", differs="Yes.")
        b: int = option("A b.", default=7)

    with pytest.raises(TypeError):
        Some()
    assert Some(a=1).b == 7
    said = attrs.fields(Some).a.metadata[OPTION]
    assert (said.doc, said.unit, said.since, said.example) == ("An a.", "ms", "1.0", "a: 1")
    assert said.differs == "Yes."


def test_the_common_checks():
    assert [at_least_one(value) for value in (1, 0)] == [None, "must be at least 1"]
    assert [not_negative(value) for value in (0, -1)] == [None, "must not be negative"]
