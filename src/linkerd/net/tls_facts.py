"""What is known of a stream with TLS once hands are shaken, asked of the `ssl` module. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.net.security import TlsFacts

if TYPE_CHECKING:
    import ssl

    from cryptography.x509 import Certificate

    from linkerd.net.tls_stream import TlsStream


def parsed(der: bytes) -> Certificate | None:
    """A certificate; None if this library takes it for none."""
    from cryptography.x509 import load_der_x509_certificate

    try:
        return load_der_x509_certificate(der)
    except ValueError:
        return None


def facts_of(stream: TlsStream | ssl.SSLSocket, server_name: str) -> TlsFacts:
    """What was agreed on."""
    cipher = stream.cipher()
    return TlsFacts(
        stream.version() or "",
        cipher[0] if cipher else "",
        stream.selected_alpn_protocol() or "",
        bool(stream.session_reused),
        server_name,
    )
