"""Lists of identifiers and the text of the answer 400."""

from __future__ import annotations

import pytest
from tests.contracts.identifier import PREFIX, head, identifier_contract

from linkerd.errors import Unidentified
from linkerd.identifier.base import FirstOf, first_of, unknown_destination
from linkerd.identifier.header import Header
from linkerd.identifier.header_token import HeaderToken, HostToken
from linkerd.identifier.path import PathSegments
from linkerd.identifier.static import Static
from linkerd.name.path import Path


def listed() -> FirstOf:
    return FirstOf(
        [
            HeaderToken(PREFIX, "my-header"),
            PathSegments(PREFIX, 2, 1),
            HostToken(PREFIX, "Host"),
        ]
    )


def test_keeps_the_contract() -> None:
    identifier_contract(listed())


def test_the_first_that_identifies_names_the_request() -> None:
    identifier = listed()
    for request, name in [
        (head(b"/a/b", b"h", fields={b"my-header": b"x"}), "/svc/x"),
        (head(b"/a/b", b"h"), "/svc/a/b"),
        (head(b"/a", b"h"), "/svc/h"),
    ]:
        key = identifier.key(request)
        assert key is not None
        assert identifier.name(key) == Path.read(name)


def test_equal_values_of_different_members_have_different_keys() -> None:
    identifier = FirstOf([HeaderToken(PREFIX, "a"), Header(PREFIX, "b")])
    first = identifier.key(head(fields={b"a": b"/x"}))
    second = identifier.key(head(fields={b"b": b"/x"}))
    assert first is not None
    assert second is not None
    assert identifier.name(first) == Path.of("svc", "/x")
    assert identifier.name(second) == Path.of("svc", "x")


def test_the_last_one_says_why() -> None:
    request = head()
    assert listed().key(request) is None
    assert listed().why(request) == "Host header is absent"


def test_a_name_that_fails_ends_the_search() -> None:
    identifier = FirstOf([Header(PREFIX, "l5d-name"), HostToken(PREFIX, "Host")])
    key = identifier.key(head(host=b"web", fields={b"l5d-name": b"no path"}))
    assert key is not None
    with pytest.raises(Unidentified):
        identifier.name(key)


def test_only_the_one_that_named_it_rewrites() -> None:
    identifier = listed()
    assert identifier.rewrites == 1
    assert identifier.target(head(b"/a/b/c", b"h")) == b"/c"
    assert identifier.target(head(b"/a/b/c", b"h", fields={b"my-header": b"x"})) == b"/a/b/c"
    assert identifier.target(head(b"/a", b"h")) == b"/a"
    assert identifier.target(head(b"/")) == b"/"
    assert FirstOf([HostToken(PREFIX, "Host"), Static(PREFIX, Path.of("a"))]).rewrites == 0


def test_an_empty_list_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^empty identifier list$"):
        first_of([])


def test_too_long_a_list_is_an_error() -> None:
    one = HostToken(PREFIX, "Host")
    first_of([one] * 256)
    with pytest.raises(ValueError, match="256"):
        first_of([one] * 257)


def test_a_list_of_one_is_that_one() -> None:
    one = HostToken(PREFIX, "Host")
    assert first_of([one]) is one


def test_unknown_destination_reads_as_linkerds() -> None:
    text = unknown_destination(head(b"/path"), "127.0.0.1:1234", "Host header is absent")
    assert text == (
        'Unknown destination: Request("GET /path", from /127.0.0.1:1234) / Host header is absent'
    )
