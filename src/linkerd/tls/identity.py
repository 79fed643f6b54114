"""A certificate, its chain and its key, read from files and found to belong together.

In: the paths of a certificate, a key and, if they are apart, the certificates between it and its
root. Out: an `Identity`, or `BadPem` with file and reason. Blocks, so it is for the start, or for a
worker's thread.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import attrs
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from linkerd.tls.described import ends, subject_of
from linkerd.tls.pem import BadPem, certificates_in, key_in

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

    from linkerd.tls.pem import PrivateKey

LIMIT = 1 << 20
"""Bytes that a file of certificates may have."""


class KeyMismatch(BadPem):
    """Certificate and key are good, but not each other's: maybe one of them is about to change."""


@attrs.frozen
class IdentityFiles:
    """Where the parts are; `intermediates` may be ""."""

    certificate: str
    key: str
    intermediates: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys(p for p in attrs.astuple(self) if p))


@attrs.frozen
class Identity:
    """What one end shows to the other.

    `pem` is key and certificates in one text, as OpenSSL takes them: a secret. `warnings` are what
    is allowed but should not be.
    """

    files: IdentityFiles
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    key: PrivateKey = attrs.field(repr=False, eq=False)
    pem: bytes = attrs.field(repr=False)
    warnings: tuple[str, ...] = attrs.field(default=(), eq=False)

    @property
    def ends(self) -> float:
        """When the first of leaf and chain ends, in seconds since 1970."""
        return min(ends(each) for each in (self.certificate, *self.chain))


def read_file(path: str, limit: int = LIMIT) -> bytes:
    """Read a file that holds no more than `limit` bytes. Raises `BadPem`."""
    try:
        # Without O_NONBLOCK a pipe of that name would hold the thread up for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise BadPem(path, "is not a regular file")
            content = file.read(limit + 1)
    except OSError as error:
        raise BadPem(path, f"cannot be read: {error.strerror or error}") from None
    if len(content) > limit:
        raise BadPem(path, f"is larger than {limit // 1024} KB")
    return content


def read_identity(files: IdentityFiles) -> Identity:
    """Read and check. Raises `BadPem`, or `KeyMismatch` if only the key does not fit."""
    given = list(certificates_in(read_file(files.certificate), files.certificate))
    if files.intermediates:
        given += certificates_in(read_file(files.intermediates), files.intermediates)
    key = key_in(read_file(files.key), files.key)
    certificate = given[0]
    fits(certificate, key, given[1:], files)
    warnings = [_readable(files.key)]
    chain, apart = ordered(certificate, given[1:])
    if tuple(given[1:]) != (*chain, *apart):
        warnings.append(f"{files.certificate}: the chain is not in order; it is sent in order")
    warnings += [
        f"{files.intermediates or files.certificate}: {subject_of(each)} is not a part of the chain"
        f" of {subject_of(certificate)}"
        for each in apart
    ]
    sent = (*chain, *apart)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem = secret + b"".join(each.public_bytes(Encoding.PEM) for each in (certificate, *sent))
    return Identity(files, certificate, sent, key, pem, tuple(w for w in warnings if w))


def fits(
    certificate: x509.Certificate,
    key: PrivateKey,
    others: list[x509.Certificate],
    files: IdentityFiles,
) -> None:
    """See that the key is the certificate's. Raises `KeyMismatch`."""
    own = _spki(key.public_key())
    if _spki(certificate.public_key()) == own:
        return
    subject = subject_of(certificate)
    for other in others:
        if _spki(other.public_key()) == own:
            why = f"is the key of {subject_of(other)}, but the first certificate is {subject}:"
            raise KeyMismatch(files.key, f"{why} put the key's own certificate first")
    raise KeyMismatch(
        files.key, f"is not the key of the certificate {files.certificate} ({subject})"
    )


def ordered(
    certificate: x509.Certificate, others: list[x509.Certificate]
) -> tuple[tuple[x509.Certificate, ...], tuple[x509.Certificate, ...]]:
    """Sort into the chain, each signed by the next, and those that are no part of it.

    A certificate that is there twice is taken once.
    """
    left = [each for each in dict.fromkeys(others) if each != certificate]
    chain: list[x509.Certificate] = []
    at = certificate
    while (above := next((each for each in left if issued(at, each)), None)) is not None:
        chain.append(above)
        left.remove(above)
        at = above
    return tuple(chain), tuple(left)


def issued(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    """Tell whether `by` signed it."""
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _spki(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _readable(path: str) -> str:
    try:
        open_to_all = os.stat(path).st_mode & stat.S_IROTH
    except OSError:
        return ""
    return f"{path}: every user of this host can read the key: chmod o-r" if open_to_all else ""


__all__ = [
    "Identity",
    "IdentityFiles",
    "KeyMismatch",
    "issued",
    "ordered",
    "read_file",
    "read_identity",
]
