"""Connections named by the server name that their TLS asks for."""

from __future__ import annotations

import pytest
from tests.identifier.test_arrival import HELLO, arrival
from tests.identifier.test_connection import SVC, named

from linkerd.identifier.sni import Sni


@pytest.mark.parametrize(
    ("data", "server_name", "name"),
    [
        (HELLO, None, "/svc/db"),
        (b"GET /", None, None),
        (b"", "db", "/svc/db"),
        (HELLO, "", None),
    ],
)
def test_names(data: bytes, server_name: str | None, name: str | None) -> None:
    assert named(Sni(SVC), arrival(data, server_name)) == name
