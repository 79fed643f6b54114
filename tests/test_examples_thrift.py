"""The example of Thrift does what its comments say, on Apache Thrift and on thriftpy2."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.processes import (
    children,
    copy_checkout,
    environment,
    gone,
    is_open,
    running,
)
from tests.support.servers import find

if TYPE_CHECKING:
    from pathlib import Path

PORTS = (4114, 9091, 9092, 9990)
CLIENTS = ("client.py", "apache_client.py")


@pytest.mark.slow
def test_run(tmp_path: Path) -> None:
    find("thrift", "thrift-compiler")
    for port in PORTS:
        assert not is_open(port), f"port {port} is in use by another program"
    checkout = copy_checkout(tmp_path / "checkout")
    folder = checkout / "examples" / "thrift"
    env = environment(PYTHON=sys.executable)
    with running([str(folder / "run")], tmp_path / "log", env, tmp_path) as program:
        for port in PORTS:
            program.wait_open(port)
        for name in CLIENTS:
            assert f"examples/thrift/{name}" in (folder / "linkerd.yaml").read_text()
            done = subprocess.run(
                [sys.executable, str(folder / name)],
                capture_output=True,
                text=True,
                check=False,
                timeout=30,
            )
            *mails, missing = done.stdout.split("\n")[:-1]
            assert set(mails) <= {"ann@thriftpy2", "ann@apache"}, done.stderr
            assert (len(mails), missing) == (4, "no eve")

        def lines() -> list[dict[str, object]]:
            told = program.output.splitlines()
            return [json.loads(line) for line in told if line.startswith("{")]

        program.wait_until(lambda: len(lines()) == 14, "the log", 5)
        found = [line for line in lines() if line["method"] == "find"]
        assert {line["endpoint"] for line in found} == {"127.0.0.1:9091", "127.0.0.1:9092"}
        assert [line["result"] for line in found].count("NotFound") == 2
        saved = next(line for line in lines() if line["method"] == "save")
        assert saved["arguments"] == {
            "user": {"name": "eve", "mail": "eve@home"},
            "password": "(redacted)",
        }
        assert "secret" not in program.output
        pids = children(program.pid)
        program.end()
        assert gone(pids)
        assert "Traceback" not in program.output
