"""Certificates of every kind, good and bad, for tests: an authority and what it signs.

Keys are made once a process and used again, for making RSA keys takes long. Nothing is written but
by `Certified.write`.
"""

from __future__ import annotations

import functools
import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pathlib import Path

SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH

_PEM = serialization.Encoding.PEM
_DER = serialization.Encoding.DER
_PLAIN = serialization.NoEncryption()


@functools.cache
def key(kind: str = "ec", number: int = 0) -> Any:
    """Give a private key: "ec", "rsa", "rsa1024" or "ed25519"; another number, another key."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 1024 if kind == "rsa1024" else 2048)


_numbers = iter(range(1, 10**9))


@attrs.frozen
class Certified:
    """A certificate, its key, and who signed it (None: itself)."""

    certificate: x509.Certificate
    key: Any
    issuer: Certified | None = None

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(_PEM).decode()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(_DER)

    @property
    def key_pem(self) -> str:
        """PKCS#8."""
        return self.key_as(serialization.PrivateFormat.PKCS8)

    def key_as(self, form: serialization.PrivateFormat, password: bytes = b"") -> str:
        """PEM in another form: `TraditionalOpenSSL` is PKCS#1 for RSA, SEC1 for EC."""
        lock = serialization.BestAvailableEncryption(password) if password else _PLAIN
        return str(self.key.private_bytes(_PEM, form, lock).decode())

    @property
    def chain_pem(self) -> str:
        """The certificates between this one and the root, without either."""
        pem, at = "", self.issuer
        while at is not None and at.issuer is not None:
            pem, at = pem + at.pem, at.issuer
        return pem

    @property
    def root(self) -> Certified:
        return self if self.issuer is None else self.issuer.root

    def write(self, folder: Path, name: str = "leaf") -> tuple[Path, Path]:
        """Write `name.pem`, chain behind it, and `name.key`, mode 0600; give both paths."""
        certificate, private = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_text(self.pem + self.chain_pem)
        private.touch(0o600)
        private.write_text(self.key_pem)
        return certificate, private


def ca(name: str = "Trial CA", *, issuer: Certified | None = None, **how: Any) -> Certified:
    """Make an authority: a root, or below `issuer`. `path_length` bounds what is below it."""
    return _make(name, issuer, authority=True, **how)


def leaf(
    *names: str, issuer: Certified | None = None, common_name: str | None = None, **how: Any
) -> Certified:
    """Make a certificate for DNS names and addresses; without `issuer` it is self-signed.

    The common name is the first name, if it is not given.
    """
    subject = names[0] if common_name is None and names else common_name or "nobody"
    return _make(subject, issuer, names=names, **how)


def with_sha1(made: Certified) -> Certified:
    """Sign it anew with SHA-1, as `cryptography` no longer does; the issuer's key must be RSA."""
    assert made.issuer is not None
    sha256, sha1 = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
    body = made.certificate.tbs_certificate_bytes.replace(sha256, sha1)
    signature = made.issuer.key.sign(body, padding.PKCS1v15(), hashes.SHA1())
    der = made.der.replace(made.certificate.tbs_certificate_bytes, body).replace(sha256, sha1)
    der = der.replace(made.certificate.signature, signature)
    return attrs.evolve(made, certificate=x509.load_der_x509_certificate(der))


def _make(
    subject: str,
    issuer: Certified | None,
    *,
    authority: bool = False,
    names: tuple[str, ...] = (),
    usages: tuple[x509.ObjectIdentifier, ...] | None = None,
    key_kind: str = "ec",
    key_number: int = 0,
    begins: datetime | None = None,
    days: float = 365,
    path_length: int | None = None,
    key_usage: x509.KeyUsage | None = None,
    constraints: bool = True,
    more: tuple[x509.ExtensionType, ...] = (),
    critical: tuple[x509.ExtensionType, ...] = (),
) -> Certified:
    """`begins` is a moment of the real clock by default, a day ago; `days` may be negative."""
    private = key(key_kind, key_number or next(_numbers) * (key_kind == "ec"))
    begin = begins or datetime.now(UTC) - timedelta(days=1)
    end = begin + timedelta(days=days)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    signer = private if issuer is None else issuer.key
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if issuer is None else issuer.certificate.subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(begin, end - timedelta(days=1)))
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False
        )
    )
    if constraints:
        made = made.add_extension(x509.BasicConstraints(authority, path_length), critical=True)
    if names:
        made = made.add_extension(
            x509.SubjectAlternativeName([_general(each) for each in names]), critical=False
        )
    if usages is not None:
        made = made.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    if key_usage is not None:
        made = made.add_extension(key_usage, critical=True)
    for extension in more + critical:
        made = made.add_extension(extension, critical=extension in critical)
    no_digest = isinstance(signer, ed25519.Ed25519PrivateKey)
    return Certified(made.sign(signer, None if no_digest else hashes.SHA256()), private, issuer)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
