"""Real back ends behind the proxy: nginx, Twisted's web server, `python -m http.server`."""

from __future__ import annotations

import hashlib
import http.client
import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from tests.support.backends import http_server, nginx, sha256, twisted_web
from tests.support.processes import free_ports
from tests.support.servers import find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Start
    from tests.support.proxy import Proxy

MIB = 1 << 20
SERVERS = {"nginx": nginx, "twisted": twisted_web, "python": http_server}
LARGE = bytes(range(256)) * 4096 * 8


@pytest.fixture(scope="module")
def www(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that every server has: two small ones and one of 8 MiB."""
    folder = tmp_path_factory.mktemp("www")
    (folder / "index.html").write_text("welcome\n")
    (folder / "empty.txt").write_text("")
    (folder / "large.bin").write_bytes(LARGE)
    return folder


@pytest.fixture(scope="module")
def ports(www: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """Port of each server."""
    found = dict(zip(SERVERS, free_ports(len(SERVERS)), strict=True))
    with ExitStack() as stack:
        for name, server in SERVERS.items():
            folder = tmp_path_factory.mktemp(name)
            stack.enter_context(server(www, found[name], folder))
        yield found


@pytest.fixture
def routed(start: Start, ports: dict[str, int]) -> Proxy:
    """Proxy that knows each server by its name."""
    rules = [f"/svc/{name} => /$/inet/127.0.0.1/{port} ;" for name, port in ports.items()]
    return start("\n".join(rules))


@pytest.mark.server
def test_files(routed: Proxy) -> None:
    """Small, empty, large, missing, and by HEAD, all on one connection where the server lets it."""
    for name in SERVERS:
        client = http.client.HTTPConnection("127.0.0.1", routed.port, timeout=20)
        for method, path, status, body in [
            ("GET", "/", 200, b"welcome\n"),
            ("GET", "/empty.txt", 200, b""),
            ("HEAD", "/large.bin", 200, b""),
            ("GET", "/large.bin", 200, LARGE),
            ("HEAD", "/", 200, b""),
            ("GET", "/none.txt", 404, None),
            ("GET", "/index.html", 200, b"welcome\n"),
        ]:
            client.request(method, path, headers={"Host": name})
            sock = client.sock
            answer = client.getresponse()
            read = answer.read()
            assert answer.status == status, (name, method, path)
            assert body is None or read == body, (name, method, path)
            assert "linkerd" in answer.headers["Via"]
            if method == "HEAD" and path == "/large.bin":
                assert answer.headers["Content-Length"] == str(len(LARGE))
            assert client.sock is sock, (name, method, path)
        client.close()


@pytest.mark.server
def test_conditional_and_range_requests(routed: Proxy) -> None:
    for name in ("nginx", "twisted"):
        client = http.client.HTTPConnection("127.0.0.1", routed.port, timeout=20)
        client.request("GET", "/large.bin", headers={"Host": name, "Range": "bytes=100-199"})
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (206, LARGE[100:200]), name
        since = answer.headers["Last-Modified"]
        client.request("GET", "/large.bin", headers={"Host": name, "If-Modified-Since": since})
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (304, b""), name
        client.request("GET", "/", headers={"Host": name})
        assert client.getresponse().read() == b"welcome\n", name
        client.close()


@pytest.mark.server
def test_a_file_put_to_nginx(routed: Proxy, www: Path, tmp_path: Path) -> None:
    """64 MiB up with a length and down again, and 16 MiB up in chunks."""
    find("curl", "curl")
    source = tmp_path / "source.bin"
    source.write_bytes(LARGE * 8)
    url = f"http://127.0.0.1:{routed.port}/upload"
    curl = ["curl", "--silent", "--show-error", "--fail", "--max-time", "60", "-H", "Host: nginx"]
    subprocess.run([*curl, "--upload-file", str(source), f"{url}/length"], check=True, timeout=60)
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    assert hashlib.sha256((www / "upload" / "length").read_bytes()).hexdigest() == digest
    assert sha256([*curl, f"{url}/length"]) == digest
    command = [*curl, "--upload-file", "-", f"{url}/chunks"]
    subprocess.run(command, input=LARGE * 2, check=True, timeout=60)
    assert (www / "upload" / "chunks").read_bytes() == LARGE * 2


@pytest.mark.server
def test_connections_to_nginx_are_kept(routed: Proxy, ports: dict[str, int]) -> None:
    client = http.client.HTTPConnection("127.0.0.1", routed.port, timeout=20)
    for _ in range(50):
        client.request("GET", "/small", headers={"Host": "nginx"})
        assert client.getresponse().read() == b"nginx\n"
    client.close()
    name = f"rt/http/client/$/inet/127.0.0.1/{ports['nginx']}/connects"
    assert routed.metrics()[name] == 1
