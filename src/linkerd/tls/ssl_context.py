"""Contexts of the standard library's `ssl`, for the engine's sockets.

In: keys, certificates and trust in memory, and a policy. Out: a context that is never changed
afterwards. The same rules are in `linkerd.tls.stock_context`, and the same tests run over both.

A context is expensive, so one is made when files change, not for a connection.
"""

from __future__ import annotations

import os
import ssl
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from linkerd.tls.described import names_of
from linkerd.tls.groups import restrict
from linkerd.tls.sni import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from linkerd.tls.identity import Identity
    from linkerd.tls.material import Material
    from linkerd.tls.policy import Policy
    from linkerd.tls.trust import Trust


def server_context(
    material: Material,
    policy: Policy,
    alpn: Sequence[str] = (),
    *,
    client_auth: bool = False,
    names: bool = False,
) -> ssl.SSLContext:
    """A context for those who connect; with `client_auth` they must show a certificate.

    `names`: whoever shakes hands wants to know whom the client asks for.
    """
    contexts = [
        _server(each, material.trust if client_auth else None, policy, alpn)
        for each in material.identities
    ]
    if names or len(contexts) > 1:
        contexts[0].sni_callback = _ByName(material.identities, contexts).choose
    return contexts[0]


def client_context(
    material: Material, policy: Policy, alpn: Sequence[str] = (), *, verify: bool = True
) -> ssl.SSLContext:
    """A context for endpoints; the name to verify is each connection's `server_hostname`."""
    context = _common(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), policy, alpn)
    context.hostname_checks_common_name = False
    if verify:
        _believe(context, material.trust)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if material.identities:
        _show(context, material.identities[0])
    return context


def _server(
    identity: Identity, trust: Trust | None, policy: Policy, alpn: Sequence[str]
) -> ssl.SSLContext:
    context = _common(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), policy, alpn)
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    restrict(context)
    _show(context, identity)
    if trust is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        _believe(context, trust)
    return context


def _common(context: ssl.SSLContext, policy: Policy, alpn: Sequence[str]) -> ssl.SSLContext:
    context.minimum_version = policy.lowest
    context.maximum_version = policy.highest
    context.set_ciphers(policy.cipher_string)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    # Where this is set, be it by a build of Python, a cut connection looks like one that was ended.
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


def _believe(context: ssl.SSLContext, trust: Trust | None) -> None:
    if trust is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    else:
        context.load_verify_locations(cadata=trust.pem)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN


def _show(context: ssl.SSLContext, identity: Identity) -> None:
    with _as_file(identity.pem) as path:
        context.load_cert_chain(path)


@contextmanager
def _as_file(secret: bytes) -> Iterator[str]:
    """A file with that content, in memory if the system can: `ssl` takes keys from files only."""
    if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):
        descriptor = os.memfd_create("linkerd-tls", os.MFD_CLOEXEC)
        with open(descriptor, "wb") as memory:
            memory.write(secret)
            memory.flush()
            yield f"/proc/self/fd/{descriptor}"
        return
    with tempfile.NamedTemporaryFile() as file:  # mode 0600
        file.write(secret)
        file.flush()
        yield file.name


class _ByName:
    """Gives a handshake the context of the certificate that it asks for, and leaves the name."""

    def __init__(self, identities: Sequence[Identity], contexts: list[ssl.SSLContext]) -> None:
        self._contexts = contexts
        self._choice = Choice([names_of(each.certificate) for each in identities])

    def choose(self, connection: Any, name: str | None, context: ssl.SSLContext) -> None:
        connection.sent_name = name or ""
        number = self._choice.of(name)
        if number:
            connection.context = self._contexts[number]


__all__ = ["client_context", "server_context"]
