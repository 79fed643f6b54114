"""The documentation is true: configurations load, programs run, links lead somewhere."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest
from tests.support.certificates import ca, leaf
from tests.support.processes import ROOT
from tests.support.servers import find_module

from linkerd.catalogue import CATALOGUE
from linkerd.config.registry import REGISTRY
from linkerd.linker import load
from linkerd.name.path import Path as Name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

DOCS = ROOT / "docs"
PAGES = sorted(
    page
    for page in [*DOCS.rglob("*.md"), *ROOT.glob("*.md"), *ROOT.glob("*/README.md")]
    if "_build" not in page.parts
)
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
MODULE = "acme_linkerd"


def blocks(page: Path, language: str) -> list[str]:
    return [text for found, text in FENCE.findall(page.read_text()) if found == language]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


CONFIGURATIONS = [
    pytest.param(text, id=f"{named(page)}-{i}")
    for page in PAGES
    for i, text in enumerate(blocks(page, "yaml"))
]


@pytest.fixture(scope="module", autouse=True)
def extension(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The distribution that extending.md describes, installed."""
    page = DOCS / "extending.md"
    site = tmp_path_factory.mktemp("site-packages")
    (site / f"{MODULE}.py").write_text("\n\n".join(blocks(page, "python")))
    [toml] = blocks(page, "toml")
    groups = tomllib.loads(toml)["project"]["entry-points"]
    lines = [
        line
        for group, points in groups.items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()))
    ]
    info = site / f"{MODULE}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {MODULE}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join(lines))
    sys.path.insert(0, str(site))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module(MODULE)
    finally:
        sys.path.remove(str(site))
        sys.modules.pop(MODULE, None)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the documentation has in /etc/linkerd/tls."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = ca()
    (folder / "ca.pem").write_text(authority.pem)
    for name in ("tls", "other"):
        made = leaf(f"{name}.test", issuer=authority)
        (folder / f"{name}.crt").write_text(made.pem)
        (folder / f"{name}.key").write_text(made.key_pem)
    return str(folder)


@pytest.mark.parametrize("text", CONFIGURATIONS)
def test_every_configuration_loads(
    text: str, certificates: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert load(text.replace("/etc/linkerd/tls", certificates), "docs").routers


def test_the_namer_of_the_docs_finds_addresses(
    extension: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_ADDR", "10.0.0.7:8080")
    namer = extension.EnvConfig().mk(None)
    bound = namer.lookup(Name.read("/web/rest")).sample().value.value
    assert bound.id == Name.read("/#/acme.env/web")
    assert bound.residual == Name.read("/rest")
    assert {(a.host, a.port) for a in bound.addr.sample().addresses} == {("10.0.0.7", 8080)}
    assert namer.lookup(Name.read("/other")).sample().value is extension.NEG


def test_the_identifier_of_the_docs_names_requests(extension: ModuleType) -> None:
    class Head:
        def __init__(self, host: bytes) -> None:
            self.host = host

        def get(self, name: bytes) -> bytes:
            return self.host if name == b"host" else b""

    identifier = extension.FirstLabelConfig().mk(Name.read("/svc"))
    key = identifier.key(Head(b"Web.example.com:8080"))
    assert identifier.name(key) == Name.read("/svc/web")
    assert identifier.key(Head(b"")) is None


def test_the_manual_is_that_of_the_classes(tmp_path: Path) -> None:
    """Run `python -m linkerd.config.manual docs/config` if this fails."""
    command = [sys.executable, "-m", "linkerd.config.manual", str(tmp_path)]
    subprocess.run(command, check=True, timeout=60)
    written, made = (
        {page.name: page.read_text() for page in folder.glob("*.md")}
        for folder in (DOCS / "config", tmp_path)
    )
    assert sorted(written) == sorted(made)
    assert [name for name in made if written[name] != made[name]] == []


@pytest.mark.parametrize("page", PAGES, ids=map(named, PAGES))
def test_links_lead_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=map(named, PAGES))
def test_codes_are_in_the_catalogue(page: Path) -> None:
    assert set(re.findall(r"L5D-\d{4}", page.read_text())) <= set(CATALOGUE)


def test_the_layers_are_those_of_the_import_contract() -> None:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = contract["contracts"][0]["layers"]
    page = (DOCS / "architecture.md").read_text()
    [shown] = [text for text in blocks(DOCS / "architecture.md", "text") if "tap | cli" in text]
    assert shown.split("\n") == [*layers, ""]
    for name in re.findall(r"\w+", " ".join(layers)):
        assert re.search(rf"^\|[^|]*`{name}`", page, re.MULTILINE), f"{name} is not in the table"


def test_families_of_kinds_are_listed() -> None:
    page = (DOCS / "extending.md").read_text()
    for family, where in re.findall(r"^\| `linkerd\.(\w+)` \| `([\w.]+)`", page, re.MULTILINE):
        assert REGISTRY.kinds(family)
        module, _, name = where.rpartition(".")
        assert getattr(importlib.import_module(module), name).family == family


@pytest.mark.slow
def test_the_docs_build_without_a_warning(tmp_path: Path) -> None:
    for module in ("sphinx", "furo", "myst_parser"):
        find_module(module, "docs")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going"]
    done = subprocess.run(
        [*command, str(DOCS), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
