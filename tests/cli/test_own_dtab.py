from __future__ import annotations

import pytest

from linkerd.cli.own_dtab import own_dtab
from linkerd.errors import ConfigError
from linkerd.interpreter.base import InterpreterConfig
from linkerd.interpreter.default import DefaultInterpreterConfig
from linkerd.interpreter.fs import FsInterpreterConfig


def test_the_default_has_none():
    assert own_dtab(DefaultInterpreterConfig()).dentries == ()


def test_a_file_of_rules(tmp_path):
    path = tmp_path / "a.dtab"
    path.write_text("/a => /b")
    [rule] = own_dtab(FsInterpreterConfig(dtab_file=str(path))).dentries
    assert (rule.show(), str(rule.where)) == ("/a=>/b", f"{path}:1")
    path.write_text("/a")
    with pytest.raises(ConfigError):
        own_dtab(FsInterpreterConfig(dtab_file=str(path)))


def test_others_cannot_be_known():
    assert own_dtab(InterpreterConfig()) is None
