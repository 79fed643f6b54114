"""Routers with `protocol: thrift` as they are written."""

from __future__ import annotations

from typing import Any

import pytest

from linkerd.errors import ConfigError
from linkerd.linker import load

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
        (SHORTEST.replace("{}", "{clearContext: true}"), "clearContext"),
    ],
)
def test_faults(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        load(text, "a.yaml")
