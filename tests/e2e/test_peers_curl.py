"""What curl can do to a Node server behind the proxy, beyond what test_clients.py has."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.proxy import inet, running_proxy
from tests.support.servers import find

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Start
    from tests.support.proxy import Proxy

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def shared(
    carrier: str, node_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """Proxy in front of the Node server."""
    with running_proxy(tmp_path_factory.mktemp("proxy"), carrier, inet(node_port)) as proxy:
        yield proxy
        assert proxy.stop(), proxy.output


def run(proxy: Proxy, path: str, *arguments: str, given: bytes = b"") -> bytes:
    """What curl writes; it has to succeed."""
    command = [find("curl", "curl"), "--silent", "--show-error", "--max-time", "20"]
    url = f"http://127.0.0.1:{proxy.port}{path}"
    done = subprocess.run(
        [*command, "--header", "Host: web", *arguments, url],
        input=given,
        capture_output=True,
        timeout=30,
    )
    assert done.returncode == 0, (done.returncode, done.stderr)
    return done.stdout


def text(proxy: Proxy, path: str, *arguments: str) -> str:
    """The same with heads, as text."""
    return run(proxy, path, "--include", *arguments).decode("latin-1").replace("\r\n", "\n")


def described(proxy: Proxy, *arguments: str, given: bytes = b"") -> dict[str, Any]:
    """What the Node server got, as it describes it; its fields under lower-case names."""
    found: dict[str, Any] = json.loads(run(proxy, "/describe", *arguments, given=given))
    names, values = found["headers"][::2], found["headers"][1::2]
    found["fields"] = dict(zip(map(str.lower, names), values, strict=True))
    return found


def test_compressed(proxy: Proxy) -> None:
    assert run(proxy, "/gzip/100000", "--compressed") == b"a" * 100_000


def test_transfer_codings_are_not_asked_for_beyond_the_proxy(proxy: Proxy) -> None:
    """curl says `TE: gzip` and `Connection: TE`: both speak to the next hop alone."""
    assert "te" not in described(proxy, "--tr-encoding")["fields"]


@pytest.mark.parametrize("version", ["--http1.1", "--http1.0"])
def test_a_file_is_uploaded_after_100_continue(proxy: Proxy, tmp_path: Path, version: str) -> None:
    """Of a file this large curl asks first whether it may, unless it speaks HTTP/1.0."""
    file = tmp_path / "file"
    file.write_bytes(b"0123456789abcdef" * 100_000)
    arguments = (version, "--expect100-timeout", "15", "--upload-file", str(file))
    found = described(proxy, *arguments)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert (found["method"], found["length"], found["sha256"]) == ("PUT", 1_600_000, digest)


def test_an_upload_that_is_refused_is_not_sent(proxy: Proxy, tmp_path: Path) -> None:
    """The server's 413 reaches a client that still sends, and not a broken connection."""
    file = tmp_path / "file"
    file.write_bytes(bytes(4_000_000))
    answer = text(proxy, "/refuse", "--upload-file", str(file))
    assert "HTTP/1.1 413 " in answer
    assert answer.endswith("\n\ntoo much\n")


def test_a_form_with_a_file(proxy: Proxy, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(50_000))
    found = described(proxy, "--form", "name=value", "--form", f"file=@{file}")
    assert found["fields"]["content-type"].startswith("multipart/form-data; boundary=")
    assert found["length"] == int(found["fields"]["content-length"]) > 50_000


@pytest.mark.parametrize(
    "path",
    ["/describe/../a/./b//c", "/describe/%2e%2e/%2F?q=%00&x=a+b", "/describe?", "/describe/;"],
)
def test_a_path_arrives_as_it_is(proxy: Proxy, path: str) -> None:
    assert json.loads(run(proxy, path, "--path-as-is"))["url"] == path


def test_asterisk_form(proxy: Proxy) -> None:
    assert run(proxy, "/", "--request", "OPTIONS", "--request-target", "*") == b"node\n"


def test_redirects(proxy: Proxy) -> None:
    """Three hops on one connection; and an absolute URL, which names what the client asked for."""
    counted = ("--location", "--write-out", " %{num_redirects} %{num_connects}")
    assert run(proxy, "/redirect/3", *counted).endswith(b"} 3 1")
    assert "\nLocation: http://web/describe\n" in text(proxy, "/elsewhere")


def test_a_repeated_post_after_307(proxy: Proxy) -> None:
    answer = run(proxy, "/again", "--location", "--data-binary", "x" * 5000)
    found = json.loads(answer)
    assert (found["method"], found["length"]) == ("POST", 5000)


def test_trailers(proxy: Proxy) -> None:
    """Both fields come after the body, in chunks."""
    answer = text(proxy, "/trailers", "--raw")
    head, _, body = answer.partition("\n\n")
    assert "\nTransfer-Encoding: chunked" in head
    assert body.endswith("\n0\nX-Sum: 532\nServer-Timing: total;dur=3\n\n")
    assert run(proxy, "/trailers") == b"hello"


def test_no_trailers_and_no_chunks_for_http_1_0(proxy: Proxy) -> None:
    answer = text(proxy, "/trailers", "--raw", "--http1.0")
    assert "chunked" not in answer
    assert answer.endswith("\n\nhello")


def test_raw_chunks_end_where_they_should(proxy: Proxy) -> None:
    body = run(proxy, "/gzip/100", "--raw")
    assert body.endswith(b"\r\n0\r\n\r\n")


def test_cookies(proxy: Proxy, tmp_path: Path) -> None:
    """Each `Set-Cookie` is a line of its own, and both cookies come back in one."""
    jar = ("--cookie-jar", str(tmp_path / "jar"), "--cookie", str(tmp_path / "jar"))
    assert text(proxy, "/cookies", *jar).count("\nSet-Cookie: ") == 2
    sent = set(run(proxy, "/cookies", *jar).decode().split("; "))
    assert sent == {"a=1", "b=2"}


def test_early_hints(proxy: Proxy) -> None:
    answer = text(proxy, "/hints")
    assert answer.startswith(
        "HTTP/1.1 103 Early Hints\nLink: </style.css>; rel=preload\n\nHTTP/1.1 200"
    )


def test_an_answer_that_breaks_off(proxy: Proxy) -> None:
    """Partial file, or a reset: never a body that looks whole, though it is in chunks."""
    with pytest.raises(AssertionError, match=r"\((18|56),"):
        run(proxy, "/break")


def test_http_2_is_declined(proxy: Proxy) -> None:
    """curl offers `Upgrade: h2c`, which goes no further, and goes on with HTTP/1.1."""
    assert text(proxy, "/describe", "--http2").startswith("HTTP/1.1 200 ")
    assert described(proxy, "--http2")["fields"].keys().isdisjoint({"upgrade", "http2-settings"})


def test_requests_at_once(proxy: Proxy) -> None:
    """`--parallel`: 50 requests over up to 20 connections."""
    done = run(proxy, "/late/[1-50]", "--parallel", "--parallel-max", "20")
    assert done == b"late\n" * 50


def test_through_a_proxy_setting(proxy: Proxy) -> None:
    """The whole URI in the request line; the server sees the path alone."""
    command = [find("curl", "curl"), "--silent", "--show-error", "--max-time", "20"]
    url = "http://web/describe?a=b"
    arguments = ["--proxy", f"http://127.0.0.1:{proxy.port}", url]
    found = json.loads(subprocess.run([*command, *arguments], capture_output=True).stdout)
    assert found["url"] == "/describe?a=b"
    assert "Proxy-Connection" not in found["headers"]


def tunnelled(proxy: Proxy, port: int) -> subprocess.CompletedProcess[bytes]:
    """curl's CONNECT to 127.0.0.1:`port`, and what it gets from there."""
    through = ["--proxytunnel", "--proxy", f"http://127.0.0.1:{proxy.port}"]
    command = [find("curl", "curl"), "--silent", "--show-error", "--max-time", "20", *through]
    url = f"http://127.0.0.1:{port}/describe"
    return subprocess.run([*command, url], capture_output=True, timeout=30)


def test_connect(start: Start, node_port: int) -> None:
    """The Node server is the proxy that CONNECT is passed to, and what lies behind it."""
    proxy = start(f"/svc => /$/inet/127.0.0.1/{node_port} ;", "connectEnabled: true")
    done = tunnelled(proxy, node_port)
    assert done.returncode == 0, done.stderr
    assert "Via" not in json.loads(done.stdout)["headers"]
    nowhere = tunnelled(proxy, 1)
    assert nowhere.returncode == 56, nowhere.stderr


def test_connect_unless_it_is_configured(proxy: Proxy, node_port: int) -> None:
    done = tunnelled(proxy, node_port)
    assert done.returncode == 56
    assert b"405" in done.stderr
