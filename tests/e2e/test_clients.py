"""Real clients through the proxy: curl, http.client, requests, wrk."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
import requests
from tests.support.servers import find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.proxy import Proxy


def curl(
    proxy: Proxy, *arguments: str, path: str = "/", host: str = "web", given: bytes = b""
) -> str:
    """Everything curl prints, answer heads first."""
    done = subprocess.run(
        [
            *(find("curl", "curl"), "--silent", "--show-error", "--include", "--max-time", "20"),
            *("--header", f"Host: {host}", *arguments, f"http://127.0.0.1:{proxy.port}{path}"),
        ],
        input=given,
        capture_output=True,
        check=True,
        timeout=30,
    )
    return done.stdout.decode("latin-1").replace("\r\n", "\n")


def test_get(proxy: Proxy) -> None:
    answer = curl(proxy)
    assert answer.startswith("HTTP/1.1 200 ")
    assert "\nVia: 1.1 linkerd\n" in answer
    assert "\nl5d-success-class: 1.0\n" in answer
    assert answer.endswith("\n\norigin\n")


def test_two_requests_on_one_connection(proxy: Proxy) -> None:
    """curl says on stderr which connection it uses; `%{num_connects}` counts new ones."""
    url = f"http://127.0.0.1:{proxy.port}/"
    answer = curl(proxy, "--write-out", "%{num_connects},", url)
    assert re.findall(r"origin\n(\d),", answer) == ["1", "0"]


def test_http_1_0(proxy: Proxy) -> None:
    answer = curl(proxy, "--http1.0")
    assert answer.startswith("HTTP/1.1 200 ")
    assert "\nConnection: close\n" in answer
    assert answer.endswith("\n\norigin\n")


def test_http_1_0_keep_alive(proxy: Proxy) -> None:
    url = f"http://127.0.0.1:{proxy.port}/"
    arguments = ("--http1.0", "--header", "Connection: keep-alive", "--write-out")
    answer = curl(proxy, *arguments, "%{num_connects},", url)
    assert re.findall(r"origin\n(\d),", answer) == ["1", "0"]


def test_http_1_0_gets_no_chunks(proxy: Proxy) -> None:
    answer = curl(proxy, "--http1.0", "--raw", path="/chunks/100000")
    assert "transfer-encoding" not in answer.lower()
    assert answer.endswith("\n\n" + "\0" * 100000)


@pytest.mark.parametrize("path", ["/", "/bytes/1000000", "/chunks/100"])
def test_head(proxy: Proxy, path: str) -> None:
    answer = curl(proxy, "--head", path=path)
    assert answer.startswith("HTTP/1.1 200 ")
    assert answer.endswith("\n\n")
    if path.startswith("/bytes"):
        assert "\nContent-Length: 1000000\n" in answer


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_a_body(proxy: Proxy, status: int) -> None:
    url = f"http://127.0.0.1:{proxy.port}/"
    answer = curl(proxy, url, path=f"/status/{status}")
    first, second = answer.split("\n\norigin\n")
    assert first.startswith("HTTP/1.1 200 ")
    assert second.startswith(f"HTTP/1.1 {status} ")
    assert second.endswith("\n\n")


@pytest.mark.parametrize("size", [0, 1, 5 * 1024, 5 * 1024 + 1, 100_000, 3_000_000])
def test_post(proxy: Proxy, size: int) -> None:
    given = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    answer = curl(proxy, "--data-binary", "@-", path="/digest", given=given)
    body = json.loads(answer.rpartition("\n\n")[2])
    assert body == {"length": size, "sha256": hashlib.sha256(given).hexdigest()}


@pytest.mark.parametrize("size", [0, 1, 100_000, 3_000_000])
def test_chunked_upload(proxy: Proxy, size: int) -> None:
    """`-T -` sends what it reads, chunked, and waits for 100-continue first."""
    given = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    answer = curl(proxy, "--upload-file", "-", path="/digest", given=given)
    body = json.loads(answer.rpartition("\n\n")[2])
    assert body == {"length": size, "sha256": hashlib.sha256(given).hexdigest()}


@pytest.mark.parametrize("size", [100, 2_000_000])
def test_expect_100_continue(proxy: Proxy, size: int) -> None:
    """curl gives up waiting only after half a minute here: the proxy has to say it."""
    arguments = ("--header", "Expect: 100-continue", "--expect100-timeout", "30")
    given = bytes(size)
    answer = curl(proxy, *arguments, "--data-binary", "@-", path="/digest", given=given)
    assert answer.startswith("HTTP/1.1 100 Continue\n\nHTTP/1.1 200 ")
    assert answer.count("100 Continue") == 1
    assert f'"length": {size},' in answer


def test_early_hints(proxy: Proxy) -> None:
    answer = curl(proxy, path="/hints")
    assert answer.startswith("HTTP/1.1 103 Early Hints\nLink: </style.css>\n\nHTTP/1.1 200 ")


def test_a_name_that_leads_nowhere(proxy: Proxy) -> None:
    answer = curl(proxy, host="nobody")
    assert answer.startswith("HTTP/1.1 502 ")
    assert "\nl5d-err: L5D-1101" in answer
    assert "service name: /svc/nobody" in answer


def test_dtab_header(proxy: Proxy, origin_port: int) -> None:
    rule = f"l5d-dtab: /svc/nobody => /$/inet/127.0.0.1/{origin_port}"
    answer = curl(proxy, "--header", rule, path="/request", host="nobody")
    assert answer.startswith("HTTP/1.1 200 ")
    assert "l5d-dst-service: /svc/nobody" in answer
    assert f"l5d-dst-client: /$/inet/127.0.0.1/{origin_port}" in answer


def test_an_answer_that_breaks_off(proxy: Proxy) -> None:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        curl(proxy, path="/break")
    assert caught.value.returncode in (18, 56)  # partial file; receive error


@pytest.fixture
def keep_alive(proxy: Proxy) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=20)
    yield connection
    connection.close()


def test_http_client(keep_alive: http.client.HTTPConnection) -> None:
    """All on one connection, in many framings."""
    for method, path, body, expected in [
        ("GET", "/", None, b"origin\n"),
        ("POST", "/digest", b"x" * 10, None),
        ("HEAD", "/", None, b""),
        ("PUT", "/digest", iter([b"one ", b"two ", b"three"]), None),
        ("GET", "/chunks/200000", None, bytes(200_000)),
        ("GET", "/bytes/200000", None, bytes(200_000)),
        ("DELETE", "/status/204", None, b""),
        ("OPTIONS", "*", None, b"origin\n"),
        ("POST", "/digest", b"", None),
        ("GET", "/trailers", None, b"hello"),
        ("GET", "/status/503", None, b"origin\n"),
    ]:
        keep_alive.request(method, path, body, {"Host": "web"})
        sock = keep_alive.sock
        answer = keep_alive.getresponse()
        body = answer.read()
        assert expected is None or body == expected, (method, path)
        assert keep_alive.sock is sock, (method, path)


def test_an_echo_while_the_request_still_comes(keep_alive: http.client.HTTPConnection) -> None:
    """The answer begins before the request is complete; both are whole."""
    pieces = [bytes([number]) * 20_000 for number in range(100)]
    keep_alive.request("PUT", "/echo", iter(pieces), {"Host": "web"})
    assert keep_alive.getresponse().read() == b"".join(pieces)


def test_an_answer_without_length_is_chunked(keep_alive: http.client.HTTPConnection) -> None:
    keep_alive.request("GET", "/until-close/300000", headers={"Host": "web"})
    answer = keep_alive.getresponse()
    assert answer.getheader("Transfer-Encoding") == "chunked"
    assert answer.read() == bytes(300_000)


def test_requests_session(proxy: Proxy) -> None:
    url = f"http://127.0.0.1:{proxy.port}"
    with requests.Session() as session:
        session.headers["Host"] = "web"
        assert session.get(url, timeout=20).text == "origin\n"
        posted = session.post(f"{url}/digest", data=b"y" * 200_000, timeout=20).json()
        assert posted["length"] == 200_000
        assert session.post(f"{url}/echo", json={"a": 1}, timeout=20).json() == {"a": 1}
        pieces = (bytes([number]) * 1000 for number in range(100))
        assert len(session.post(f"{url}/echo", data=pieces, timeout=20).content) == 100_000
        with session.get(f"{url}/chunks/1000000", stream=True, timeout=20) as answer:
            assert sum(map(len, answer.iter_content(10_000))) == 1_000_000
        unknown = session.get(url, headers={"Host": "nobody"}, timeout=20)
        assert (unknown.status_code, unknown.headers["l5d-err"][:8]) == (502, "L5D-1101")


def test_requests_through_the_proxy_as_a_proxy(proxy: Proxy) -> None:
    """With `http_proxy` set, a client sends the whole URI."""
    proxies = {"http": f"http://127.0.0.1:{proxy.port}"}
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get("http://web/request", proxies=proxies, timeout=20)
    assert answer.text.startswith("GET /request HTTP/1.1\n")
    assert "Host: web\n" in answer.text


@pytest.mark.server
def test_wrk(proxy: Proxy, tmp_path: Path) -> None:
    script = tmp_path / "host.lua"
    script.write_text('wrk.headers["Host"] = "web"\n')
    before = proxy.metrics()
    done = subprocess.run(
        [
            *(find("wrk", "wrk"), "--threads", "1", "--connections", "32", "--duration", "1s"),
            *("--script", str(script), f"http://127.0.0.1:{proxy.port}/"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    found = re.search(r"(\d+) requests in", done.stdout)
    assert found is not None, done.stdout
    assert int(found[1]) > 200
    assert "Socket errors" not in done.stdout
    assert "Non-2xx" not in done.stdout
    name = f"rt/http/server/127.0.0.1/{proxy.port}/success"
    assert proxy.metrics()[name] - before.get(name, 0) >= int(found[1])
