from __future__ import annotations

import subprocess
import sys
from typing import ClassVar

import attrs
import pytest

from linkerd.config.manual import INDEX, main, pages, save
from linkerd.config.option import option
from linkerd.config.section import Section


@pytest.fixture
def book(sample):
    return pages(sample.root, sample.registry)


def test_one_page_a_section_or_family(book):
    assert sorted(book) == [
        "identifier.md",
        INDEX,
        "interpreter.md",
        "namer.md",
        "protocol.md",
        "server.md",
        "session.md",
    ]


def test_the_table_of_a_section(book):
    assert "| `port` | port | `4140` | The port. |\n" in book["server.md"]
    assert (
        "| `clearContext` | true or false | `false` | Drop context \\| of callers. |"
        in book["server.md"]
    )
    assert "| `session` | [session](session.md) |  | Sessions. |" in book["server.md"]
    assert "Not supported yet: `announce`, `tls` (issue 3)." in book["server.md"]
    assert "| `idleTimeMs` | integer, ms |  | Idle time. |" in book["session.md"]


def test_the_page_of_a_family(book):
    page = book["identifier.md"]
    assert page.startswith(
        "# `identifier`\n\nHow a request gets its name.\n\n## `kind: io.l5d.header.token`\n"
    )
    assert "| `path` | path | required | The name. |" in page
    assert "| `header` | text | `Host` | The header. Example: `header: my-header`. |" in page
    assert "## Not supported yet\n\nOf Linkerd 1: `io.l5d.header.path`," in page
    assert "Without `kind` it is `default`." in book["interpreter.md"]
    assert "## `protocol: http`" in book["protocol.md"]
    assert (
        "| `identifier` | [identifier](identifier.md), or a list of them |  |"
        in book["protocol.md"]
    )
    assert "| Limit of a head. Since 0.9. |" in book["protocol.md"]
    assert "*Differs from Linkerd 1:* It is a fraction here. |" in book["protocol.md"]


def test_the_first_page_leads_to_all_others(book):
    assert (
        "| `routers` | list of [protocol](protocol.md) | required | The routers. |" in book[INDEX]
    )
    assert "- [server](server.md)\n- [session](session.md)\n" in book[INDEX]


def test_the_same_classes_give_the_same_bytes(sample, book):
    assert list(pages(sample.root, sample.registry).items()) == list(book.items())


def test_two_sections_cannot_share_a_page(sample):
    @attrs.frozen(kw_only=True)
    class Server(Section):
        summary: ClassVar[str] = "Another."

    @attrs.frozen(kw_only=True)
    class Top(sample.root):
        server: Server = option("y")

    Top.__annotations__["server"] = Server
    with pytest.raises(ValueError, match="two sections"):
        pages(Top, sample.registry)


def test_saves_files(tmp_path, book):
    save(book, tmp_path / "deep" / "er")
    assert (tmp_path / "deep" / "er" / "server.md").read_text() == book["server.md"]


def test_needs_a_directory(capsys):
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_is_a_program():
    run = subprocess.run(
        [sys.executable, "-m", "linkerd.config.manual"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert run.stderr.startswith("usage: ")
