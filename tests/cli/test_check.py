from __future__ import annotations

import pytest

from linkerd.cli.check import check
from linkerd.errors import LinkerdError


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "x.yaml"
        path.write_text(text)
        return str(path)

    return write


def test_a_good_configuration(linker, file, capsys):
    path = file("good")
    assert check(path) == 0
    assert linker.loaded == ("good", path)
    assert capsys.readouterr() == ("ok: 2 routers (in, http), 3 servers\n", "")


def test_every_fault_in_a_line(linker, file, capsys):
    assert check(file("bad")) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "x.yaml:1:1: a: unknown key 'a' [L5D-4002]",
        "x.yaml:2:4: b: found a list (expected text) [L5D-4004]",
        "linkerd: 2 faults",
    ]


def test_a_missing_file(linker, capsys):
    assert check("/no/such") == 1
    assert capsys.readouterr().err.splitlines() == [
        "/no/such:1:1: config is not a file: /no/such [L5D-4009]",
        "linkerd: 1 fault",
    ]


def test_any_error_of_ours_is_one_line(linker, file, capsys, monkeypatch):
    def load(text, source_name):
        raise LinkerdError("no")

    monkeypatch.setattr(linker, "load", load)
    assert check(file("x")) == 1
    assert capsys.readouterr().err == "linkerd: no [L5D-0000]\n"
