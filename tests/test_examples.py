"""Every example loads, is listed, and does what the commands in its comments promise."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.processes import (
    ROOT,
    copy_checkout,
    environment,
    is_open,
    proxy_command,
    running,
)
from tests.support.servers import find

from linkerd.linker import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXAMPLES = ROOT / "examples"
FOLDERS = ("systemd/*", "tls/*", "thrift/*")
CONFIGURATIONS = sorted(EXAMPLES.glob("*.yaml"))


def ids(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


@pytest.mark.parametrize("file", CONFIGURATIONS, ids=ids(CONFIGURATIONS))
def test_example_loads(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    config = load(file.read_text(), str(file))
    assert config.routers


def test_every_example_is_in_the_table() -> None:
    table = (EXAMPLES / "README.md").read_text()
    linked = set(re.findall(r"\]\(([^)]+)\)", table))
    files = {
        str(file.relative_to(EXAMPLES))
        for file in [
            *EXAMPLES.glob("*.*"),
            *(f for folder in FOLDERS for f in EXAMPLES.glob(folder)),
        ]
        if file.is_file() and file.name != "README.md"
    }
    assert linked == files | {"disco", "tls/disco", "thrift/disco"}


def test_the_files_of_the_namer_name_the_demo_back_ends() -> None:
    source = (EXAMPLES / "demo_backends.py").read_text()
    served = set(re.findall(r'Backend\("\w+", (\d+)', source))
    for file in (EXAMPLES / "disco").iterdir():
        lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
        assert {line.split()[1] for line in lines} <= served, file


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, so that what an example writes does not stay behind."""
    return copy_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def _backends(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    command = [sys.executable, str(checkout / "examples" / "demo_backends.py")]
    with running(command, tmp_path_factory.mktemp("log") / "backends") as program:
        program.wait_open(18083)
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("_backends")
@pytest.mark.parametrize("name", ids(CONFIGURATIONS))
def test_the_commands_in_the_comments_work(name: str, checkout: Path, tmp_path: Path) -> None:
    find("curl", "curl")
    assert not is_open(4140), "port 4140 is in use by another program"
    assert not is_open(9990), "port 9990 is in use by another program"
    text = (checkout / "examples" / name).read_text()
    commands = re.findall(r"^ *#   ((?:echo .*&& )?curl .*)$", text, re.MULTILINE)
    assert commands
    command = proxy_command(f"examples/{name}")
    with running(command, tmp_path / "log", environment(), checkout) as proxy:
        proxy.wait_open(9990)
        for line in commands:
            done = subprocess.run(
                f"{line} -s -o /dev/null -w '%{{http_code}}'",
                shell=True,
                cwd=checkout,
                capture_output=True,
                text=True,
                check=False,
                timeout=30,
            )
            assert done.stdout == "200", (line, proxy.output)
        assert proxy.end() in (0, -15)
        assert "Traceback" not in proxy.output
