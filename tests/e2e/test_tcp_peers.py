"""Databases behind the proxy, with their own clients: they notice nothing of it."""

from __future__ import annotations

import json
import os
import re
import uuid
from typing import TYPE_CHECKING

import pytest
from kazoo.client import KazooClient
from tests.support.postgres import postgres
from tests.support.processes import free_ports
from tests.support.programs import serving, succeeds
from tests.support.proxy import Proxy, running_proxy
from tests.support.servers import find
from tests.support.zookeeper import zookeeper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """The ports of the servers."""
    folder = tmp_path_factory.mktemp("servers")
    (redis,) = free_ports(1)
    server = find("redis-server", "redis-server")
    command = [server, "--port", str(redis), "--save", "", "--appendonly", "no"]
    with (
        postgres() as database,
        serving(command, redis, folder),
        zookeeper(folder) as (ensemble, _),
    ):
        yield {"postgres": database, "redis": redis, "zookeeper": ensemble}


@pytest.fixture(scope="module")
def ports(behind: dict[str, int]) -> dict[str, int]:
    return dict(zip(behind, free_ports(len(behind)), strict=True))


@pytest.fixture(scope="module")
def shared(
    carrier: str,
    behind: dict[str, int],
    ports: dict[str, int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxy]:
    rules = [f"/svc/{ports[name]} => /$/inet/127.0.0.1/{port}" for name, port in behind.items()]
    servers = [{"port": port} for port in ports.values()]
    router = {"protocol": "tcp", "dtab": ";".join(rules), "servers": servers}
    folder = tmp_path_factory.mktemp("proxy")
    more = f"- {json.dumps(router)}\n"
    with running_proxy(folder, carrier, "/svc => /$/inet/127.0.0.1/1", more=more) as proxy:
        yield proxy
        assert proxy.stop(), proxy.output


def at(port: int) -> list[str]:
    """What leads PostgreSQL's clients to a port."""
    return ["-h", "127.0.0.1", "-p", str(port), "-U", "test"]


def test_pgbench(proxy: Proxy, ports: dict[str, int]) -> None:
    where = at(ports["postgres"])
    succeeds(["pgbench", *where, "-q", "-i", "-s", "1", "postgres"])
    told = succeeds(["pgbench", *where, "-c", "8", "-T", "2", "postgres"])
    assert re.search(r"number of failed transactions: 0 ", told), told
    # One connection for each transaction.
    told = succeeds(["pgbench", *where, "-C", "-S", "-c", "4", "-T", "1", "postgres"])
    assert re.search(r"number of failed transactions: 0 ", told), told


def test_a_large_copy_both_ways(proxy: Proxy, ports: dict[str, int], tmp_path: Path) -> None:
    """Through one connection in, and through another out again."""
    lines = "".join(f"{number}\t{number * number:0300}\n" for number in range(60_000))
    (tmp_path / "rows").write_text(lines)
    psql = ["psql", *at(ports["postgres"]), "-q", "-v", "ON_ERROR_STOP=1", "postgres", "-c"]
    succeeds([*psql, "drop table if exists rows; create table rows (a int, b text)"])
    succeeds([*psql, f"\\copy rows from '{tmp_path}/rows'"])
    succeeds([*psql, f"\\copy rows to '{tmp_path}/again'"])
    assert (tmp_path / "again").read_text() == lines


def test_redis_benchmark(proxy: Proxy, ports: dict[str, int]) -> None:
    benchmark = find("redis-benchmark", "redis-tools")
    where = ["-p", str(ports["redis"])]
    options = ["-q", "-n", "20000", "-c", "50", "-P", "4", "-d", "2000", "-t", "set,get,incr"]
    told = succeeds([benchmark, *where, *options])
    assert "SET" in told
    assert "rror" not in told


def test_zookeeper(proxy: Proxy, ports: dict[str, int]) -> None:
    client = KazooClient(f"127.0.0.1:{ports['zookeeper']}")
    client.start(10)
    try:
        data = os.urandom(500_000)
        path = f"/test-{uuid.uuid4()}"
        client.create(path, data, ephemeral=True)
        assert client.get(path)[0] == data
    finally:
        client.stop()
        client.close()
