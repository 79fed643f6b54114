"""An authority for trials: made in memory, together with certificates for servers and clients.

In: names, the time. Out: PEM texts by file name. Pure but for the keys, which are the system's
chance. The root's key is part of it, so what it signs must not be trusted anywhere else.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from linkerd.tls.server_name import wrong_with

if TYPE_CHECKING:
    from collections.abc import Sequence

CA_DAYS, LEAF_DAYS = 365, 90
EARLIER = timedelta(hours=1)
"""Certificates begin so long before they are made, for hosts whose clocks are behind."""

DEFAULT_NAMES = ("localhost", "127.0.0.1", "::1")
DEFAULT_CLIENT = "client"

_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


@attrs.frozen
class PemFile:
    """A file to be written; `secret` ones for their owner alone (mode 0600)."""

    name: str
    text: str
    secret: bool = False


@attrs.frozen
class Issued:
    """A certificate to be made: its names, the first of which the files are called after."""

    names: tuple[str, ...]
    for_client: bool = False

    @property
    def stem(self) -> str:
        """What its files are called, without the ending; fit for every file system."""
        return self.names[0].replace("*", "wildcard").replace(":", "_")


DEFAULT = (Issued(DEFAULT_NAMES), Issued((DEFAULT_CLIENT,), for_client=True))


def dev_ca(now: float, issued: Sequence[Issued] = DEFAULT) -> list[PemFile]:
    """Make `ca.pem` and `ca.key`, and `STEM.pem` and `STEM.key` of each certificate.

    Names are DNS names, wildcards or addresses. Raises ValueError for one that is none of these,
    and if two certificates would be in one file.
    """
    stems = ["ca", *(each.stem for each in issued)]
    for stem in stems:
        if stems.count(stem) > 1:
            raise ValueError(f"two certificates would be called {stem}.pem")
    begin = datetime.fromtimestamp(now, UTC)
    subject = _called(f"linkerd trial CA of {begin:%Y-%m-%d %H:%M:%S}")
    root = ec.generate_private_key(ec.SECP256R1())
    ca = (
        _builder(subject, subject, root, begin, CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .sign(root, hashes.SHA256())
    )
    files = [PemFile("ca.pem", _pem(ca)), PemFile("ca.key", _key_pem(root), True)]
    for each in issued:
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = _leaf(each, key, subject, root, begin)
        files += (
            PemFile(f"{each.stem}.pem", _pem(leaf)),
            PemFile(f"{each.stem}.key", _key_pem(key), True),
        )
    return files


def _leaf(
    issued: Issued,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    root: ec.EllipticCurvePrivateKey,
    begin: datetime,
) -> x509.Certificate:
    usage = (
        ExtendedKeyUsageOID.CLIENT_AUTH if issued.for_client else ExtendedKeyUsageOID.SERVER_AUTH
    )
    names = x509.SubjectAlternativeName([_general(name) for name in issued.names])
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key())
    return (
        _builder(_called(issued.names[0]), issuer, key, begin, LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(names, critical=False)
        .add_extension(authority, critical=False)
        .sign(root, hashes.SHA256())
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    begin: datetime,
    days: int,
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin - EARLIER)
        .not_valid_after(begin + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _usage(*used: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in used for name in _USAGES})


def _general(name: str) -> x509.GeneralName:
    why = wrong_with(name.removeprefix("*."))
    if why:
        raise ValueError(f"{name!r} {why}")
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


__all__ = [
    "CA_DAYS",
    "DEFAULT",
    "DEFAULT_CLIENT",
    "DEFAULT_NAMES",
    "LEAF_DAYS",
    "Issued",
    "PemFile",
    "dev_ca",
]
