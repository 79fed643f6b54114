"""The value of `x-forwarded-client-cert`, of certificates made for it."""

from __future__ import annotations

import datetime
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from linkerd.router.client_cert import show_certificate

KEY = ec.generate_private_key(ec.SECP256R1())
START = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
NAMES = (
    x509.DNSName("a.example"),
    x509.UniformResourceIdentifier("spiffe://mesh/ns/a"),
    x509.RFC822Name("a@b.example"),
    x509.DNSName("*.a.example"),
)


def made(
    subject: list[tuple[x509.ObjectIdentifier, str]], *names: x509.GeneralName
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in subject])
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 1, START, START)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    return builder.sign(KEY, SHA256())


def shown(certificate: x509.Certificate) -> bytes:
    """The value without the hash, which is looked at here."""
    value = show_certificate(certificate)
    digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest().upper()
    first, _, rest = value.partition(b";")
    assert first == b"Hash=" + digest.encode()
    return rest


SUBJECT = [
    (NameOID.COUNTRY_NAME, "DE"),
    (NameOID.ORGANIZATION_NAME, "Acme"),
    (NameOID.COMMON_NAME, "a"),
]


def test_all_parts() -> None:
    assert shown(made(SUBJECT, *NAMES)) == (
        b'DNS=a.example;SAN=spiffe://mesh/ns/a;DNS=*.a.example;Subject="CN=a,O=Acme,C=DE"'
    )


def test_parts_that_are_missing() -> None:
    assert shown(made([])) == b""
    assert shown(made([], NAMES[0])) == b"DNS=a.example"
    assert shown(made(SUBJECT)) == b'Subject="CN=a,O=Acme,C=DE"'


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ('A "B", Inc', b'O=A \\"B\\"\\, Inc'),
        ("a\r\nX-Admin: yes", b"O=a\\0D\\0AX-Admin: yes"),
        ("é", b"O=\\C3\\A9"),
    ],
)
def test_a_subject_stays_in_its_quotes_and_lines(name: str, written: bytes) -> None:
    subject = [(NameOID.ORGANIZATION_NAME, name)]
    assert shown(made(subject)) == b'Subject="' + written + b'"'


def test_a_name_cannot_pass_for_two() -> None:
    forged = x509.UniformResourceIdentifier('a;SAN="b\\')
    assert shown(made([], forged)) == b'SAN="a;SAN=\\"b\\\\"'
