from __future__ import annotations

import pytest

from linkerd.cli.given import is_dtab, read_dtab, read_given
from linkerd.errors import ConfigError


@pytest.mark.parametrize("text", ["", "/a => /b", "  # x\n /a=>/b", "# x", "\ufeff/a => /b", "/a"])
def test_dtabs(text):
    assert is_dtab(text)


@pytest.mark.parametrize("text", ["routers: []", "# x\nadmin: {}", "{}", "---\n", "a => b"])
def test_configurations(text):
    assert not is_dtab(text)


def test_a_dtab(tmp_path):
    path = tmp_path / "a.dtab"
    path.write_text("# rules\n/a => /b ;\n\n  /c => /d ;\n")
    given = read_given(str(path))
    assert given.config is None
    assert [str(rule.where) for rule in given.dtab.dentries] == [f"{path}:2", f"{path}:4"]
    assert given.dtab.dentries[1].where.column == 3
    assert given.kind() == f"{path}: a dtab, 2 rules"


def test_a_configuration(config):
    given = read_given(str(config))
    assert [router.label for router in given.config.routers] == ["in", "out"]
    assert given.kind() == f"{config}: a configuration, 2 routers"


def test_a_faulty_dtab_has_its_place():
    with pytest.raises(ConfigError) as caught:
        read_dtab("/a => /b ;\n/c = /d", "a.dtab")
    [fault] = caught.value.faults
    assert (fault.line, fault.column) == (2, 5)
    assert str(fault).startswith("a.dtab:2:5: not a dtab: '>' expected but ' ' found (expected ")
