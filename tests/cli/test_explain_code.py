from __future__ import annotations

import pytest

from linkerd.catalogue import CATALOGUE
from linkerd.cli.explain_code import explain_code, list_codes


@pytest.mark.parametrize("text", ["L5D-4001", "l5d-4001", "4001"])
def test_explains_a_code(capsys, text):
    assert explain_code(text) == 0
    entry = CATALOGUE["L5D-4001"]
    assert capsys.readouterr().out == f"L5D-4001  {entry.title}\n\n{entry.next_step}\n"


def test_explains_at_length_where_there_is_a_page(capsys):
    assert explain_code("1101") == 0
    entry = CATALOGUE["L5D-1101"]
    out = capsys.readouterr().out
    assert out.startswith(f"L5D-1101  {entry.title}\n\n{entry.next_step}\n\nThe request has a name")
    assert "\nUsual causes\n\n* " in out
    assert "##" not in out
    assert out.endswith(";\n")


def test_another_code(capsys):
    assert explain_code("L5D-9999x") == 1
    assert "there is no code 'L5D-9999x'" in capsys.readouterr().err


def test_a_near_code(capsys):
    assert explain_code("L5D-40031") == 1
    assert "did you mean 'L5D-4003'?" in capsys.readouterr().err


def test_lists_all(capsys):
    list_codes()
    assert len(capsys.readouterr().out.splitlines()) == len(CATALOGUE)
