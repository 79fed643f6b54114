"""The authority for trials."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from linkerd.tls import ssl_context
from linkerd.tls.dev_ca import CA_DAYS, LEAF_DAYS, Issued, dev_ca
from linkerd.tls.identity import IdentityFiles
from linkerd.tls.material import Sources
from linkerd.tls.policy import INTERMEDIATE_POLICY

from .handshaking import SslEnd, shake

if TYPE_CHECKING:
    from pathlib import Path


def test_server_and_client_know_each_other(tmp_path: Path) -> None:
    names = ("users.internal", "*.web.internal", "::1")
    issued = [Issued(names), Issued(("linkerd",), for_client=True)]
    files = dev_ca(time.time(), issued)  # noqa: TID251
    for file in files:
        (tmp_path / file.name).write_text(file.text)
        (tmp_path / file.name).chmod(0o600)
        assert file.secret == ("PRIVATE KEY" in file.text)
    assert [file.name for file in files] == [
        "ca.pem", "ca.key",
        "users.internal.pem", "users.internal.key",
        "linkerd.pem", "linkerd.key",
    ]  # fmt: skip

    def contexts(which: str) -> Sources:
        own = IdentityFiles(str(tmp_path / f"{which}.pem"), str(tmp_path / f"{which}.key"))
        return Sources((own,), (str(tmp_path / "ca.pem"),))

    server = ssl_context.server_context(
        contexts("users.internal").read(), INTERMEDIATE_POLICY, client_auth=True
    )
    client = ssl_context.client_context(contexts("linkerd").read(), INTERMEDIATE_POLICY)
    for name in ("users.internal", "a.web.internal", "::1"):
        shake(SslEnd(client, server=False, name=name), SslEnd(server, server=True))
    assert contexts("users.internal").read().warnings == ()


def test_dates() -> None:
    from linkerd.tls.described import DAY_S, begins, ends
    from linkerd.tls.pem import certificates_in

    texts = {file.name: file.text.encode() for file in dev_ca(1.8e9)}
    (root,) = certificates_in(texts["ca.pem"], "")
    (leaf,) = certificates_in(texts["localhost.pem"], "")
    assert begins(root) == begins(leaf) == 1.8e9 - 3600
    assert ends(root) - 1.8e9 == CA_DAYS * DAY_S
    assert ends(leaf) - 1.8e9 == LEAF_DAYS * DAY_S


@pytest.mark.parametrize(
    ("names", "stem"),
    [
        (("users.internal", "::1"), "users.internal"),
        (("*.internal",), "wildcard.internal"),
        (("::1",), "__1"),
    ],
)
def test_what_files_are_called(names: tuple[str, ...], stem: str) -> None:
    assert Issued(names).stem == stem


@pytest.mark.parametrize(
    ("issued", "why"),
    [
        ([Issued(("a b",))], "'a b' is not a DNS name"),
        ([Issued(("../x",))], "is not a DNS name"),
        ([Issued(("a",)), Issued(("a",), for_client=True)], "would be called a.pem"),
        ([Issued(("ca",))], "would be called ca.pem"),
    ],
)
def test_what_cannot_be_made(issued: list[Issued], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        dev_ca(0, issued)
