"""Raw connections over real sockets: every way to begin, to end and to be slow."""

from __future__ import annotations

import json
import socket
import ssl
import time
from typing import TYPE_CHECKING

import pytest
from tests.e2e.test_tunnels import (
    BOTH,
    LIMIT_S,
    MAY_GROW_KIB,
    MIB,
    Ends,
    Traffic,
    eventually,
    everything,
    keep_talking,
    other,
    reset,
    up_to,
)
from tests.support.certificates import leaf
from tests.support.processes import free_ports
from tests.support.proxy import Proxy, running_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = (
    "plain",
    "sni",
    "proxied",
    "telling",
    "secure",
    "limited",
    "idle",
)


class Bench:
    """A proxy with a router of raw connections for each of `NAMES`, and the port behind them."""

    def __init__(self, proxy: Proxy, ports: dict[str, int], listening: socket.socket) -> None:
        self.proxy = proxy
        self.ports = ports
        self.listening = listening

    def client(self, router: str = "plain") -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.ports[router]), LIMIT_S)

    def accept(self) -> socket.socket:
        endpoint, _ = self.listening.accept()
        endpoint.settimeout(LIMIT_S)
        return endpoint

    def ends(self, router: str = "plain", first: bytes = b"") -> Ends:
        """A client and the endpoint that it is joined to."""
        client = self.client(router)
        client.sendall(first)
        return Ends(client, self.accept())

    def number(self, name: str, router: str = "plain") -> float:
        """A metric of the server of a router."""
        place = f"rt/{router}/server/127.0.0.1/{self.ports[router]}/"
        return self.proxy.metrics().get(place + name, 0)


@pytest.fixture(scope="module")
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(LIMIT_S)
        yield server


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    names = (*NAMES, "any")
    return dict(zip(names, free_ports(len(names)), strict=True))


@pytest.fixture(scope="module")
def shared(
    carrier: str,
    ports: dict[str, int],
    listening: socket.socket,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("proxy")
    certificate, key = leaf("localhost").write(folder)
    (dead,) = free_ports(1)
    port = listening.getsockname()[1]
    special: dict[str, dict[str, object]] = {
        "sni": {"identifier": [{"kind": "io.l5d.sni"}, {"kind": "io.l5d.static", "path": "/any"}]},
        "telling": {"client": {"sendProxyProtocol": "v2"}},
    }
    servers: dict[str, dict[str, object]] = {
        "sni": {"firstBytesTimeoutMs": 300},
        "proxied": {"proxyProtocol": True},
        "secure": {"tls": {"certPath": str(certificate), "keyPath": str(key)}},
        "limited": {"maxConcurrentRequests": 1},
        "idle": {"serverSession": {"idleTimeMs": 800}},
    }
    routers = [
        {
            "protocol": "tcp",
            "label": name,
            "dtab": f"/svc => /$/inet/127.0.0.1/{port}; /svc/dead => /$/inet/127.0.0.1/{dead}",
            "servers": [{"port": ports[name]} | servers.get(name, {})],
        }
        | special.get(name, {})
        for name in NAMES
    ]
    detect = {"protocol": "detect", "servers": [{"port": ports["any"]}]}
    routers.append(detect | {"http": "http", "tcp": "plain"})
    more = "".join(f"- {json.dumps(router)}\n" for router in routers)
    with running_proxy(folder, carrier, "/svc => /$/inet/127.0.0.1/1", more=more) as proxy:
        yield proxy
        assert proxy.stop(), proxy.output


@pytest.fixture
def bench(proxy: Proxy, ports: dict[str, int], listening: socket.socket) -> Iterator[Bench]:
    bench = Bench(proxy, ports, listening)
    yield bench
    eventually(lambda: bench.number("connections") == 0)


def hello(name: str) -> bytes:
    """What a client of OpenSSL says first."""
    out = ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name).do_handshake()
    return out.read()


def fill(sock: socket.socket) -> int:
    """Send until nobody takes any more; how many bytes went out."""
    sent = 0
    sock.settimeout(0.3)
    try:
        while True:
            sent += sock.send(bytes(65536))
    except TimeoutError:
        return sent


# -- beginnings


def test_bytes_of_both_from_the_first_on(bench: Bench) -> None:
    ends = bench.ends(first=b"early")
    ends.endpoint.sendall(b"bird")
    assert up_to(ends.client, b"bird") == b"bird"
    assert up_to(ends.endpoint, b"early") == b"early"
    ends.close()


def test_nobody_behind_is_a_reset(bench: Bench) -> None:
    client = bench.client("sni")
    client.sendall(hello("dead"))
    with pytest.raises(ConnectionResetError):
        everything(client)
    client.close()


def test_a_hello_in_pieces_goes_on_untouched(bench: Bench) -> None:
    data = hello("some.name")
    client = bench.client("sni")
    for at in range(0, len(data), 100):
        client.sendall(data[at : at + 100])
        time.sleep(0.02)
    endpoint = bench.accept()
    client.shutdown(socket.SHUT_WR)
    assert everything(endpoint) == data
    assert bench.proxy.metrics()["rt/sni/service/svc/some.name/pending"] == 1
    endpoint.close()
    client.close()


def test_who_waits_for_the_server_to_speak_hears_it_in_time(bench: Bench) -> None:
    ends = bench.ends("sni")
    ends.endpoint.sendall(b"220 hello\r\n")
    assert up_to(ends.client, b"\r\n") == b"220 hello\r\n"
    ends.close()


def test_a_proxy_header_is_taken_off(bench: Bench) -> None:
    ends = bench.ends("proxied", b"PROXY TCP4 192.0.2.1 192.0.2.2 7 8\r\nhello.")
    assert up_to(ends.endpoint, b".") == b"hello."
    ends.close()


def test_without_a_proxy_header_there_is_a_reset(bench: Bench) -> None:
    client = bench.client("proxied")
    client.sendall(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        everything(client)
    client.close()


def test_a_proxy_header_tells_who_the_client_is(bench: Bench) -> None:
    ends = bench.ends("telling", b".")
    header = up_to(ends.endpoint, b".")
    here, there = ends.client.getsockname()[1], bench.ports["telling"]
    ports = here.to_bytes(2, "big") + there.to_bytes(2, "big")
    assert header[12:] == b"\x21\x11\x00\x0c\x7f\0\0\1\x7f\0\0\1" + ports + b"."
    ends.close()


def test_tls_ends_here_if_it_is_to(bench: Bench) -> None:
    context = ssl._create_unverified_context()
    client = context.wrap_socket(bench.client("secure"))
    endpoint = bench.accept()
    client.sendall(b"secret." + bytes(5000) + b"!")
    assert up_to(endpoint, b".") == b"secret."
    endpoint.sendall(b"answer.")
    assert client.recv(100) == b"answer."
    assert len(up_to(endpoint, b"!")) == 5001
    # Without TLS's own end nobody knows that this was all.
    client.close()
    with pytest.raises(ConnectionResetError):
        everything(endpoint)
    endpoint.close()


def test_one_port_for_two_protocols(bench: Bench) -> None:
    ends = bench.ends("any", b"SSH-2.0-x\r\n" + bytes(MIB))
    assert up_to(ends.endpoint, b"\r\n") == b"SSH-2.0-x\r\n"
    ends.client.shutdown(socket.SHUT_WR)
    assert everything(ends.endpoint) == bytes(MIB)
    ends.close()
    client = bench.client("any")
    client.sendall(b"GET / HTTP/1.1\r\nHost: nobody\r\nConnection: close\r\n\r\n")
    assert everything(client).startswith(b"HTTP/1.1 502 ")
    client.close()


def test_one_too_many_is_reset(bench: Bench) -> None:
    ends = bench.ends("limited", b"x")
    # The reset may come before the connect is over.
    with pytest.raises(ConnectionError):
        everything(bench.client("limited"))
    assert bench.number("nacks", "limited") >= 1
    ends.close()
    eventually(lambda: bench.number("connections", "limited") == 0)


# -- ends


@BOTH
def test_a_half_close_is_passed_on(bench: Bench, first: str) -> None:
    ends = bench.ends()
    here, there = getattr(ends, first), other(ends, first)
    here.sendall(b"all")
    here.shutdown(socket.SHUT_WR)
    assert everything(there) == b"all"
    for _ in range(3):
        time.sleep(0.02)
        there.sendall(b"more")
        assert up_to(here, b"more") == b"more"
    there.close()
    assert everything(here) == b""
    eventually(lambda: bench.number("connections") == 0)
    assert bench.number(f"closed/{first}") >= 1
    ends.close()


@BOTH
def test_a_reset_is_passed_on(bench: Bench, first: str) -> None:
    ends = bench.ends()
    before = bench.number(f"closed/{first}_reset")
    reset(getattr(ends, first))
    with pytest.raises(ConnectionResetError):
        everything(other(ends, first))
    eventually(lambda: bench.number(f"closed/{first}_reset") == before + 1)
    ends.close()


@BOTH
def test_what_was_sent_before_a_close_arrives(bench: Bench, first: str) -> None:
    """A side that goes on sending then is told that nobody listens."""
    ends = bench.ends()
    here, there = getattr(ends, first), other(ends, first)
    here.sendall(b"x" * MIB)
    here.close()
    assert len(everything(there)) == MIB
    with pytest.raises(ConnectionError):
        keep_talking(there)
    there.close()


@BOTH
def test_an_end_behind_bulk_that_nobody_reads_yet(bench: Bench, first: str) -> None:
    ends = bench.ends()
    here, there = getattr(ends, first), other(ends, first)
    sent = fill(here)
    here.shutdown(socket.SHUT_WR)
    assert len(everything(there)) == sent
    ends.close()


@BOTH
def test_a_reset_in_the_middle_of_bulk(bench: Bench, first: str) -> None:
    ends = bench.ends()
    here, there = getattr(ends, first), other(ends, first)
    fill(here)
    reset(here)
    with pytest.raises(ConnectionResetError):
        everything(there)
    ends.close()


def test_silence_ends_both(bench: Bench) -> None:
    ends = bench.ends("idle", b"x")
    for end in ends:
        with pytest.raises(ConnectionResetError):
            everything(end)
    assert bench.number("closed/idle", "idle") == 1
    ends.close()


# -- bulk


@pytest.mark.parametrize("slow", ["neither", "client", "endpoint"])
def test_50_mib_each_way(bench: Bench, slow: str) -> None:
    ends = bench.ends()
    bench.proxy.forget_peak()
    begin = bench.proxy.memory()["rss"]
    here = Traffic(ends.client, 3, 0.5 if slow == "client" else 0.0)
    there = Traffic(ends.endpoint, 5, 0.5 if slow == "endpoint" else 0.0)
    here.wait()
    there.wait()
    assert here.sent.digest() == there.received.digest()
    assert there.sent.digest() == here.received.digest()
    assert bench.proxy.memory()["peak"] - begin < MAY_GROW_KIB
    ends.close()


def test_the_list_of_connections(bench: Bench) -> None:
    ends = bench.ends(first=b"hello.")
    up_to(ends.endpoint, b".")
    (found,) = bench.proxy.admin_json("/connections.json?router=plain")
    assert found["client"] == "{}:{}".format(*ends.client.getsockname())
    assert found["endpoint"] == "{}:{}".format(*bench.listening.getsockname())
    assert (found["state"], found["received"], found["sent"]) == ("joined", 6, 0)
    ends.close()
