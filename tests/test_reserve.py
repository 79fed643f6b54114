"""Ports are bound, or refused at the place that asks for them."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import attrs
import pytest

from linkerd.admin.config import AdminConfig
from linkerd.config.scalars import Port
from linkerd.errors import ConfigError
from linkerd.linker import load
from linkerd.net.socket_options import SocketOptions
from linkerd.reserve import Reservations, reserve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def config(*ports: int, admin: int | None = 0) -> str:
    servers = "".join(f"  - port: {port}\n" for port in ports)
    text = f"routers:\n- protocol: http\n  servers:\n{servers}"
    return text if admin is None else f"{text}admin:\n  port: {admin}\n"


def try_reserve(text: str) -> Reservations:
    return reserve(load(text, "l5d.yaml"), {})


def test_bound_sockets_listen_when_they_are_taken() -> None:
    reservations = try_reserve(config(0))
    sock = reservations.take("127.0.0.1", 0)
    with sock, socket.create_connection(sock.getsockname(), 1):
        assert not sock.getblocking()
    reservations.close()


def test_two_servers_may_both_let_the_system_choose() -> None:
    reservations = try_reserve(config(0, 0))
    socks = [reservations.take("127.0.0.1", 0) for _ in range(3)]
    assert len({sock.getsockname() for sock in socks}) == 3
    for sock in socks:
        sock.close()


def test_taken_ports_are_refused_where_they_are_written(taken: int) -> None:
    with pytest.raises(ConfigError) as caught:
        try_reserve(config(0, taken))
    assert [str(fault) for fault in caught.value.faults] == [
        f"l5d.yaml:5:11: routers[0].servers[1].port: cannot listen on 127.0.0.1:{taken}:"
        " Address already in use (expected a port that no other process holds) [L5D-4010]"
    ]


def test_all_of_them_are_told_and_nothing_stays_bound(taken: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as other:
        text = config(port, taken, admin=other.getsockname()[1])
        with pytest.raises(ConfigError) as caught:
            try_reserve(text)
    paths = [fault.path for fault in caught.value.faults]
    assert paths == ["routers[0].servers[1].port", "admin.port"]
    socket.create_server(("127.0.0.1", port)).close()


def test_the_admin_port_has_a_place_even_if_nobody_wrote_it(taken: int) -> None:
    whole = load(config(0, admin=None), "l5d.yaml")
    with pytest.raises(ConfigError) as caught:
        reserve(attrs.evolve(whole, admin=AdminConfig(port=Port(taken))), {})
    (fault,) = caught.value.faults
    assert (fault.source, fault.line, fault.path) == ("l5d.yaml", 1, "admin.port")


def test_an_address_of_another_machine() -> None:
    text = config(0).replace("port: 0\n", "port: 0\n    ip: 192.0.2.1\n", 1)
    with pytest.raises(ConfigError) as caught:
        try_reserve(text)
    (fault,) = caught.value.faults
    assert fault.code == "L5D-4010"
    assert fault.expected == "an address of this machine"


def test_ipv6() -> None:
    text = config(0).replace("port: 0\n", 'port: 0\n    ip: "::1"\n', 1)
    reservations = try_reserve(text)
    assert reservations.take("::1", 0).family == socket.AF_INET6
    reservations.close()


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/nonexistent/a.log", "there is no directory /nonexistent"),
        ("/proc", "cannot write /proc"),
    ],
)
def test_an_access_log_that_cannot_be_written(path: str, why: str) -> None:
    text = config(0).replace("  servers", f"  httpAccessLog: {path}\n  servers")
    with pytest.raises(ConfigError) as caught:
        try_reserve(text)
    assert [str(fault) for fault in caught.value.faults] == [
        f"l5d.yaml:3:18: routers[0].httpAccessLog: {why} [L5D-4009]"
    ]


@pytest.mark.parametrize("path", ["-", "access.log"])
def test_an_access_log_is_not_created_yet(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    try_reserve(config(0).replace("  servers", f'  httpAccessLog: "{path}"\n  servers')).close()
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_several_share() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        text = config(port)
        with pytest.raises(ConfigError):
            try_reserve(text)
        shared = "    socketOptions: {reusePort: true}\n"
        reservations = try_reserve(text.replace("admin:", f"{shared}admin:"))
        reservations.take("127.0.0.1", port).close()
        reservations.close()


def test_the_admin_port_may_be_shared_too() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        text = config(0, admin=other.getsockname()[1])
        try_reserve(f"{text}  socketOptions: {{reusePort: true}}\n").close()


def test_options_are_set_before_a_socket_is_handed_over() -> None:
    reservations = try_reserve(config(0))
    options = SocketOptions(no_delay=True, keep_alive=True, backlog=1)
    with reservations.take("127.0.0.1", 0, options) as sock:
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    reservations.close()
