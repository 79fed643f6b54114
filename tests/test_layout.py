"""What only a machine keeps up: mirrored tests, short files, docstrings, scripts that start."""

from __future__ import annotations

import ast
import os
import re
import subprocess

import pytest
from tests.support.processes import ROOT

SOURCE = ROOT / "src" / "linkerd"
TESTS = ROOT / "tests"
MODULES = sorted(SOURCE.rglob("*.py"))
BENCHMARKS = sorted(ROOT.glob("benchmarks/*.py"))
LONGEST = 400
LONGEST_TEST = 600  # a test file mirrors one module, however much there is to say about it
FIND = re.compile(r'(?<![\w.])find(?:_library)?\(\s*"[^"]+",\s*"([^"]+)"')

WITHOUT_TEST: dict[str, str] = {
    "_typing.py": "nothing but a name for the type checker",
    "config/scalars.py": "nothing but names of types; reading.py gives them meaning",
}
"""Modules that have no test file of their own, each with the reason."""


def mirrored(module: str) -> list[str]:
    """Test files that may stand for `module`, by name: `a/b.py` has `a/test_b*.py`."""
    folder, _, name = module.rpartition("/")
    stem = name.removesuffix(".py")
    here = TESTS / folder
    exact = re.compile(rf"test_{re.escape(stem)}(_\w+)?\.py")
    return [file.name for file in here.glob("test_*.py") if exact.fullmatch(file.name)]


def names() -> list[str]:
    return [str(module.relative_to(SOURCE)) for module in MODULES]


@pytest.mark.parametrize("module", [name for name in names() if not name.endswith("__init__.py")])
def test_every_module_has_its_test(module: str) -> None:
    if module in WITHOUT_TEST:
        assert not mirrored(module), f"{module} has a test now: take it off the list"
    else:
        assert mirrored(module), f"no tests/{module.replace('/', '/test_', 1)}"


def test_exemptions_are_of_modules_that_exist() -> None:
    assert set(WITHOUT_TEST) <= set(names())


def test_no_file_is_too_long() -> None:
    limits = dict.fromkeys([*MODULES, *BENCHMARKS], LONGEST)
    limits |= dict.fromkeys(TESTS.rglob("*.py"), LONGEST_TEST)
    lengths = {file: len(file.read_text().splitlines()) for file in limits}
    too_long = {str(f.relative_to(ROOT)): n for f, n in lengths.items() if n > limits[f]}
    assert too_long == {}


def test_every_module_says_what_it_is() -> None:
    files = [*MODULES, *BENCHMARKS]
    silent = [str(f.relative_to(ROOT)) for f in files if not ast.get_docstring(_tree(f))]
    assert silent == []


def _tree(file: os.PathLike[str]) -> ast.Module:
    with open(file, encoding="utf-8") as source:
        return ast.parse(source.read())


@pytest.mark.parametrize("script", ["quickstart", "test", ".ci/run"])
def test_scripts_can_be_started(script: str) -> None:
    file = ROOT / script
    assert os.access(file, os.X_OK)
    assert file.read_text().startswith("#!/usr/bin/env bash\n")
    subprocess.run(["bash", "-n", str(file)], check=True, timeout=10)


def test_every_package_that_tests_need_is_listed() -> None:
    """What a test asks `find` for must be what `./test --all` installs."""
    listed = set((ROOT / "apt-packages.txt").read_text().splitlines())
    wanted = {package for file in TESTS.rglob("*.py") for package in FIND.findall(file.read_text())}
    assert wanted <= listed
