from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.config.json_text import read_json
from linkerd.config.node import ListNode, ObjectNode, ScalarNode, TextFault


def value(node):
    """Give a tree as the standard library's reader would."""
    match node:
        case ScalarNode():
            return json.loads(node.text) if node.plain else node.text
        case ListNode():
            return [value(item) for item in node.items]
        case ObjectNode():
            return {key.text: value(item) for key, item in node.entries}


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_reads_what_the_standard_library_writes(expected, indent, ascii_only):
    text = json.dumps(expected, indent=indent, ensure_ascii=ascii_only)
    assert value(read_json(text)) == expected


@given(st.text(alphabet='{}[]:,"\\u0123abetrflsn. \n\t-+', max_size=40))
def test_accepts_exactly_what_the_standard_library_accepts(text):
    def refuse(constant):
        raise ValueError(constant)

    try:
        expected = json.loads(text, parse_constant=refuse)
    except ValueError:
        with pytest.raises(TextFault) as caught:
            read_json(text)
        assert 0 <= caught.value.index <= len(text)
    else:
        if any("\ud800" <= char <= "\udfff" for char in str(expected)):
            return
        assert value(read_json(text)) == expected


def test_tabs_blanks_and_long_keys():
    key = "k" * 5000
    text = '\t{\t"' + key + '"\t:\r\n\t[\t1\t,\t"x"\t]\t}\t'
    (entry,) = read_json(text).entries
    assert entry[0].text == key
    assert [text[item.start] for item in entry[1].items] == ["1", '"']


def test_slashes_and_pairs_of_surrogates():
    assert value(read_json('{"a": "\\/svc \\ud83d\\ude00"}')) == {"a": "/svc 😀"}
