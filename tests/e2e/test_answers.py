"""What happens to answers: compression, answers and requests in whole, connections that end."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import threading
import time
import zlib
from typing import TYPE_CHECKING

import pytest
from tests.support.backends import nginx
from tests.support.processes import free_ports
from tests.support.proxy import inet
from tests.support.servers import find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Start
    from tests.support.proxy import Proxy

TEXT = "".join(f"{number}: all work and no play\n" for number in range(80_000)).encode()
SMALL = TEXT[:2000]
TYPES = "types { text/html html; image/png png; }"
EVENTS = [b"data: %d\n\n" % number for number in range(4)]
EVENT_STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of an nginx with a large and a small text, and a picture."""
    www = tmp_path_factory.mktemp("www")
    for name, content in (("large.html", TEXT), ("short.html", SMALL), ("p.png", SMALL)):
        (www / name).write_bytes(content)
    (port,) = free_ports(1)
    with nginx(www, port, tmp_path_factory.mktemp("nginx"), TYPES):
        yield port


def curl(proxy: Proxy, path: str, folder: Path, *arguments: str) -> tuple[str, bytes]:
    """Head, in lower case, and body that curl gets."""
    head, body = folder / "head", folder / "body"
    command = [find("curl", "curl"), "-sS", "-m", "30", "-H", "Host: web", "-D", str(head)]
    url = f"http://127.0.0.1:{proxy.port}{path}"
    subprocess.run([*command, "-o", str(body), *arguments, url], check=True, timeout=40)
    return head.read_text().lower(), body.read_bytes()


def test_curl_reads_what_is_compressed(start: Start, files: int, tmp_path: Path) -> None:
    proxy = start(inet(files), "compressionLevel: -1")
    for path, content in (("/large.html", TEXT), ("/short.html", SMALL)):
        for more in ((), ("--http1.0",), ("-H", "Accept-Encoding: deflate")):
            head, body = curl(proxy, path, tmp_path, "--compressed", *more)
            assert body == content
            assert "content-encoding: " in head
            assert "\netag: w/" in head
            assert "\nvary: accept-encoding" in head
        head, body = curl(proxy, path, tmp_path, "-H", "Accept-Encoding: gzip")
        assert gzip.decompress(body) == content
        assert len(body) < len(content) / 3
        head, body = curl(proxy, path, tmp_path)
        assert (body, "content-encoding" in head) == (content, False)


def test_what_is_not_text_or_a_part_is_left(start: Start, files: int, tmp_path: Path) -> None:
    proxy = start(inet(files), "compressionLevel: -1")
    head, body = curl(proxy, "/p.png", tmp_path, "--compressed")
    assert (body, "content-encoding" in head) == (SMALL, False)
    head, body = curl(proxy, "/short.html", tmp_path, "--compressed", "-r", "0-999")
    assert (body, "content-encoding" in head) == (SMALL[:1000], False)
    head, _ = curl(proxy, "/short.html", tmp_path, "--compressed", "-I")
    assert "content-length: 2000" in head


def serve_events(listener: socket.socket, received: threading.Semaphore) -> None:
    """Answer one request with events, each once the one before has been received."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(EVENT_STREAM)
        for event in EVENTS:
            connection.sendall(b"%x\r\n%b\r\n" % (len(event), event))
            received.acquire(timeout=10)
        connection.sendall(b"0\r\n\r\n")


def test_events_flow_while_they_are_compressed(start: Start) -> None:
    received = threading.Semaphore(0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        proxy = start(inet(port), "compressionLevel: 9")
        server = threading.Thread(target=serve_events, args=(listener, received), daemon=True)
        server.start()
        with socket.create_connection(("127.0.0.1", proxy.port), 10) as client:
            client.sendall(b"GET / HTTP/1.0\r\nHost: web\r\nAccept-Encoding: gzip\r\n\r\n")
            data = b""
            while b"\r\n\r\n" not in data:
                data += client.recv(65536)
            stream = zlib.decompressobj(31)
            seen = stream.decompress(data.partition(b"\r\n\r\n")[2])
            for event in EVENTS:
                while not seen.endswith(event):
                    seen += stream.decompress(client.recv(65536))
                received.release()
        server.join(10)
    assert seen == b"".join(EVENTS)


def test_an_instance_that_dies_within_a_small_answer(start: Start, origin_port: int) -> None:
    proxy = start(inet(origin_port))
    status, body = proxy.get("/break/100")
    assert status == 502
    assert b"L5D-2002" in body
    assert proxy.get("/")[0] == 200


def test_bodies_in_whole(start: Start, origin_port: int, tmp_path: Path) -> None:
    proxy = start(
        inet(origin_port),
        "streamingEnabled: false\nmaxRequestBodyKB: 8192\nmaxResponseBodyKB: 8192",
    )
    upload = tmp_path / "upload"
    upload.write_bytes(os.urandom(8_000_000))
    chunked = ("-T", str(upload), "-H", "Transfer-Encoding: chunked")
    _, body = curl(proxy, "/digest", tmp_path, *chunked)
    assert json.loads(body)["length"] == 8_000_000
    _, body = curl(proxy, "/request", tmp_path, *chunked)
    assert b"\nContent-Length: 8000000\n" in body
    assert b"Transfer-Encoding" not in body
    for path in ("bytes", "chunks", "until-close"):
        assert curl(proxy, f"/{path}/8000000", tmp_path)[1] == bytes(8_000_000)
        head, body = curl(proxy, f"/{path}/9000000", tmp_path)
        assert "http/1.1 502 " in head
        assert b"L5D-2010" in body
    upload.write_bytes(bytes(9_000_000))
    head, body = curl(proxy, "/digest", tmp_path, *chunked)
    assert "http/1.1 413 " in head


def test_connections_to_endpoints_end_when_they_rest(start: Start, origin_port: int) -> None:
    proxy = start(inet(origin_port), "client: {clientSession: {idleTimeMs: 300}}")
    assert proxy.get("/")[0] == 200
    client = f"rt/http/client/$/inet/127.0.0.1/{origin_port}/"
    assert proxy.metrics()[client + "pool_cached"] == 1
    limit = time.monotonic() + 10  # noqa: TID251
    while proxy.metrics().get(client + "idle") != 1:
        assert time.monotonic() < limit  # noqa: TID251
        time.sleep(0.1)
    metrics = proxy.metrics()
    assert (metrics[client + "pool_cached"], metrics[client + "connections"]) == (0, 0)
