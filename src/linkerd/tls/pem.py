"""PEM files: the certificates and the key in them, in any form that tools write.

In: the bytes of a file, and its name for messages. Out: certificates, a private key, or `BadPem`,
which names file, line and reason. Pure.

What stands between the blocks (comments, the text of `openssl x509 -text`) is skipped, and so is a
block that was not asked for: a file may hold a certificate, its chain and its key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from linkerd.errors import LinkerdError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    PrivateKey: TypeAlias = (
        rsa.RSAPrivateKey
        | ec.EllipticCurvePrivateKey
        | ed25519.Ed25519PrivateKey
        | ed448.Ed448PrivateKey
    )

_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----.*?-----END \1-----", re.DOTALL)
_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----")

_CERTIFICATES = (b"CERTIFICATE", b"X509 CERTIFICATE")
_KEYS = (b"PRIVATE KEY", b"RSA PRIVATE KEY", b"EC PRIVATE KEY")
_LOCKED = (b"ENCRYPTED PRIVATE KEY",)
_OTHER_KEYS = {
    b"OPENSSH PRIVATE KEY": "a key of OpenSSH's form; convert it: ssh-keygen -p -m PKCS8 -f FILE",
    b"DSA PRIVATE KEY": "a DSA key, which TLS does not use any more",
}
_UNLOCK = "is locked with a password; unlock it: openssl pkey -in FILE -out NEW"

MIN_RSA_BITS = 2048
CURVES = ("secp256r1", "secp384r1", "secp521r1")


class BadPem(LinkerdError):
    """A file that does not hold what it should; `file` and `why` are for the reader."""

    code = "L5D-4011"

    def __init__(self, file: str, why: str) -> None:
        super().__init__(f"{file}: {why}")
        self.file = file
        self.why = why


class Block(NamedTuple):
    """What stands between BEGIN and END, these included, and the line of BEGIN."""

    label: bytes
    text: bytes
    line: int


def blocks(content: bytes) -> Iterator[Block]:
    """Find the blocks of a file."""
    for found in _BLOCK.finditer(content):
        yield Block(found[1], found[0], content.count(b"\n", 0, found.start()) + 1)


def certificates_in(
    content: bytes, file: str, skipped: list[str] | None = None
) -> tuple[x509.Certificate, ...]:
    """Read all certificates, in their order. Raises `BadPem` if one is broken, or if none is there.

    With `skipped` a broken one is left out while there are others, and a line put there about it.
    """
    read: list[x509.Certificate] = []
    broken: list[str] = []
    for block in blocks(content):
        if block.label == b"TRUSTED CERTIFICATE":
            broken.append(f"the certificate at line {block.line} is of OpenSSL's `TRUSTED` form")
        elif block.label in _CERTIFICATES:
            try:
                certificate = x509.load_pem_x509_certificate(block.text)
                certificate.public_key()
                _ = certificate.extensions
                read.append(certificate)
            except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
                broken.append(f"the certificate at line {block.line} is broken: {_short(error)}")
    if broken and (skipped is None or not read):
        raise BadPem(file, broken[0])
    if skipped is not None:
        skipped += [f"{file}: {why}; it is left out" for why in broken]
    if not read:
        raise BadPem(file, _nothing(content, "certificate"))
    return tuple(read)


def key_in(content: bytes, file: str) -> PrivateKey:
    """Read the private key: PKCS#8, PKCS#1 or SEC1. Raises `BadPem`."""
    found: list[tuple[int, PrivateKey]] = []
    for block in blocks(content):
        if block.label in _LOCKED or b"Proc-Type: 4,ENCRYPTED" in block.text:
            raise BadPem(file, f"the key at line {block.line} {_UNLOCK}")
        if block.label in _OTHER_KEYS:
            raise BadPem(file, f"line {block.line} has {_OTHER_KEYS[block.label]}")
        if block.label in _KEYS:
            found.append((block.line, _key(block, file)))
    if not found:
        raise BadPem(file, _nothing(content, "private key"))
    if len(found) > 1:
        lines = " and ".join(str(line) for line, _ in found)
        raise BadPem(file, f"holds more than one private key, at lines {lines}")
    return found[0][1]


def _key(block: Block, file: str) -> PrivateKey:
    try:
        key = load_pem_private_key(block.text, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadPem(file, f"the key at line {block.line} is broken: {_short(error)}") from None
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < MIN_RSA_BITS:
            why = f"the RSA key has {key.key_size} bits; TLS asks for {MIN_RSA_BITS} or more"
            raise BadPem(file, why)
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey):
        if key.curve.name not in CURVES:
            why = f"the key is on the curve {key.curve.name}; TLS peers know {', '.join(CURVES)}"
            raise BadPem(file, why)
        return key
    if isinstance(key, (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)):
        return key
    raise BadPem(file, "the key is of a kind that TLS does not use: take RSA, ECDSA or Ed25519")


def _nothing(content: bytes, wanted: str) -> str:
    """Say what is in a file that has not what was wanted."""
    labels = [block.label.decode().lower() for block in blocks(content)]
    if labels:
        return f"holds no {wanted}, only: {', '.join(dict.fromkeys(labels))}"
    begun = _BEGIN.search(content)
    if begun is not None:
        return f"is cut off: `BEGIN {begun[1].decode()}` has no `END`"
    if not content.strip():
        return "is empty"
    if content.startswith(b"\x30"):
        return "is not PEM but DER; convert it: openssl x509 (or pkey) -inform der -in FILE"
    return f"holds no {wanted} in PEM form"


def _short(error: Exception) -> str:
    """The first line of an error's text, without the library's advice behind it."""
    line = next(iter(str(error).splitlines()), "")
    return line.split(". ", 1)[0].removesuffix(".")[:120] or type(error).__name__


__all__ = ["CURVES", "MIN_RSA_BITS", "BadPem", "Block", "blocks", "certificates_in", "key_in"]
