"""The wheel: what is in it, and that it works in an empty virtual environment of each Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import pytest
from tests.support.processes import (
    clean_environment,
    copy_checkout,
    fetch,
    free_ports,
    running,
)
from tests.support.servers import missing

import linkerd

pytestmark = [pytest.mark.slow, pytest.mark.timeout(420)]

VERSIONS = ("3.11", "3.12", "3.13")


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a user's pip builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    checkout = copy_checkout(folder / "checkout")
    command = (sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder, checkout)
    done = run(*command, cwd=folder)
    if done.returncode and re.search("connection|resolve|No matching", done.stderr):
        missing("a package index", "connect to one, for setuptools")
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def interpreter(version: str) -> str | None:
    """A Python of this version: from PATH, or from where pyenv keeps its own."""
    name = f"python{version}"
    roots = [Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()]
    kept = [str(found) for root in roots for found in root.glob(f"versions/{version}.*/bin/{name}")]
    for candidate in (shutil.which(name), *kept):
        if candidate is None:
            continue
        asked = run(
            candidate, "-c", "import sys, venv, ensurepip; print(sys.version)", cwd=Path("/")
        )
        if asked.returncode == 0 and asked.stdout.startswith(f"{version}."):
            return candidate
    return None


def test_the_wheel_holds_the_package_and_the_plugin(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert re.fullmatch(rf"twisted_linkerd-{re.escape(linkerd.__version__)}-.*\.whl", wheel.name)
    for wanted in ("linkerd/__init__.py", "linkerd/py.typed", "twisted/plugins/linkerd_plugin.py"):
        assert wanted in names
    assert "twisted/plugins/__init__.py" not in names
    assert "twisted/__init__.py" not in names
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"linkerd", "twisted"}
    licences = [name for name in names if name.endswith(("/LICENSE", "/NOTICE"))]
    assert len(licences) == 2


def test_every_file_of_the_package_is_in_the_wheel(wheel: Path) -> None:
    source = Path(linkerd.__file__).parent
    expected = {
        f"linkerd/{file.relative_to(source)}"
        for file in source.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert expected - set(zipfile.ZipFile(wheel).namelist()) == set()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_wheel_runs_in_an_empty_environment(wheel: Path, version: str, tmp_path: Path) -> None:
    python = interpreter(version)
    if python is None:
        warnings.warn(f"Python {version} is not on this machine: not tried", stacklevel=1)
        return
    venv = tmp_path / "venv"
    assert run(python, "-m", "venv", venv, cwd=tmp_path).returncode == 0
    programs = venv / "bin"
    done = run(programs / "pip", "install", "--quiet", wheel, cwd=tmp_path)
    if done.returncode and re.search("connection|resolve|No matching", done.stderr):
        missing("a package index", "connect to one, for the dependencies")
    assert done.returncode == 0, done.stderr

    shown = run(programs / "linkerd", "--version", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert linkerd.__version__ in shown.stdout
    offered = run(programs / "twistd", "--help", cwd=tmp_path)
    assert re.search(r"^ +linkerd ", offered.stdout, re.MULTILINE)

    port, admin = free_ports(2)
    config = tmp_path / "linkerd.yaml"
    config.write_text(
        f"admin: {{port: {admin}}}\n"
        "routers:\n"
        "- protocol: http\n"
        f"  dtab: /svc/localhost => /$/inet/127.0.0.1/{admin}\n"
        f"  servers: [{{port: {port}}}]\n"
    )
    checked = run(programs / "linkerd", "check", config, cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    twistd = [str(programs / "twistd"), "-n", "--pidfile=", "linkerd", str(config)]
    for command in (twistd, [str(programs / "linkerd"), str(config)]):
        with running(command, tmp_path / "log", clean_environment(), tmp_path) as proxy:
            proxy.wait_open(admin)
            assert fetch(port, "/admin/ping", {"Host": "localhost"}) == (200, b"pong"), proxy.output
            assert proxy.end() in (0, -15)
            assert "Traceback" not in proxy.output

    config.write_text("routers: []\nrooters: 1\n")
    refused = run(programs / "linkerd", "check", config, cwd=tmp_path)
    assert refused.returncode == 1
    assert "linkerd.yaml:2:1" in refused.stdout + refused.stderr
