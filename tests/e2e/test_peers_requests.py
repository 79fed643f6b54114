"""requests, with urllib3's pool of connections, to a Node server through the proxy."""

from __future__ import annotations

import hashlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import requests
from tests.support.proxy import running_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests.adapters import HTTPAdapter
    from tests.support.proxy import Proxy

pytestmark = pytest.mark.server

PATIENCE_S = 20


class Client(requests.Session):
    """A session that asks the proxy, and waits a while for it."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.trust_env = False
        self.base = f"http://127.0.0.1:{port}"

    def ask(self, method: str, path: str, **options: object) -> requests.Response:
        """One request."""
        return self.request(method, self.base + path, timeout=PATIENCE_S, **options)  # type: ignore[arg-type]

    def opened(self) -> int:
        """How many connections it has opened so far."""
        adapter: HTTPAdapter = self.get_adapter(self.base)  # type: ignore[assignment]
        pools = adapter.poolmanager.pools
        return sum(pools[key].num_connections for key in pools.keys())  # noqa: SIM118


@pytest.fixture(scope="module")
def shared(
    carrier: str, node_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """Proxy that leads every name to the Node server."""
    dtab = f"/svc => /$/inet/127.0.0.1/{node_port} ;"
    with running_proxy(tmp_path_factory.mktemp("proxy"), carrier, dtab) as proxy:
        yield proxy
        assert proxy.stop(), proxy.output


@pytest.fixture
def client(proxy: Proxy) -> Iterator[Client]:
    with Client(proxy.port) as found:
        yield found


def test_a_session_needs_one_connection(client: Client) -> None:
    for number in range(20):
        sent = bytes(number * 10_000)
        assert client.ask("GET", "/").text == "node\n"
        assert client.ask("POST", "/echo", data=sent).content == sent
        assert client.ask("HEAD", "/").content == b""
        assert client.ask("DELETE", "/status/204").status_code == 204
        assert client.ask("GET", "/status/404").status_code == 404
        assert len(client.ask("GET", "/redirect/2").history) == 2
    assert client.opened() == 1


def test_a_chunked_upload(client: Client) -> None:
    pieces = [bytes([number]) * 10_000 for number in range(200)]
    found = client.ask("PUT", "/describe", data=iter(pieces)).json()
    assert found["sha256"] == hashlib.sha256(b"".join(pieces)).hexdigest()
    assert "chunked" in found["headers"]


def test_a_form_with_files(client: Client) -> None:
    files = {"one": io.BytesIO(bytes(100_000)), "two": ("name.json", b"{}", "application/json")}
    echo = client.ask("POST", "/echo", data={"field": "value"}, files=files)
    assert echo.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert echo.content.count(b"\r\nContent-Disposition: form-data; ") == 3


def test_a_download_that_is_given_up(client: Client) -> None:
    """The connection is closed half read; nobody else notices."""
    with client.ask("GET", "/bytes/20000000", stream=True) as answer:
        assert len(answer.raw.read(1000)) == 1000
    assert client.ask("GET", "/").text == "node\n"


def test_gzip(client: Client) -> None:
    assert client.ask("GET", "/gzip/1000000").text == "a" * 1_000_000
    raw = client.ask("GET", "/gzip/1000000", stream=True)
    assert raw.headers["Content-Encoding"] == "gzip"
    assert raw.raw.read(2) == b"\x1f\x8b"


def test_cookies_of_a_session(client: Client) -> None:
    client.ask("GET", "/cookies")
    assert dict(client.cookies) == {"a": "1", "b": "2"}
    assert client.ask("GET", "/cookies").text == "a=1; b=2"


def test_a_repeated_post_after_307(client: Client) -> None:
    assert client.ask("POST", "/again", data=b"x" * 5000).json()["length"] == 5000


def test_an_absolute_redirect_leads_through_the_proxy(client: Client) -> None:
    """The server saw the `Host` that the client used, and so can name it."""
    answer = client.ask("GET", "/elsewhere")
    assert answer.url == client.base + "/describe"
    assert answer.headers["Via"] == "1.1 linkerd"


def test_a_body_that_breaks_off_is_an_error(client: Client) -> None:
    with pytest.raises(requests.exceptions.RequestException):
        client.ask("GET", "/break")


def test_fields_that_are_not_ascii(client: Client) -> None:
    found = client.ask("GET", "/describe", headers={"X-Name": "grüße".encode()}).json()
    assert "grüße".encode().decode("latin-1") in found["headers"]


def test_a_target_in_another_script(client: Client) -> None:
    assert client.ask("GET", "/describe/grüße?q=ä ö").json()["url"] == (
        "/describe/gr%C3%BC%C3%9Fe?q=%C3%A4%20%C3%B6"
    )


def test_many_sessions_at_once(proxy: Proxy) -> None:
    def one(number: int) -> bool:
        with Client(proxy.port) as client:
            body = {"number": number, "text": "x" * (number * 100)}
            return all(client.ask("POST", "/echo", json=body).json() == body for _ in range(10))

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(one, range(40)))


def test_as_a_proxy_for_everything(proxy: Proxy) -> None:
    """With `http_proxy` set, the client sends whole URIs, and the name of the host routes."""
    with requests.Session() as session:
        session.proxies = {"http": f"http://127.0.0.1:{proxy.port}"}
        for host in ("one.example", "two.example"):
            found = json.loads(session.get(f"http://{host}/describe?a=b", timeout=PATIENCE_S).text)
            assert found["url"] == "/describe?a=b"
            assert found["headers"][found["headers"].index("Host") + 1] == host
