"""Contexts of pyOpenSSL, for Twisted's stock endpoints.

In: keys, certificates and trust in memory, and a policy. Out: a context that is never changed
afterwards. The same rules are in `linkerd.tls.ssl_context`, and the same tests run over both.

OpenSSL verifies chain, dates and purpose. It cannot be told names through pyOpenSSL, so the
carrier compares them while it verifies (`linkerd.net.stock_handshake`).
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from OpenSSL import SSL, crypto

from linkerd.tls.described import names_of
from linkerd.tls.groups import restrict_stock
from linkerd.tls.sni import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.tls.identity import Identity
    from linkerd.tls.material import Material
    from linkerd.tls.policy import Policy
    from linkerd.tls.trust import Trust

_VERSIONS = {
    ssl.TLSVersion.TLSv1: SSL.TLS1_VERSION,
    ssl.TLSVersion.TLSv1_1: SSL.TLS1_1_VERSION,
    ssl.TLSVersion.TLSv1_2: SSL.TLS1_2_VERSION,
    ssl.TLSVersion.TLSv1_3: SSL.TLS1_3_VERSION,
}

SESSIONS = b"linkerd"
"""Without a name for them, OpenSSL resumes no session of a client that has shown a certificate."""


def server_context(
    material: Material, policy: Policy, alpn: Sequence[str] = (), *, client_auth: bool = False
) -> SSL.Context:
    """A context for those who connect; with `client_auth` they must show a certificate."""
    contexts = [
        _server(each, material.trust if client_auth else None, policy, alpn)
        for each in material.identities
    ]
    if len(contexts) > 1:
        contexts[0].set_tlsext_servername_callback(_ByName(material.identities, contexts).choose)
    return contexts[0]


def client_context(
    material: Material, policy: Policy, alpn: Sequence[str] = (), *, verify: bool = True
) -> SSL.Context:
    """A context for endpoints; the name to verify is for the carrier, which knows it."""
    context = _common(policy)
    if alpn:
        context.set_alpn_protos([each.encode() for each in alpn])
    if verify:
        _believe(context, material.trust, SSL.VERIFY_PEER)
    if material.identities:
        _show(context, material.identities[0])
    return context


def _server(
    identity: Identity, trust: Trust | None, policy: Policy, alpn: Sequence[str]
) -> SSL.Context:
    context = _common(policy)
    restrict_stock(context)
    context.set_options(SSL.OP_CIPHER_SERVER_PREFERENCE)
    context.set_session_id(SESSIONS)
    _show(context, identity)
    if alpn:
        context.set_alpn_select_callback(_Alpn(alpn).select)
    if trust is not None:
        _believe(context, trust, SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
    return context


def _common(policy: Policy) -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(_VERSIONS[policy.lowest])
    context.set_max_proto_version(_VERSIONS[policy.highest])
    context.set_cipher_list(policy.cipher_string.encode())
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    return context


def _believe(context: SSL.Context, trust: Trust | None, mode: int) -> None:
    context.set_verify(mode)
    if trust is None:
        context.set_default_verify_paths()
        return
    store = context.get_cert_store()
    assert store is not None
    for certificate in trust.certificates:
        store.add_cert(crypto.X509.from_cryptography(certificate))
    store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)


def _show(context: SSL.Context, identity: Identity) -> None:
    context.use_certificate(identity.certificate)
    for certificate in identity.chain:
        context.add_extra_chain_cert(certificate)
    context.use_privatekey(identity.key)
    context.check_privatekey()


class _Alpn:
    """Takes the first of our protocols that the client offers; none is no failure."""

    def __init__(self, alpn: Sequence[str]) -> None:
        self._ours = [each.encode() for each in alpn]

    def select(self, connection: SSL.Connection, offered: list[bytes]) -> Any:
        for each in self._ours:
            if each in offered:
                return each
        return SSL.NO_OVERLAPPING_PROTOCOLS


class _ByName:
    """Gives a handshake the context of the certificate that it asks for."""

    def __init__(self, identities: Sequence[Identity], contexts: list[SSL.Context]) -> None:
        self._contexts = contexts
        self._choice = Choice([names_of(each.certificate) for each in identities])

    def choose(self, connection: SSL.Connection) -> None:
        name = connection.get_servername()
        number = self._choice.of(name.decode("ascii", "replace") if name else None)
        if number:
            connection.set_context(self._contexts[number])


__all__ = ["client_context", "server_context"]
