"""The admin server of a running proxy, and its first page in a browser."""

from __future__ import annotations

import http.client
import json
import re
import struct
import subprocess
import urllib.parse
import zlib
from typing import TYPE_CHECKING

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from tests.support.processes import fetch, is_open
from tests.support.servers import find

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Start
    from tests.support.proxy import Proxy


def test_ping(proxy: Proxy) -> None:
    assert fetch(proxy.admin, "/admin/ping") == (200, b"pong")


def test_metrics_json(proxy: Proxy) -> None:
    before = proxy.metrics()
    for _ in range(3):
        assert proxy.get()[0] == 200
    assert proxy.get(host="nobody")[0] == 502
    after = proxy.metrics()
    server = f"rt/http/server/127.0.0.1/{proxy.port}"
    service = "rt/http/service/svc/web"

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown(f"{server}/requests") == 4
    assert grown(f"{server}/success") == 3
    assert grown(f"{server}/failures") == 1
    assert grown(f"{server}/status/200") == 3
    assert grown(f"{server}/status/502") == 1
    assert grown(f"{service}/requests") == 3
    assert grown(f"{service}/success") == 3
    (client,) = {name for name in after if re.fullmatch(r"rt/http/client/.*/status/200", name)}
    assert grown(client) == 3


def test_metrics_json_forms(proxy: Proxy) -> None:
    proxy.get()
    flat = proxy.metrics()
    status, pretty = fetch(proxy.admin, "/admin/metrics.json?pretty=true")
    assert status == 200
    assert pretty.count(b"\n") > len(flat)
    assert set(json.loads(pretty)) == set(flat)
    tree = proxy.admin_json("/admin/metrics.json?tree=1")
    server = tree["rt"]["http"]["server"][f"127.0.0.1/{proxy.port}"]
    assert server["requests"]["counter"] == flat[f"rt/http/server/127.0.0.1/{proxy.port}/requests"]
    below = proxy.admin_json("/admin/metrics.json?q=rt/http/server")
    assert below
    assert len(below) < len(flat)
    assert fetch(proxy.admin, "/admin/metrics.json?q=rt/none")[0] == 404


def test_prometheus(proxy: Proxy) -> None:
    """The text parses, and says the same as the JSON."""
    proxy.get()
    status, text = fetch(proxy.admin, "/admin/metrics/prometheus")
    assert status == 200
    families = list(text_string_to_metric_families(text.decode()))
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }
    assert len(samples) > 50
    labels = (("rt", "http"), ("server", f"127.0.0.1/{proxy.port}"))
    found = [
        value
        for (name, have), value in samples.items()
        if name.endswith("rt:server:requests") and have == labels
    ]
    name = f"rt/http/server/127.0.0.1/{proxy.port}/requests"
    assert found == [proxy.metrics()[name]]


def test_config_json(proxy: Proxy) -> None:
    shown = proxy.admin_json("/config.json")
    given = yaml.safe_load(proxy.config.read_text())
    assert shown["admin"]["port"] == given["admin"]["port"]
    assert shown["routers"][0]["protocol"] == "http"
    assert shown["routers"][0]["servers"][0]["port"] == proxy.port


def test_delegator_json(proxy: Proxy, origin_port: int) -> None:
    dtab = f"/svc/web => /$/inet/127.0.0.1/{origin_port}"
    query = urllib.parse.urlencode({"dtab": dtab, "path": "/svc/web"})
    by_query = proxy.admin_json(f"/delegator.json?{query}")
    assert by_query["type"] == "delegate"
    assert by_query["path"] == "/svc/web"
    assert f"/$/inet/127.0.0.1/{origin_port}" in json.dumps(by_query)
    connection = http.client.HTTPConnection("127.0.0.1", proxy.admin, timeout=10)
    question = json.dumps({"namespace": "http", "dtab": dtab, "path": "/svc/web"})
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/delegator.json", question, headers)
    answer = connection.getresponse()
    assert answer.status == 200
    assert "bound" in answer.read().decode()
    connection.close()


def test_client_state_json(proxy: Proxy, origin_port: int) -> None:
    proxy.get()
    [(name, client)] = proxy.admin_json("/client_state.json").items()
    assert name == f"/$/inet/127.0.0.1/{origin_port}"
    assert (client["state"], client["addresses"]) == ("bound", [f"127.0.0.1:{origin_port}"])
    assert (client["balancer"]["kind"], client["policy"]) == ("p2c", {})
    [endpoint] = client["endpoints"]
    assert (endpoint["state"], endpoint["connections"], endpoint["idle"]) == ("open", 1, 1)


def test_first_page(proxy: Proxy, origin_port: int) -> None:
    proxy.get()
    status, body = fetch(proxy.admin, "/")
    page = body.decode()
    assert status == 200
    assert page.startswith("<!DOCTYPE html>")
    for wanted in (f"127.0.0.1:{origin_port}", "/svc/web", f"/$/inet/127.0.0.1/{origin_port}"):
        assert wanted in page, wanted
    for file in re.findall(r'(?:href|src)="(admin/files/[^"]+)"', page):
        assert fetch(proxy.admin, f"/{file}")[0] == 200, file


def test_only_a_post_ends_the_process(proxy: Proxy) -> None:
    assert fetch(proxy.admin, "/admin/shutdown")[0] == 405
    assert fetch(proxy.admin, "/admin/shutdown", method="HEAD")[0] == 405
    assert proxy.get()[0] == 200


def test_a_page_of_another_origin_may_not_end_it(proxy: Proxy) -> None:
    """Nor may one whose name was made to resolve to this machine."""
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        assert fetch(proxy.admin, "/admin/shutdown", headers, "POST")[0] == 403
    assert proxy.get()[0] == 200


def test_malformed_requests_to_admin(proxy: Proxy) -> None:
    proxy.port, proxy.admin = proxy.admin, proxy.port
    try:
        for raw in (
            b"GET\r\n\r\n",
            b"\0\0\0\0\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"POST /admin/shut",
        ):
            assert proxy.say(raw, patience_s=0.1)[9:10] in (b"4", b"5", b""), raw
    finally:
        proxy.port, proxy.admin = proxy.admin, proxy.port
    assert fetch(proxy.admin, "/admin/ping") == (200, b"pong")


def test_an_open_admin_port_means_a_ready_proxy(start: Start, origin_port: int) -> None:
    """`start` returns as soon as admin accepts; everything else must be open then."""
    proxy = start(f"/svc/web => /$/inet/127.0.0.1/{origin_port}")
    assert is_open(proxy.port)
    log = proxy.output
    assert log.index(f"serving http on /127.0.0.1:{proxy.port}") < log.index("serving http admin")


def pixels(png: bytes) -> tuple[int, int, int]:
    """Width, height and the number of different bytes in the picture's filtered rows."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    data, at = b"", 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    return width, height, len(set(zlib.decompress(data)))


@pytest.mark.server
def test_the_first_page_in_a_browser(proxy: Proxy, tmp_path: Path, origin_port: int) -> None:
    """Chromium renders it, runs its script, and finds nothing to complain about."""
    proxy.get()
    picture = tmp_path / "page.png"
    command = [
        *(find("chromium", "chromium"), "--headless", "--no-sandbox", "--disable-gpu"),
        *("--disable-dev-shm-usage", f"--user-data-dir={tmp_path / 'profile'}"),
        *("--enable-logging=stderr", "--v=0", "--window-size=1200,900", "--hide-scrollbars"),
    ]
    url = f"http://127.0.0.1:{proxy.admin}/"
    done = subprocess.run(
        [*command, f"--screenshot={picture}", url], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "CONSOLE" not in done.stderr, done.stderr
    width, height, shades = pixels(picture.read_bytes())
    assert (width, height) == (1200, 900)
    assert shades > 50
    dom = subprocess.run([*command, "--dump-dom", url], capture_output=True, text=True, timeout=60)
    assert f"127.0.0.1:{origin_port}" in dom.stdout
    assert "/svc/web" in dom.stdout
