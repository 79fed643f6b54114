from __future__ import annotations

import pytest
from tests.name.fakes import bound
from tests.support.memory import MemoryNetwork
from tests.support.runtime import make_runtime

from linkerd.accrual.consecutive_failures import DEFAULT_ACCRUAL
from linkerd.balancer.p2c import P2cConfig
from linkerd.catalogue import CATALOGUE
from linkerd.client.client import Client
from linkerd.client.http import HttpConnections
from linkerd.errors import BadAnswer, PeerLost
from linkerd.name.dtab import Dtab
from linkerd.router import messages
from linkerd.wire.http1 import Limits


@pytest.fixture
def client() -> Client:
    """A client of two endpoints."""
    runtime = make_runtime(MemoryNetwork())
    name = bound("/#/fake/web", 8888, 8889)
    return Client(name, runtime, P2cConfig(), DEFAULT_ACCRUAL, HttpConnections(Limits()))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (10.0, "10.seconds"),
        (1.5, "1.seconds+500.milliseconds"),
        (0.25, "250.milliseconds"),
        (90.0, "1.minutes+30.seconds"),
        (3600.0, "1.hours"),
        (90061.001, "1.days+1.hours+1.minutes+1.seconds+1.milliseconds"),
        (0.0, "0.seconds"),
    ],
)
def test_durations_print_as_finagle_does(seconds: float, text: str) -> None:
    assert messages.duration(seconds) == text


def test_no_hosts_is_linkerds_text() -> None:
    base = Dtab.read("/svc => /#/io.l5d.fs; /host => /#/a | /#/b")
    error = messages.no_hosts(
        "/svc/foo",
        messages.show_lines(base),
        messages.show_lines(Dtab.read("/a => /b")),
        "L5D-1102",
        "because",
    )
    assert error.message == (
        "Unable to route request!\n\nservice name: /svc/foo\ndtab:\n\nbase dtab:\n"
        "  /svc => /#/io.l5d.fs\n  /host => /#/a | /#/b\noverride dtab:\n  /a => /b\n"
    )
    assert (error.status, error.code, error.reasoning) == (502, "L5D-1102", "because")


def test_no_hosts_without_dtabs_leaves_the_sections_empty() -> None:
    error = messages.no_hosts("/svc/foo", "", "", "L5D-1101", "")
    assert error.message.endswith("dtab:\n\nbase dtab:\n\noverride dtab:\n\n")


def test_of_a_very_long_dtab_the_beginning_is_shown() -> None:
    dtab = Dtab.read(";".join(f"/a{number}=>/b" for number in range(1000)))
    lines = messages.show_lines(dtab).split("\n")
    assert (len(lines), lines[0], lines[-1]) == (201, "  /a0 => /b", "  and 800 more")


def test_connect_failed_is_linkerds_text(client: Client) -> None:
    endpoint = client.endpoints["127.0.0.1", 8888]
    error = messages.connect_failed("/svc/foo", client, endpoint, "connection refused", 0.0)
    assert error.message == (
        "Unable to establish connection to 127.0.0.1:8888.\n\nservice name: /svc/foo\n"
        "client name: /#/fake/web\naddresses: [127.0.0.1:8888, 127.0.0.1:8889]\n"
        "selected address: 127.0.0.1:8888\n"
    )
    assert (error.status, error.code, error.reasoning) == (502, "L5D-2001", "connection refused")


def test_that_all_endpoints_are_ejected_has_a_code_and_times(client: Client) -> None:
    one, other = client.endpoints.values()
    for endpoint in (one, other):
        for _ in range(5):
            endpoint.failed(100.0)
    other.accrual.revive()
    until = one.accrual.until
    error = messages.connect_failed("/svc/foo", client, one, "refused", until - 3.5)
    assert error.code == "L5D-2005"
    assert error.reasoning == (
        "127.0.0.1:8888: refused\n"
        "all 2 endpoints are ejected by failure accrual, to be tried again:\n"
        "  127.0.0.1:8888 in 3.5 s\n  127.0.0.1:8889 now"
    )


def test_one_endpoint_alive_is_not_all_ejected(client: Client) -> None:
    one = client.endpoints["127.0.0.1", 8888]
    for _ in range(5):
        one.failed(100.0)
    assert messages.connect_failed("/a", client, one, "refused", 100.0).code == "L5D-2001"


def test_a_lost_peer_names_the_endpoint(client: Client) -> None:
    endpoint = client.endpoints["127.0.0.1", 8889]
    error = messages.peer_lost("http", client, endpoint, "connection reset by peer", False)
    assert isinstance(error, PeerLost)
    assert error.message == (
        "connection reset by peer. Remote Info: Upstream Address: Not Available, "
        "Downstream Address: /127.0.0.1:8889, Downstream label: /#/fake/web"
    )
    assert "http" in error.reasoning


def test_a_bad_answer_has_a_code_of_its_own(client: Client) -> None:
    endpoint = client.endpoints["127.0.0.1", 8889]
    error = messages.peer_lost("http", client, endpoint, "no status line", True)
    assert isinstance(error, BadAnswer)
    assert error.code == "L5D-2003"


@pytest.mark.parametrize(
    ("names", "doing"),
    [
        ([], "resolving"),
        ([None], "resolving"),
        (["/#/b"], "connecting to /#/b for"),
        (["/#/b", None, "/#/c"], "connecting to /#/b | /#/c for"),
    ],
)
def test_binding_timeout_is_linkerds_text(names: list[str | None], doing: str) -> None:
    given = [bound(name) if name is not None else None for name in names]
    error = messages.binding_timeout("/svc/a", given, 10.0, "because")
    text = f"Exceeded 10.seconds binding timeout while {doing} name: /svc/a"
    assert (error.message, error.status, error.code) == (text, 502, "L5D-1106")
    assert error.reasoning == "because"


def test_a_binding_timeout_names_the_first_of_very_many() -> None:
    names = [bound(f"/#/n{number}") for number in range(22)]
    text = messages.binding_timeout("/svc/a", names, 1.0, "").message
    assert " | /#/n19 | and 2 more for name" in text


def test_all_codes_are_in_the_catalogue(client: Client) -> None:
    endpoint = client.endpoints["127.0.0.1", 8888]
    errors = [
        messages.binding_timeout("/a", [], 1.0, ""),
        messages.connect_failed("/a", client, endpoint, "", 0.0),
        messages.peer_lost("/a", client, endpoint, "", True),
        messages.peer_lost("/a", client, endpoint, "", False),
    ]
    assert all(error.code in CATALOGUE for error in errors)
