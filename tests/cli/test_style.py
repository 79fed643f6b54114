from __future__ import annotations

import io

import pytest

from linkerd.cli.style import coloured, plain, style_of


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_colours_are_for_terminals():
    assert style_of(Terminal()) is coloured
    assert style_of(io.StringIO()) is plain


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_unless_nobody_wants_them(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert style_of(Terminal()) is plain


def test_an_empty_no_color_says_nothing(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "")
    assert style_of(Terminal()) is coloured


def test_marks():
    assert plain("x", "bad") == "x"
    assert coloured("x", "bad") == "\x1b[31mx\x1b[0m"
