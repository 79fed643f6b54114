"""What is in PEM files."""

from __future__ import annotations

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from tests.support.certificates import ca, key, leaf

from linkerd.tls.pem import BadPem, blocks, certificates_in, key_in

MADE = leaf("users.internal", issuer=ca(key_kind="rsa"), key_kind="rsa")
PKCS8, OLD = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL


def pem(private: object, form: PrivateFormat = PKCS8) -> bytes:
    return private.private_bytes(Encoding.PEM, form, NoEncryption())  # type: ignore[attr-defined,no-any-return]


def why_not(content: bytes | str, what: str = "key") -> str:
    content = content.encode() if isinstance(content, str) else content
    with pytest.raises(BadPem) as bad:
        _ = key_in(content, "x.key") if what == "key" else certificates_in(content, "x.key")
    assert str(bad.value) == f"x.key: {bad.value.why}"
    return bad.value.why


@pytest.mark.parametrize(
    ("kind", "form", "label"),
    [
        ("rsa", PKCS8, b"PRIVATE KEY"),
        ("rsa", OLD, b"RSA PRIVATE KEY"),
        ("ec", PKCS8, b"PRIVATE KEY"),
        ("ec", OLD, b"EC PRIVATE KEY"),
        ("ed25519", PKCS8, b"PRIVATE KEY"),
    ],
)
def test_keys_of_any_form(kind: str, form: PrivateFormat, label: bytes) -> None:
    private = key(kind)
    content = pem(private, form)
    assert [each.label for each in blocks(content)] == [label]
    for text in (content, content.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf# our key\n" + content):
        assert pem(key_in(text, "x")) == pem(private)


def test_what_openssl_writes_before_a_key_is_skipped() -> None:
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    assert key_in(parameters + pem(key("ec"), OLD), "x")


def test_one_file_may_hold_everything() -> None:
    content = (MADE.pem + MADE.key_pem + MADE.root.pem).encode()
    assert certificates_in(content, "x") == (MADE.certificate, MADE.root.certificate)
    assert pem(key_in(content, "x")) == pem(MADE.key)


@pytest.mark.parametrize("form", [PKCS8, OLD])
def test_a_locked_key(form: PrivateFormat) -> None:
    why = why_not("\n" + MADE.key_as(form, b"secret"))
    assert why.startswith("the key at line 2 is locked with a password; unlock it: openssl pkey")


def test_keys_that_are_of_no_use() -> None:
    assert "1024 bits; TLS asks for 2048" in why_not(pem(key("rsa1024")))
    assert "curve secp256k1" in why_not(pem(ec.generate_private_key(ec.SECP256K1())))
    assert "OpenSSH's form" in why_not(pem(key("ed25519"), PrivateFormat.OpenSSH))
    other = dsa.generate_private_key(2048)
    assert "a DSA key" in why_not(pem(other, OLD))
    assert "of a kind that TLS does not use" in why_not(pem(other))
    assert why_not(MADE.key_pem * 2) == "holds more than one private key, at lines 1 and 29"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (MADE.pem.encode(), "holds no private key, only: certificate"),
        (MADE.der, "is not PEM but DER; convert it"),
        (b"hello", "holds no private key in PEM form"),
        (MADE.key_pem[:500].encode(), "is cut off: `BEGIN PRIVATE KEY` has no `END`"),
        (MADE.key_pem.replace("M", "!", 2).encode(), "the key at line 1 is broken: "),
    ],
)
def test_files_without_a_key(content: bytes, why: str) -> None:
    assert why_not(content).startswith(why)


def test_files_without_a_certificate() -> None:
    assert why_not(MADE.key_pem, "certificate") == "holds no certificate, only: private key"
    assert why_not(MADE.pem[:300], "certificate").startswith("is cut off")
    trusted = MADE.pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE")
    assert "OpenSSL's `TRUSTED` form" in why_not(trusted, "certificate")


def test_a_broken_certificate_is_named_by_its_line() -> None:
    lines = MADE.pem.splitlines(keepends=True)
    content = MADE.pem + "# next\n" + "".join([lines[0], *lines[2:]])
    why = why_not(content, "certificate")
    assert why.startswith(f"the certificate at line {len(lines) + 2} is broken: ")
    skipped: list[str] = []
    assert certificates_in(content.encode(), "x", skipped) == (MADE.certificate,)
    assert len(skipped) == 1
    assert skipped[0].endswith("it is left out")


@given(st.binary(max_size=300), st.integers(0, 2000), st.booleans())
def test_whatever_is_in_a_file_it_is_read_or_refused(junk: bytes, at: int, over: bool) -> None:
    content = MADE.key_pem.encode() + MADE.pem.encode()
    content = content[:at] + junk + content[at + len(junk) * over :]
    for read in (key_in, certificates_in):
        with suppress(BadPem):
            read(content, "x")  # type: ignore[operator]
