"""What is known of a connection before it has a name."""

from __future__ import annotations

import pytest
from tests.wire.test_client_hello import made, sni

from linkerd.identifier.arrival import Arrival
from linkerd.wire.proxy_protocol import ProxyHeader

HERE = ("127.0.0.1", 4145)
HELLO = made(sni(b"db"))


def arrival(data: bytes = b"", server_name: str | None = None) -> Arrival:
    found = Arrival(("192.0.2.1", 7), HERE, server_name)
    found.data = data
    return found


@pytest.mark.parametrize(
    ("data", "complete", "name", "wants_more"),
    [
        (b"", False, "", True),
        (HELLO[:20], False, "", True),
        (HELLO[:20], True, "", False),
        (HELLO, False, "db", False),
        (b"GET /", False, "", False),
    ],
)
def test_the_server_name(data: bytes, complete: bool, name: str, wants_more: bool) -> None:
    found = arrival(data)
    found.complete = complete
    assert (found.server_name(), found.wants_more) == (name, wants_more)


def test_where_tls_ends_here_the_name_is_known() -> None:
    found = arrival(server_name="db")
    assert (found.server_name(), found.wants_more) == ("db", False)


def test_a_header_tells_whose_connection_it_is() -> None:
    found = arrival()
    found.take_proxy(ProxyHeader(40, ("198.51.100.1", 1), ("198.51.100.2", 2)))
    assert (found.source, found.destination) == (("198.51.100.1", 1), ("198.51.100.2", 2))
    assert found.port == 4145


def test_a_header_of_the_proxy_itself_tells_nothing() -> None:
    found = arrival()
    found.take_proxy(ProxyHeader(16, local=True))
    assert (found.source, found.destination) == (("192.0.2.1", 7), HERE)
