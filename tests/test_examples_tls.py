"""The example of mutual TLS does what its comments say, with certificates made for it."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.processes import (
    ROOT,
    children,
    copy_checkout,
    environment,
    gone,
    is_open,
    running,
)
from tests.support.servers import find

from linkerd.cli.main import main
from linkerd.linker import load

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "examples" / "tls"
PORTS = (4140, 4143, 9990, 9991)
MAKE = re.compile(r"tls dev-ca examples/tls/certs((?:\s+\\?\s*--\w+ \S+)+)")


def words_of_run() -> list[str]:
    """What `run` makes certificates for."""
    found = MAKE.search((FOLDER / "run").read_text())
    assert found is not None
    return found[1].replace("\\", "").split()


def test_the_configurations_load_with_the_certificates_of_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "certs"
    assert main(["tls", "dev-ca", str(made), *words_of_run()]) == 0
    monkeypatch.chdir(ROOT)
    for name in ("outgoing.yaml", "incoming.yaml"):
        text = (FOLDER / name).read_text().replace("examples/tls/certs", str(made))
        assert load(text, name).routers


def ran(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        shell=True,
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@pytest.mark.slow
def test_run(tmp_path: Path) -> None:
    find("curl", "curl")
    for port in PORTS:
        assert not is_open(port), f"port {port} is in use by another program"
    checkout = copy_checkout(tmp_path / "checkout")
    texts = [(checkout / "examples/tls" / f"{name}.yaml") for name in ("outgoing", "incoming")]
    commands = [re.findall(r"^# +(curl .*)$", file.read_text(), re.M) for file in texts]
    assert [len(each) for each in commands] == [2, 1]
    env = environment(PYTHON=sys.executable)
    with running([str(checkout / "examples/tls/run")], tmp_path / "log", env, tmp_path) as program:
        for port in PORTS:
            program.wait_open(port)
        for line in [line for each in commands for line in each]:
            done = ran(f"{line} -sS -o /dev/null -w '%{{http_code}}'", checkout)
            assert done.stdout == "200", (line, done.stderr, program.output)
        stranger = commands[1][0].partition("--cert ")[0]
        done = ran(f"{stranger} -sS https://web.internal:4143/", checkout)
        assert "alert" in done.stderr, "without a certificate there is no answer"
        for name in ("web", "slow"):
            command = f"{sys.executable} -m linkerd.cli.main tls test"
            shown = ran(f"{command} examples/tls/outgoing.yaml {name}", checkout)
            assert shown.returncode == 0, shown.stdout
            assert f"  was asked   for {name}.internal (SNI)" in shown.stdout
            assert "for a certificate, and was shown CN=outgoing" in shown.stdout
        pids = children(program.pid)
        assert len(pids) == 3
        program.end()
        assert gone(pids)
        assert "Traceback" not in program.output
