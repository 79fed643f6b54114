"""Contexts of pyOpenSSL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from OpenSSL import SSL
from tests.support.certificates import ca, leaf

from linkerd.tls import stock_context
from linkerd.tls.policy import INTERMEDIATE_POLICY

from .contexts import RULES
from .handshaking import (
    BAD_CLIENTS,
    BAD_SERVERS,
    LAX,
    NAME,
    Refused,
    SslEnd,
    StockEnd,
    WrongName,
    material,
    met,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.certificates import Certified

    from .handshaking import Bad, Kind


@pytest.mark.parametrize("rule", RULES)
def test_rules_of_all_contexts(rule: Callable[[Kind], None]) -> None:
    rule(StockEnd)


@pytest.mark.parametrize("bad", BAD_SERVERS, ids=lambda bad: bad.what)
def test_refused_in_the_handshake(bad: Bad) -> None:
    made, root = bad.make()
    with pytest.raises(Refused) as refused:
        met(StockEnd, made, root, bad.name, server_policy=LAX)
    assert refused.value.side == "client"
    assert isinstance(refused.value.error, WrongName) == (bad.kind == "wrong_name")


@pytest.mark.parametrize("client", BAD_CLIENTS.values(), ids=BAD_CLIENTS)
def test_clients_refused_in_the_handshake(
    client: Callable[[Certified], Certified | None],
) -> None:
    root = ca()
    with pytest.raises(Refused) as refused:
        met(StockEnd, leaf(NAME, issuer=root), root, client=client(root), clients_of=root)
    assert refused.value.side == "server"


def test_both_kinds_talk_to_each_other() -> None:
    root = ca()
    made, mine = leaf(NAME, issuer=root), leaf("client", issuer=root)
    for ours, theirs in ((SslEnd, StockEnd), (StockEnd, SslEnd)):
        met(ours, made, root, client=mine, clients_of=root, other=theirs)


def test_no_option_of_the_past() -> None:
    root = ca()
    made = material(leaf(NAME, issuer=root), trust=(root,))
    for context in (
        stock_context.server_context(made, INTERMEDIATE_POLICY),
        stock_context.client_context(made, INTERMEDIATE_POLICY),
    ):
        options = context.set_options(0)
        assert options & SSL.OP_NO_COMPRESSION
        assert options & SSL.OP_NO_RENEGOTIATION
        assert not options & SSL.OP_IGNORE_UNEXPECTED_EOF


def test_a_client_with_a_certificate_resumes() -> None:
    """Without a session id context OpenSSL would fail such a handshake."""
    root = ca()
    made, mine = leaf(NAME, issuer=root), leaf("client", issuer=root)
    server = stock_context.server_context(
        material(made, trust=(root,)), INTERMEDIATE_POLICY, client_auth=True
    )
    client = stock_context.client_context(material(mine, trust=(root,)), INTERMEDIATE_POLICY)
    from .handshaking import shake

    first = StockEnd(client, server=False, name=NAME)
    shake(first, StockEnd(server, server=True))
    session = first.connection.get_session()
    assert session is not None
    again, other = StockEnd(client, server=False, name=NAME), StockEnd(server, server=True)
    again.connection.set_session(session)
    shake(again, other)


def test_without_a_bundle_it_is_what_the_system_trusts(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(SSL.Context, "set_default_verify_paths", lambda self: asked.append(self))
    context = stock_context.client_context(material(), INTERMEDIATE_POLICY)
    assert asked == [context]
    assert context.get_verify_mode() == SSL.VERIFY_PEER
