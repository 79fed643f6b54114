"""Routers with `protocol: thrift` as they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from linkerd.errors import ConfigError
from linkerd.linker import load

if TYPE_CHECKING:
    from pathlib import Path

SHORTEST = "routers:\n- protocol: thrift\n  servers:\n  - {}\n"


def written(*lines: str) -> str:
    return SHORTEST + "".join(f"  {line}\n" for line in lines)


def test_defaults() -> None:
    router: Any = load(SHORTEST, "a.yaml").routers[0]
    assert (router.label, router.servers[0].port) == ("thrift", 4114)
    assert router.dst_prefix.show() == "/svc"
    assert (router.thrift_method_in_dst, router.thrift_protocol) == (False, "binary")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (written("thriftProtocol: json"), "unsupported thrift protocol json"),
        (SHORTEST.replace("{}", "{thriftFramed: false}"), "buffered Thrift is not supported yet"),
        (SHORTEST.replace("{}", "{addForwardedHeader: {}}"), "addForwardedHeader"),
        (written("accessLog: {file: '-', rollPolicy: daily}"), "standard output cannot be rolled"),
        (
            written("service: {responseClassifier: {kind: io.l5d.http.allSuccessful}}"),
            "judges HTTP",
        ),
    ],
)
def test_faults(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        load(text, "a.yaml")


IDL = "service Users { string find(1: string id), void save(1: string id, 2: string password) }"


@pytest.fixture
def idl(tmp_path: Path) -> str:
    (tmp_path / "users.thrift").write_text(IDL)
    return f"idl: {{files: [{tmp_path}/users.thrift]"


def test_methods_that_the_idl_has(idl: str) -> None:
    judged = "service: {responseClassifier: {kind: io.l5d.thrift, idempotentMethods: [%s]}}"
    assert load(written(judged % "find", idl + "}"), "a.yaml")
    with pytest.raises(ConfigError, match="no method 'fnd'; did you mean 'find'"):
        load(written(judged % "find, fnd", idl + "}"), "a.yaml")


def test_what_is_shown_needs_a_log(idl: str) -> None:
    shown = idl + ", show: [find.id]}"
    assert load(written(shown, "accessLog: {file: '-'}"), "a.yaml")
    with pytest.raises(ConfigError, match="there is no `accessLog`"):
        load(written(shown), "a.yaml")


def test_the_log_is_a_file_of_the_router(tmp_path: Path) -> None:
    router: Any = load(
        written(f"accessLog: {{file: {tmp_path}/log, rollPolicy: daily}}"), "a"
    ).routers[0]
    assert router.log_files() == [("accessLog", f"{tmp_path}/log", True)]
    assert load(SHORTEST, "a.yaml").routers[0].log_files() == []
