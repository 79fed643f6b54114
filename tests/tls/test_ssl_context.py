"""Contexts of the standard library."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from tests.support.certificates import ca, leaf

from linkerd.net.tls_errors import handshake_error
from linkerd.tls import ssl_context
from linkerd.tls.policy import INTERMEDIATE_POLICY

from .contexts import RULES
from .handshaking import (
    BAD_CLIENTS,
    BAD_SERVERS,
    LAX,
    NAME,
    Refused,
    SslEnd,
    material,
    met,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.certificates import Certified

    from .handshaking import Bad, Kind


@pytest.mark.parametrize("rule", RULES)
def test_rules_of_all_contexts(rule: Callable[[Kind], None]) -> None:
    rule(SslEnd)


@pytest.mark.parametrize("bad", BAD_SERVERS, ids=lambda bad: bad.what)
def test_refused_in_the_handshake(bad: Bad) -> None:
    made, root = bad.make()
    with pytest.raises(Refused) as refused:
        met(SslEnd, made, root, bad.name, server_policy=LAX)
    assert refused.value.side == "client"
    assert handshake_error(refused.value.error, bad.name).kind == bad.kind


@pytest.mark.parametrize("client", BAD_CLIENTS.values(), ids=BAD_CLIENTS)
def test_clients_refused_in_the_handshake(
    client: Callable[[Certified], Certified | None],
) -> None:
    root = ca()
    with pytest.raises(Refused) as refused:
        met(SslEnd, leaf(NAME, issuer=root), root, client=client(root), clients_of=root)
    assert refused.value.side == "server"


def test_no_option_of_the_past() -> None:
    root = ca()
    made = material(leaf(NAME, issuer=root), trust=(root,))
    for context in (
        ssl_context.server_context(made, INTERMEDIATE_POLICY),
        ssl_context.client_context(made, INTERMEDIATE_POLICY),
    ):
        assert context.options & ssl.OP_NO_COMPRESSION
        assert context.options & ssl.OP_NO_RENEGOTIATION
        assert not context.options & ssl.OP_IGNORE_UNEXPECTED_EOF
        assert not context.verify_flags & ssl.VERIFY_X509_STRICT
        assert context.security_level == 2


def test_a_cut_is_not_an_end() -> None:
    """Whoever is on the way can end a connection; only the peer can say that it was the end."""
    root = ca()
    client, _ = met(SslEnd, leaf(NAME, issuer=root), root)
    assert isinstance(client, SslEnd)
    client._in.write_eof()
    with pytest.raises(ssl.SSLEOFError):
        client.connection.read(1)


def test_keys_are_read_from_memory_or_else_from_a_file_of_our_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("os.memfd_create")
    root = ca()
    met(SslEnd, leaf(NAME, issuer=root), root)


def test_without_a_bundle_it_is_what_the_system_trusts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[ssl.Purpose] = []
    monkeypatch.setattr(
        ssl.SSLContext, "load_default_certs", lambda self, purpose: asked.append(purpose)
    )
    context = ssl_context.client_context(material(), INTERMEDIATE_POLICY)
    assert asked == [ssl.Purpose.SERVER_AUTH]
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
