"""TRACE through two proxies in a row, and past a server that trusts nobody."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.support.processes import fetch, free_ports
from tests.support.proxy import inet
from tests.support.servers import find

if TYPE_CHECKING:
    from tests.e2e.conftest import Start
    from tests.support.proxy import Proxy

BLOCK = """\
--- Router: {label} ---
request duration: N ms
service name: /svc/web
client name: /$/inet/127.0.0.1/{port}
addresses: [127.0.0.1:{port}]
selected address: 127.0.0.1:{port}
dtab resolution:
  /svc/web
  /$/inet/127.0.0.1/{port} (/svc/web=>/$/inet/127.0.0.1/{port})
"""


@pytest.fixture
def inner(start: Start, origin_port: int) -> Proxy:
    """The proxy beside the back end."""
    return start(inet(origin_port), "label: inner")


@pytest.fixture
def outer(start: Start, inner: Proxy) -> Proxy:
    """The proxy that is asked."""
    return start(inet(inner.port), "label: outer")


def trace(port: int, *arguments: str, host: str = "web") -> tuple[str, str]:
    """Head and body of what curl prints, times left out."""
    curl = find("curl", "curl")
    done = subprocess.run(
        [
            *(curl, "--silent", "--show-error", "--include", "--max-time", "20", "-X", "TRACE"),
            *("-H", f"Host: {host}", "-H", "l5d-add-context: true", *arguments),
            f"http://127.0.0.1:{port}/",
        ],
        capture_output=True,
        check=True,
        timeout=30,
        text=True,
    )
    # Text mode has made line feeds of all line ends.
    head, _, body = done.stdout.partition("\n\n")
    return head, re.sub(r"(?<=\nrequest duration: )\d+(?= ms\n)", "N", body)


def test_each_proxy_adds_its_block(outer: Proxy, inner: Proxy, origin_port: int) -> None:
    head, body = trace(outer.port)
    assert head.startswith("HTTP/1.1 200 ")
    assert body == "origin\n\n{}\n{}".format(
        BLOCK.format(label="inner", port=origin_port), BLOCK.format(label="outer", port=inner.port)
    )


def test_the_last_hop_answers(outer: Proxy, inner: Proxy, origin_port: int) -> None:
    ours = BLOCK.format(label="outer", port=inner.port)
    assert trace(outer.port, "-H", "Max-Forwards: 0")[1] == "\n\n" + ours
    theirs = BLOCK.format(label="inner", port=origin_port)
    assert trace(outer.port, "-H", "Max-Forwards: 1")[1] == f"{theirs}\n{ours}"


def test_one_connection_serves_traces_and_others(outer: Proxy) -> None:
    """Nothing of a collected answer gets into the next one."""
    request = b"%b / HTTP/1.1\r\nHost: web\r\nl5d-add-context: 1\r\n"
    raw = b"".join(request % each + b"\r\n" for each in (b"TRACE", b"GET", b"TRACE"))
    answer = outer.say(raw + request % b"GET" + b"Connection: close\r\n\r\n")
    assert len(re.findall(rb"HTTP/1\.1 200 ", answer)) == 4
    assert answer.count(b"--- Router: ") == 4


def test_strangers_learn_nothing(start: Start, origin_port: int) -> None:
    """Neither the way, nor why there is none, nor what the next proxy says of it."""
    (port,) = free_ports(1)
    rules = f"{inet(origin_port)} /svc/next => /$/inet/127.0.0.1/"
    inside = start(inet(origin_port))
    start(
        inet(origin_port),
        more=(
            "- protocol: http\n  label: edge\n"
            f"  dtab: {rules}{inside.port}\n"
            f"  servers: [{{port: {port}, clearContext: true}}]\n"
        ),
    )
    head, body = trace(port)
    assert head.startswith("HTTP/1.1 200 ")
    assert "l5d-" not in head.lower()
    assert body == "origin\n"
    for host in ("nowhere", "next"):
        head, body = trace(port, host=host)
        assert head.startswith("HTTP/1.1 502 "), host
        assert "l5d-" not in head.lower()
        assert body == ""
    status, found = fetch(port, "/", {"Host": "web", "l5d-dtab": "/svc => /$/nil"})
    assert (status, found) == (200, b"origin\n")
