"""The pages of the error codes: there is one where it is needed, and what it names exists."""

from __future__ import annotations

import re

import pytest
from tests.admin.conftest import FakeView
from twisted.internet.task import Clock

from linkerd.admin.endpoints import INTERPRETER_STATE, Endpoints
from linkerd.catalogue import CATALOGUE
from linkerd.cli.explain_code import PAGES, page_of
from linkerd.config.registry import root_class
from linkerd.config.schema import schema_of

CODES = sorted(file.stem for file in PAGES.iterdir())
COMMAND = re.compile(
    r"linkerd (check|explain|help|schema|dtab (?:lint|eval|diff)|tls (?:test|dev-ca)) "
)
OPTIONS = {"--admin", "--server", "--timeout", "-H"}


def keys_of(schema: object) -> set[str]:
    """All keys and kinds that a configuration may have."""
    found: set[str] = set()
    if isinstance(schema, dict):
        found |= set(schema.get("properties", {}))
        found |= {word for word in schema.get("enum", ()) if isinstance(word, str)}
        if isinstance(schema.get("const"), str):
            found.add(schema["const"])
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            found |= keys_of(each)
    return found


KEYS = keys_of(schema_of(root_class()))


def test_every_naming_and_endpoint_error_has_a_page_and_no_page_is_without_an_error() -> None:
    assert {code for code in CATALOGUE if code[4] in "12"} <= set(CODES) <= set(CATALOGUE)


@pytest.mark.parametrize("code", CODES)
def test_pages_are_of_one_form(code: str) -> None:
    page = page_of(code)
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == [
        "Usual causes",
        "How to find out",
        "What to do",
    ]
    assert max(len(line) for line in page.splitlines()) < 100
    assert page.endswith("\n")
    assert not page.startswith("#")


@pytest.mark.parametrize("code", CODES)
def test_what_pages_name_exists(code: str) -> None:
    page = page_of(code)
    for line in re.findall(r"(?:^    |`)(linkerd .*?)(?:`|$)", page, re.MULTILINE):
        assert COMMAND.match(f"{line} "), line
        assert set(re.findall(r" (--?[a-zA-Z]+)", line)) <= OPTIONS, line
    endpoints = Endpoints(FakeView(), Clock())
    known = endpoints.paths()
    for path in re.findall(r"`(/[a-z_<>/.0-9-]+\.json|/explain)`", page):
        below = any(
            path.startswith(each) for each in known if each.endswith("s/") or "state/" in each
        )
        assert path in known or below or INTERPRETER_STATE.fullmatch(path), path
    for key in re.findall(r"`([a-z]+[A-Z][A-Za-z]+)`", page):
        assert key in KEYS, key
    for key in re.findall(r"^    *(?:- )?([a-zA-Z]+):(?: |$)", page, re.MULTILINE):
        assert key in KEYS, key
    for kind in re.findall(r"\bio\.l5d\.[a-zA-Z.0-9]*[a-zA-Z0-9]", page):
        assert kind.removesuffix(".json") in KEYS, kind
