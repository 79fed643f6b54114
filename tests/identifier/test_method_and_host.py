"""`io.l5d.methodAndHost`."""

from __future__ import annotations

import pytest
from tests.contracts.identifier import PREFIX, head, identifier_contract

from linkerd.errors import Unidentified
from linkerd.identifier.method_and_host import MethodAndHostConfig
from linkerd.name.path import Path


@pytest.mark.parametrize("uris", [False, True])
def test_keeps_the_contract(uris: bool) -> None:
    identifier_contract(MethodAndHostConfig(http_uri_in_dst=uris).mk(PREFIX))


@pytest.mark.parametrize(
    ("version", "method", "host", "target", "plain", "with_uri"),
    [
        (11, b"GET", b"Web:80", b"/", "/svc/1.1/GET/web:80", "/svc/1.1/GET/web:80"),
        (11, b"PUT", b"web", b"/a/B?q=/", "/svc/1.1/PUT/web", "/svc/1.1/PUT/web/a/B"),
        (10, b"GET", b"web", b"/a", "/svc/1.0/GET", "/svc/1.0/GET/a"),
        (10, b"GET", b"", b"/", "/svc/1.0/GET", "/svc/1.0/GET"),
    ],
)
def test_names(
    version: int, method: bytes, host: bytes, target: bytes, plain: str, with_uri: str
) -> None:
    request = head(target, host, version, method)
    for uris, name in ((False, plain), (True, with_uri)):
        identifier = MethodAndHostConfig(http_uri_in_dst=uris).mk(PREFIX)
        key = identifier.key(request)
        assert key is not None
        assert identifier.name(key) == Path.read(name)


@pytest.mark.parametrize("host", [b"a b", b"a/b", b"a b c", b".."])
def test_a_host_is_one_segment_whatever_it_is(host: bytes) -> None:
    for uris in (False, True):
        identifier = MethodAndHostConfig(http_uri_in_dst=uris).mk(PREFIX)
        key = identifier.key(head(b"/", host))
        assert key is not None
        assert identifier.name(key) == Path((b"svc", b"1.1", b"GET", host))


def test_http_1_1_needs_a_host() -> None:
    identifier = MethodAndHostConfig().mk(PREFIX)
    assert identifier.key(head()) is None
    assert identifier.why(head()) == "HTTP/1.1 request missing hostname"


@pytest.mark.parametrize("target", [b"/a/", b"//", b"/a@b", b"*", b"/a\\x"])
def test_a_path_that_is_no_name_fails_if_it_is_to_be_in_it(target: bytes) -> None:
    identifier = MethodAndHostConfig(http_uri_in_dst=True).mk(PREFIX)
    key = identifier.key(head(target, b"web"))
    assert key is not None
    with pytest.raises(Unidentified, match="expected"):
        identifier.name(key)
    plain = MethodAndHostConfig().mk(PREFIX)
    key = plain.key(head(target, b"web"))
    assert key is not None
    assert plain.name(key) == Path.of("svc", "1.1", "GET", "web")
