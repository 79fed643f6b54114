from __future__ import annotations

import pytest

from linkerd.cli.dtab import dtab


@pytest.mark.parametrize("words", [[], ["lint2"], ["eval2", "a", "/b"]])
def test_wrong_use(capsys, words):
    assert dtab(words) == 2
    assert "linkerd dtab lint FILE|-" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["lint"], ["eval", "a.dtab"], ["diff", "a.dtab"]])
def test_missing_arguments(words):
    with pytest.raises(SystemExit) as caught:
        dtab(words)
    assert caught.value.code == 2


def test_help(capsys):
    assert dtab(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"linkerd dtab {word}" in out for word in ("lint", "eval", "diff"))


@pytest.mark.parametrize(
    ("words", "status"),
    [(["lint", "FILE"], 1), (["eval", "FILE", "/a"], 1), (["diff", "FILE", "FILE"], 2)],
)
def test_a_faulty_file(tmp_path, capsys, words, status):
    path = tmp_path / "a.dtab"
    path.write_text("/a => b")
    assert dtab([str(path) if word == "FILE" else word for word in words]) == status
    assert capsys.readouterr().err.startswith(f"{path}:1:7: not a dtab: ")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["eval", "FILE", "web"], "'web' is not a name"),
        (["eval", "FILE", "/a", "--router", "x"], "--router is for a configuration"),
        (["lint", "FILE", "--root", "svc"], "--root: '/' expected"),
        (["diff", "FILE", "FILE", "--names", "/no/such/file"], "--names: /no/such/file cannot"),
    ],
)
def test_wrong_arguments(tmp_path, capsys, words, why):
    path = tmp_path / "a.dtab"
    path.write_text("/a => /b")
    assert dtab([str(path) if word == "FILE" else word for word in words]) == 2
    assert capsys.readouterr().err.startswith(f"linkerd: {why}")
