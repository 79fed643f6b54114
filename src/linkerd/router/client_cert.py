"""What endpoints are told of a client's certificate: the value of `x-forwarded-client-cert`.

In comes the certificate that a client has shown to a server with TLS; out goes the value as Linkerd
and Envoy write it. Loaded only where `forwardClientCert` is on.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

QUOTED = frozenset(' ",;=\\')
"""What would end a value, or part it, if it were not quoted."""


@lru_cache(maxsize=1000)
def show_certificate(certificate: x509.Certificate) -> bytes:
    """The value: `Hash=`, `SAN=` for each URI, `DNS=` for each name, `Subject="..."`.

    The alternative names come in the certificate's order. The subject is written as RFC 2253 asks.
    """
    parts = ["Hash=" + certificate.fingerprint(SHA256()).hex().upper()]
    for name in alternative_names(certificate):
        if isinstance(name, x509.UniformResourceIdentifier):
            parts.append("SAN=" + quoted(name.value))
        elif isinstance(name, x509.DNSName):
            parts.append("DNS=" + quoted(name.value))
    subject = certificate.subject.rfc4514_string()
    if subject:
        parts.append(f'Subject="{subject}"')
    return printable(";".join(parts))


def alternative_names(certificate: x509.Certificate) -> list[x509.GeneralName]:
    """The subject's alternative names; none if there are none that can be read."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return []
    return list(found.value)


def quoted(value: str) -> str:
    """A value that cannot be taken for more than one."""
    if QUOTED.isdisjoint(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def printable(text: str) -> bytes:
    """Bytes that a field value may have; each other one becomes `\\` and two hex digits."""
    return b"".join(
        b"%c" % byte if 32 <= byte < 127 else b"\\%02X" % byte for byte in text.encode("utf-8")
    )


__all__ = ["show_certificate"]
