"""TLS for tests of the carriers: a `Security` with both kinds of contexts, and what it was told."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from OpenSSL import SSL, crypto

from linkerd.net.security import Security

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.certificates import Certified

    from linkerd.net.connection import Transport
    from linkerd.net.security import HandshakeError, TlsFacts

VERSIONS = {
    "TLSv1.2": (ssl.TLSVersion.TLSv1_2, SSL.TLS1_2_VERSION),
    "TLSv1.3": (ssl.TLSVersion.TLSv1_3, SSL.TLS1_3_VERSION),
}


class TrialSecurity(Security):
    """Has `own` to show (written to `folder` for the `ssl` module), believes `roots`.

    A server asks clients for certificates if it has roots. `version` is the only one it speaks.
    """

    def __init__(
        self,
        folder: Any,
        *,
        own: Certified | None = None,
        roots: tuple[Certified, ...] = (),
        server: bool = False,
        version: str = "",
        **how: Any,
    ) -> None:
        super().__init__(verifies_name=not server, **how)
        self.facts: list[TlsFacts] = []
        self.errors: list[HandshakeError] = []
        self.plains = 0
        self.gone = 0
        self.look: Callable[[], None] = lambda: None
        self._context = _context(folder, own, roots, server)
        self._stock = _stock_context(own, roots, server)
        if self.alpn:
            self._offer(server)
        if version:
            self._limit(version)

    def _offer(self, server: bool) -> None:
        offered = [name.encode() for name in self.alpn]
        self._context.set_alpn_protocols(list(self.alpn))
        if server:
            self._stock.set_alpn_select_callback(
                lambda _, names: next(
                    (n for n in offered if n in names), SSL.NO_OVERLAPPING_PROTOCOLS
                )
            )
        else:
            self._stock.set_alpn_protos(offered)

    def _limit(self, version: str) -> None:
        here, there = VERSIONS[version]
        self._context.minimum_version = self._context.maximum_version = here
        self._stock.set_min_proto_version(there)
        self._stock.set_max_proto_version(there)

    def context(self) -> ssl.SSLContext:
        return self._context

    def stock_context(self) -> SSL.Context:
        return self._stock

    def secured(self, transport: Transport, elapsed_s: float) -> None:
        assert transport.tls is not None
        self.facts.append(transport.tls)

    def plain(self, peer: tuple[str, int]) -> None:
        self.plains += 1

    def failed(self, peer: tuple[str, int], error: HandshakeError, elapsed_s: float) -> str:
        self.errors.append(error)
        self.look()
        return super().failed(peer, error, elapsed_s)

    def closed(self, transport: Transport) -> None:
        self.gone += 1
        self.look()


def _context(
    folder: Any, own: Certified | None, roots: tuple[Certified, ...], server: bool
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    context.options |= ssl.OP_NO_RENEGOTIATION
    if not server:
        context.hostname_checks_common_name = False
    if own is not None:
        context.load_cert_chain(*own.write(folder, f"own{id(context)}"))
    for root in roots:
        context.load_verify_locations(cadata=root.pem)
    if server and roots:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _stock_context(
    own: Certified | None, roots: tuple[Certified, ...], server: bool
) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD if server else SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_RENEGOTIATION)
    if own is not None:
        context.use_certificate(own.certificate)
        context.use_privatekey(own.key)
        above = own.issuer
        while above is not None and above.issuer is not None:
            context.add_extra_chain_cert(crypto.X509.from_cryptography(above.certificate))
            above = above.issuer
    store = context.get_cert_store()
    for root in roots:
        assert store is not None
        store.add_cert(crypto.X509.from_cryptography(root.certificate))
    mode = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
    context.set_verify(mode if roots or not server else SSL.VERIFY_NONE, lambda *_: False)
    context.set_session_id(b"trial")
    return context
