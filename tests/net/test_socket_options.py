"""Options on real sockets, which nobody connects."""

from __future__ import annotations

import socket

import pytest

from linkerd.config.bind import bind
from linkerd.config.load import parse
from linkerd.errors import ConfigError
from linkerd.net.socket_options import DEFAULT_OPTIONS, SocketOptions


def options(text: str) -> SocketOptions:
    return bind(parse(text, "x"), SocketOptions)


def test_defaults_are_linkerds() -> None:
    assert options("{}") == DEFAULT_OPTIONS
    assert (DEFAULT_OPTIONS.no_delay, DEFAULT_OPTIONS.reuse_addr) == (True, True)
    assert (DEFAULT_OPTIONS.reuse_port, DEFAULT_OPTIONS.keep_alive) == (False, False)
    assert (DEFAULT_OPTIONS.read_timeout_ms, DEFAULT_OPTIONS.write_timeout_ms) == (None, None)
    assert DEFAULT_OPTIONS.most_waiting() == 1024


def test_what_is_not_written_keeps_its_default() -> None:
    found = options("reusePort: true\nbacklog: 5\n")
    assert (found.no_delay, found.reuse_addr, found.most_waiting()) == (True, True, 5)


@pytest.mark.parametrize("key", ["backlog", "readTimeoutMs", "writeTimeoutMs"])
def test_nothing_is_no_limit(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        options(f"{key}: 0")
    assert caught.value.faults[0].code == "L5D-4004"


@pytest.mark.parametrize("on", [True, False])
def test_streams(on: bool) -> None:
    with socket.socket() as sock:
        SocketOptions(no_delay=on, keep_alive=on).on_stream(sock)
        assert bool(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)) == on
        assert bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)) == on


@pytest.mark.parametrize("on", [True, False])
def test_what_is_bound(on: bool) -> None:
    with socket.socket() as sock:
        SocketOptions(reuse_addr=on, reuse_port=on).before_bind(sock)
        assert bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)) == on
        assert bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT)) == on
