"""The groups that servers agree on keys in, as OpenSSL's own client finds them."""

from __future__ import annotations

import ssl
from contextlib import nullcontext
from typing import Any

import pytest
from tests.support.certificates import ca, leaf

from linkerd.tls import groups
from linkerd.tls.policy import INTERMEDIATE_POLICY
from linkerd.tls.ssl_context import client_context

from .handshaking import NAME, Refused, SslEnd, StockEnd, material, shake

CURVES = [("prime256v1", True), ("secp384r1", True), ("secp521r1", False)]


@pytest.mark.parametrize("kind", [SslEnd, StockEnd])
@pytest.mark.parametrize(("curve", "known"), CURVES)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_is_agreed_on(kind: Any, curve: str, known: bool, version: ssl.TLSVersion) -> None:
    root = ca()
    own = material(leaf(NAME, issuer=root, key_kind="rsa"))
    dialling = client_context(material(trust=(root,)), INTERMEDIATE_POLICY)
    dialling.set_ecdh_curve(curve)
    dialling.maximum_version = version
    serving = kind.contexts.server_context(own, INTERMEDIATE_POLICY)
    ends = SslEnd(dialling, server=False, name=NAME), kind(serving, server=True)
    with nullcontext() if known else pytest.raises(Refused):
        shake(*ends)


def test_the_hybrid_one_where_it_is_known() -> None:
    assert groups.groups((3, 0, 2)) == groups.GROUPS
    assert groups.groups((3, 5, 0)) == groups.HYBRID + groups.GROUPS


def test_where_openssl_cannot_be_asked_its_own_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "_control", lambda: None)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    assert groups.restrict(context) is hasattr(context, "set_groups")


def test_a_python_whose_contexts_are_not_known_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(groups, "LAID_OUT_ALIKE", ((4, 0), (4, 1)))
    groups._control.cache_clear()
    assert groups._control() is None
    groups._control.cache_clear()


def test_stock_contexts() -> None:
    from OpenSSL import SSL

    assert groups.restrict_stock(SSL.Context(SSL.TLS_SERVER_METHOD))
