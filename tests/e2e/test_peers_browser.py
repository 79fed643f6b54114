"""Chromium through the proxy: pages with a WebSocket and an EventSource; what they rest on."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import requests
from tests.support.processes import free_ports
from tests.support.programs import browsing, serving, with_aiohttp
from tests.support.proxy import running_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.processes import Program
    from tests.support.proxy import Proxy

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, int]]:
    """Server on aiohttp, with its port."""
    (port,) = free_ports(1)
    with serving(with_aiohttp("web.py", port), port, tmp_path_factory.mktemp("web")) as program:
        yield program, port


@pytest.fixture(scope="module")
def shared(
    carrier: str, web: tuple[Program, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """Proxy that leads every name to it: a browser's `Host` has the port, too."""
    dtab = f"/svc => /$/inet/127.0.0.1/{web[1]} ;"
    with running_proxy(tmp_path_factory.mktemp("proxy"), carrier, dtab) as proxy:
        yield proxy
        assert proxy.stop(), proxy.output


def reports(program: Program, name: str) -> list[str]:
    """What the pages of this name have reported so far."""
    found = [json.loads(line) for line in re.findall("^report (.*)$", program.output, re.MULTILINE)]
    return [each["result"] for each in found if each["name"] == name]


@pytest.mark.parametrize("name", ["socket", "events"])
def test_page(proxy: Proxy, web: tuple[Program, int], name: str, tmp_path: Path) -> None:
    server, _ = web
    before = len(reports(server, name))
    url = f"http://web.test:{proxy.port}/page/{name}.html"
    with browsing(url, tmp_path) as browser:
        browser.wait_until(lambda: len(reports(server, name)) > before, "reported", 30)
    assert reports(server, name)[before:] == ["passed"], browser.output


def test_events_arrive_at_once(proxy: Proxy) -> None:
    """The server sends the next one only when the one before was seen."""
    base = f"http://127.0.0.1:{proxy.port}"
    key = f"{proxy.port}"
    with requests.get(f"{base}/events?key={key}", stream=True, timeout=20) as answer:
        lines = answer.iter_lines(1, decode_unicode=True)
        numbers = [line[4:] for line in lines if line.startswith("id: ") and seen(base, key, line)]
    assert numbers == ["1", "2", "3", "4", "5"]


def seen(base: str, key: str, line: str) -> bool:
    """Tell the server that this event has arrived."""
    return requests.post(f"{base}/seen/{key}/{line[4:]}", timeout=20).ok
