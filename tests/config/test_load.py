from __future__ import annotations

import io
import sys

import pytest

from linkerd.config.load import MAX_BYTES, parse, read_source
from linkerd.config.node import ObjectNode
from linkerd.errors import ConfigError


def fault(call, *arguments):
    with pytest.raises(ConfigError) as caught:
        call(*arguments)
    (only,) = caught.value.faults
    return only


def test_reads_a_file(tmp_path):
    path = tmp_path / "l.yaml"
    path.write_bytes("a: é\n".encode())
    assert read_source(str(path)) == ("a: é\n", str(path))


def test_reads_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a: 1\n")))
    assert read_source("-") == ("a: 1\n", "<stdin>")


def test_a_missing_file():
    only = fault(read_source, "/no/such.yaml")
    assert str(only) == "/no/such.yaml:1:1: config is not a file: /no/such.yaml [L5D-4009]"


def test_a_directory(tmp_path):
    assert "Is a directory" in str(fault(read_source, str(tmp_path)))


def test_a_name_no_file_can_have():
    assert fault(read_source, "a\0b").code == "L5D-4009"


def test_a_file_that_is_too_large(tmp_path):
    path = tmp_path / "l.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert "larger than" in fault(read_source, str(path)).why


def test_bytes_that_are_not_utf8(tmp_path):
    path = tmp_path / "l.yaml"
    path.write_bytes("a: 1\né: ".encode() + b"\xff\n")
    only = fault(read_source, str(path))
    assert (only.code, only.line, only.column) == ("L5D-4001", 2, 4)
    assert "0xff" in only.why


@pytest.mark.parametrize(
    "text", ['{"a": "b"}', ' \n\t{"a": "b"}', '\ufeff{"a": "b"}', "a: b", "\ufeffa: b", "# {\na: b"]
)
def test_json_and_yaml_are_told_apart_by_the_first_character(text):
    root = parse(text, "x").root
    assert isinstance(root, ObjectNode)
    assert [(key.text, value.text) for key, value in root.entries] == [("a", "b")]


def test_lines_end_as_editors_say():
    text = "a: 1\r\nb: 2\rc: 3\nc: 4\n"
    (only,) = parse(text, "x").faults
    assert (only.line, only.column, only.why) == (4, 1, "this key stands twice, first in line 3")


def test_what_an_alias_repeats_is_told_once():
    assert len(parse("a: &x {b: 1, b: 2}\nc: *x\nd: *x\n", "x").faults) == 1
