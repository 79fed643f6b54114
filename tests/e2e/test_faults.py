"""Configurations that cannot be started: exit status 1, every fault on a line, nothing listens."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from typing import TYPE_CHECKING

from tests.support.processes import environment, fetch, free_ports, is_open, proxy_command, running
from tests.support.proxy import inet, write_config

if TYPE_CHECKING:
    from pathlib import Path


def refused(config: Path | str, given: str | None = None) -> str:
    """What the proxy prints when it does not start."""
    done = subprocess.run(
        proxy_command(config),
        input=given,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.returncode == 1, done
    assert "Traceback" not in done.stdout + done.stderr
    assert "Unhandled" not in done.stdout + done.stderr
    return done.stderr


def test_all_faults_at_once(tmp_path: Path) -> None:
    port, admin = free_ports(2)
    file = tmp_path / "linkerd.yaml"
    file.write_text(
        f"admin: {{port: {admin}, prot: 1}}\n"
        "routers:\n"
        "- protocol: http\n"
        "  dtab: /svc => nowhere ;\n"
        "  identifer: {kind: io.l5d.path}\n"
        "  client: {requestAuthorizers: []}\n"
        f"  servers: [{{port: {port}}}, {{port: many}}]\n"
        "- protocol: mux\n"
    )
    lines = [line for line in refused(file).splitlines() if "[L5D-" in line]
    places = {re.sub(r".*?:(\d+):\d+: (\S+): .*\[(L5D-\d+)\]", r"\1 \2 \3", line) for line in lines}
    assert places >= {
        "1 admin.prot L5D-4002",
        "4 routers[0].dtab L5D-4004",
        "5 routers[0].identifer L5D-4002",
        "6 routers[0].client.requestAuthorizers L5D-4007",
        "7 routers[0].servers[1].port L5D-4004",
    }
    assert any("'mux'" in line or "mux" in line for line in lines)
    assert any("did you mean 'port'?" in line for line in lines)
    assert any("did you mean 'identifier'?" in line for line in lines)
    assert not is_open(port)
    assert not is_open(admin)


def test_what_is_not_yaml(tmp_path: Path) -> None:
    file = tmp_path / "linkerd.yaml"
    file.write_text("routers: [\n")
    assert "[L5D-4001]" in refused(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "no-such-file.yaml" in refused(tmp_path / "no-such-file.yaml")


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """Neither the other server nor admin listens then, and the line says where it stands."""
    config, port, admin = write_config(tmp_path, inet(1))
    (other,) = free_ports(1)
    text = config.read_text()
    config.write_text(text.replace("servers: [", f"servers: [{{port: {other}}}, "))
    with socket.create_server(("127.0.0.1", port)):
        output = refused(config)
        assert "routers[0].servers[1].port" in output
        assert f"cannot listen on 127.0.0.1:{port}" in output
        assert "[L5D-4010]" in output
        assert not is_open(admin)
        assert not is_open(other)
    with socket.create_server(("127.0.0.1", admin)):
        output = refused(config)
        assert "admin.port" in output
        assert "[L5D-4010]" in output
        assert not is_open(port)


def test_standard_input(tmp_path: Path, origin_port: int) -> None:
    config, port, admin = write_config(tmp_path, inet(origin_port))
    command = ["sh", "-c", 'exec "$@" < "$0"', str(config), *proxy_command("-")]
    with running(command, tmp_path / "log") as proxy:
        proxy.wait_open(admin)
        assert fetch(port, "/", {"Host": "web"}) == (200, b"origin\n"), proxy.output
    assert "<stdin>:1:1: nonsense: unknown key" in refused("-", "nonsense: 1\n")


def test_json(tmp_path: Path, origin_port: int) -> None:
    port, admin = free_ports(2)
    file = tmp_path / "linkerd.json"
    router = {"protocol": "http", "dtab": inet(origin_port), "servers": [{"port": port}]}
    file.write_text(json.dumps({"admin": {"port": admin}, "routers": [router]}))
    with running(proxy_command(file), tmp_path / "log") as proxy:
        proxy.wait_open(admin)
        assert fetch(port, "/", {"Host": "web"}) == (200, b"origin\n"), proxy.output
