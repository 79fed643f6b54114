"""Servers that close connections under the proxy, compress, answer in HTTP/1.0; and wrk."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import re
import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from tests.support.backends import http_server, nginx
from tests.support.loads import Caller, now
from tests.support.processes import fetch, free_ports
from tests.support.programs import node, serving, with_aiohttp
from tests.support.proxy import inet, running_proxy
from tests.support.servers import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.support.proxy import Proxy

pytestmark = pytest.mark.server

TEXT = "a line of text\n" * 20_000
SHORT_MS = 60
"""How long the servers keep a connection that is idle."""

NGINX = f"""
  keepalive_timeout {SHORT_MS}ms;
  gzip on;
  gzip_types *;
  gzip_proxied any;
  gzip_http_version 1.0;
  location /seven {{ keepalive_requests 7; return 200 "seven\\n"; }}
"""


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """Ports of nginx, also with ordinary times (`kept`), Node, aiohttp, `python -m http.server`."""
    www = tmp_path_factory.mktemp("www")
    (www / "text.txt").write_text(TEXT)
    (www / "index.html").write_text("welcome\n")
    folder = tmp_path_factory.mktemp("servers")
    names = ("nginx", "kept", "node", "aiohttp", "python")
    found = dict(zip(names, free_ports(len(names)), strict=True))
    with ExitStack() as stack:
        stack.enter_context(nginx(www, found["nginx"], folder, NGINX))
        stack.enter_context(nginx(www, found["kept"], folder))
        short = node("server.js", found["node"], SHORT_MS)
        stack.enter_context(serving(short, found["node"], folder))
        web = with_aiohttp("web.py", found["aiohttp"])
        stack.enter_context(serving(web, found["aiohttp"], folder))
        stack.enter_context(http_server(www, found["python"], folder))
        yield found


@pytest.fixture(scope="module")
def shared(
    carrier: str, ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """Proxy that knows each server by its name."""
    dtab = "\n".join(inet(port, name) for name, port in ports.items())
    with running_proxy(tmp_path_factory.mktemp("proxy"), carrier, dtab) as proxy:
        yield proxy
        assert proxy.stop(), proxy.output


def connects(proxy: Proxy, port: int) -> float:
    """How many connections to this server have been opened."""
    return proxy.metrics().get(f"rt/http/client/$/inet/127.0.0.1/{port}/connects", 0)


async def bursts(caller: Caller, waits_s: Sequence[float]) -> None:
    """40 requests at once, again and again, with these times between."""
    for wait_s in waits_s:
        await asyncio.gather(*[caller.call(now()) for _ in range(40)])
        await asyncio.sleep(wait_s)
    caller.close()


@pytest.mark.parametrize("server", ["nginx", "node"])
def test_connections_that_close_when_idle(proxy: Proxy, ports: dict[str, int], server: str) -> None:
    """Requests come before, after and at the moment at which the server closes all connections."""
    before = connects(proxy, ports[server])
    caller = Caller(proxy.port, server, "/")
    asyncio.run(bursts(caller, [(SHORT_MS + late_ms) / 1000 for late_ms in range(-10, 11)]))
    assert len(caller.report.samples) == 21 * 40
    assert caller.report.failed() == []
    assert connects(proxy, ports[server]) - before > 80


def test_connections_that_close_after_a_few_requests(proxy: Proxy, ports: dict[str, int]) -> None:
    """nginx says `Connection: close` with the seventh answer, which is not passed on."""
    before = connects(proxy, ports["nginx"])
    client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    for _ in range(70):
        client.request("GET", "/seven", headers={"Host": "nginx"})
        sock = client.sock
        assert client.getresponse().read() == b"seven\n"
        assert client.sock is sock
    client.close()
    assert connects(proxy, ports["nginx"]) - before in (10, 11)


def test_gzip(proxy: Proxy) -> None:
    """Compressed by nginx for who accepts it, in chunks; as it is for who does not."""
    client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    client.request("GET", "/text.txt", headers={"Host": "nginx", "Accept-Encoding": "gzip"})
    answer = client.getresponse()
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding" or "Vary" not in answer.headers
    assert gzip.decompress(answer.read()).decode() == TEXT
    client.request("GET", "/text.txt", headers={"Host": "nginx"})
    assert client.getresponse().read().decode() == TEXT
    client.close()


@pytest.mark.parametrize(
    ("ranges", "status", "length"),
    [("bytes=0-0", 206, 1), ("bytes=-5", 206, 5), ("bytes=100-", 206, len(TEXT) - 100)],
)
def test_ranges(proxy: Proxy, ranges: str, status: int, length: int) -> None:
    headers = {"Host": "nginx", "Range": ranges}
    found, body = fetch(proxy.port, "/text.txt", headers)
    assert (found, len(body)) == (status, length)


def test_ranges_that_cannot_be(proxy: Proxy) -> None:
    headers = {"Host": "nginx", "Range": f"bytes={len(TEXT)}-"}
    assert fetch(proxy.port, "/text.txt", headers)[0] == 416


def test_several_ranges(proxy: Proxy) -> None:
    headers = {"Host": "nginx", "Range": "bytes=0-9,100-109"}
    status, body = fetch(proxy.port, "/text.txt", headers)
    assert status == 206
    assert body.count(b"Content-Range: bytes ") == 2


def test_answers_in_http_1_0(proxy: Proxy) -> None:
    """`python -m http.server` closes after each; our client's connection stays."""
    client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    for path, text in (("/", "welcome\n"), ("/text.txt", TEXT), ("/", "welcome\n")):
        client.request("GET", path, headers={"Host": "python"})
        sock = client.sock
        answer = client.getresponse()
        assert answer.version == 11
        assert answer.read().decode() == text
        assert client.sock is sock
    client.close()


@pytest.mark.parametrize("size", [0, 1, 100_000, 20_000_000])
def test_bodies_for_aiohttp(proxy: Proxy, size: int) -> None:
    client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    for body in (bytes(size), iter([bytes(size)]) if size else b""):
        client.request("POST", "/describe", body, {"Host": "aiohttp"})
        assert f'"length": {size},' in client.getresponse().read().decode()
    client.close()


def wrk(proxy: Proxy, folder: Path, script: str, path: str = "/") -> int:
    """Requests that wrk has sent within a second, without an error or an answer of another kind."""
    file = folder / "wrk.lua"
    file.write_text(f'wrk.headers["Host"] = "kept"\n{script}')
    done = subprocess.run(
        [
            *(find("wrk", "wrk"), "--threads", "2", "--connections", "32", "--duration", "1s"),
            *("--script", str(file), f"http://127.0.0.1:{proxy.port}{path}"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert "Socket errors" not in done.stdout, done.stdout
    assert "Non-2xx" not in done.stdout, done.stdout
    found = re.search(r"(\d+) requests in", done.stdout)
    assert found is not None, done.stdout
    return int(found[1])


POSTS = """
wrk.method = "POST"
wrk.body = string.rep("x", 10000)
"""

PIPELINED = """
init = function(args)
  local all = {}
  for n = 1, 8 do all[n] = wrk.format("GET", "/small") end
  together = table.concat(all)
end
request = function() return together end
"""


@pytest.mark.parametrize(
    ("script", "path"),
    [("", "/text.txt"), (POSTS, "/small"), (PIPELINED, "/small")],
    ids=["files", "posts", "pipelined"],
)
def test_wrk(proxy: Proxy, tmp_path: Path, script: str, path: str) -> None:
    assert wrk(proxy, tmp_path, script, path) > 100
