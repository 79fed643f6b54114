from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.config.reading import READERS, Unreadable
from linkerd.config.scalars import ExistingDir, ExistingFile, IpAddress, Port
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path


@given(st.text())
def test_text_is_taken_as_it_is(text):
    assert READERS[str].read(text) == text


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_integers(number):
    assert READERS[int].read(str(number)) == number


@given(st.integers(0, 65535))
def test_ports(number):
    assert READERS[Port].read(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers(number):
    assert READERS[float].read(repr(number)) == number


@given(st.ip_addresses())
def test_addresses(address):
    assert READERS[IpAddress].read(str(address)) == str(address)


@given(st.text(), st.sampled_from(list(READERS)))
def test_any_text_is_read_or_refused(text, kind):
    try:
        READERS[kind].read(text)
    except Unreadable as error:
        assert error.why  # noqa: PT017


@pytest.mark.parametrize("kind", [int, float, bool, Port])
@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "1\n", "0x1", "1_0", "\u0661", "yes", "TRUE", "--1", "1e"]
)
def test_refused(kind, text):
    with pytest.raises(Unreadable):
        READERS[kind].read(text)


def test_files_and_directories(tmp_path, monkeypatch):
    (tmp_path / "f").write_text("")
    monkeypatch.chdir(tmp_path)
    assert READERS[ExistingFile].read("f") == "f"
    assert READERS[ExistingDir].read(".") == "."
    with pytest.raises(Unreadable, match=r"'f' is not a directory"):
        READERS[ExistingDir].read("f")
    with pytest.raises(Unreadable, match=r"'\.' is not a file"):
        READERS[ExistingFile].read(".")


def test_names():
    assert READERS[Path].read("/a/b") == Path.of("a", "b")
    assert READERS[Dtab].read("/a => /b") == Dtab.read("/a=>/b")


def test_a_long_dtab_is_shown_round_the_fault_only():
    text = "/a => /b;\n" * 500 + "/c => x;" + "/d => /e;" * 500
    with pytest.raises(Unreadable) as caught:
        READERS[Dtab].read(text)
    assert caught.value.offset == text.index("x")
    assert "[x]" in caught.value.why
    assert len(caught.value.why) < 300
    assert "\n" not in caught.value.why
