"""Protocol versions and cipher suites: what configurations may say, and what holds without them.

In: the words of a configuration. Out: a `Policy`, or why a word is none. Pure but for OpenSSL,
which is asked what it knows.

Without words it is TLS 1.2 and 1.3 with the suites of Mozilla's *intermediate* profile. The suites
of TLS 1.3 are all good and all on: the standard library's `ssl` cannot choose among them.
"""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}

INTERMEDIATE = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "DHE-RSA-AES128-GCM-SHA256",
    "DHE-RSA-AES256-GCM-SHA384",
    "DHE-RSA-CHACHA20-POLY1305",
)

OLD_SUITES = (
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-RSA-AES256-SHA",
    "AES128-SHA",
)
"""What TLS 1.0 and 1.1 can use at all; added only where those are asked for."""

SUITES_1_3 = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")

_WORD = re.compile(r"[A-Z0-9_-]{3,60}")
_JAVA = re.compile(r"(?:TLS|SSL)_(\w+)_WITH_(\w+)")


@attrs.frozen
class Policy:
    """Lowest and highest version, suites of TLS 1.2 and below in OpenSSL's names."""

    lowest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2
    highest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    suites: tuple[str, ...] = INTERMEDIATE

    @property
    def cipher_string(self) -> str:
        """What OpenSSL is told, with the level of security beside it.

        At level 2 it refuses signatures with SHA-1 and RSA keys below 2048 bits, of peers too; TLS
        1.0 and 1.1 work at level 0 only.
        """
        level = 2 if self.lowest >= ssl.TLSVersion.TLSv1_2 else 0
        return ":".join([*self.suites, f"@SECLEVEL={level}"])


INTERMEDIATE_POLICY = Policy()


def policy_of(protocols: Sequence[str] | None, ciphers: Sequence[str] | None) -> Policy:
    """Make the policy of checked words; None or nothing leaves the default."""
    versions = [VERSIONS[word] for word in protocols or ("TLSv1.2", "TLSv1.3")]
    lowest = min(versions)
    suites: tuple[str, ...] = INTERMEDIATE
    if ciphers:
        suites = tuple(name for name in map(openssl_name, ciphers) if name not in SUITES_1_3)
    elif lowest < ssl.TLSVersion.TLSv1_2:
        suites += OLD_SUITES
    return Policy(lowest, max(versions), suites or INTERMEDIATE)


def check_protocols(words: Sequence[str] | None) -> str | None:
    """Say what is wrong with a list of versions, if anything is."""
    if words is None:
        return None
    known = list(VERSIONS)
    for word in words:
        if word.startswith("SSL"):
            return f"{word!r} is broken for good: take {known[2]} and {known[3]}"
        if word not in VERSIONS:
            return f"{word!r} is not a protocol; there are {', '.join(known)}"
    if not words:
        return "names no protocol"
    places = sorted({known.index(word) for word in words})
    if places != list(range(places[0], places[-1] + 1)):
        return "leaves out a version between two others, which OpenSSL cannot do well"
    return None


def check_ciphers(words: Sequence[str] | None) -> str | None:
    """Say what is wrong with a list of suites, if anything is."""
    if words is None:
        return None
    if not words:
        return "names no cipher suite"
    for word in words:
        name = openssl_name(word)
        if name in SUITES_1_3:
            continue
        found = _known(name)
        if found is None:
            return f"{word!r} is not a cipher suite that OpenSSL knows"
        if found["auth"] == "auth-null" or not found["symmetric"]:
            return f"{word!r} protects nothing"
    return None


def openssl_name(word: str) -> str:
    """OpenSSL's name of a suite, from its own or from the registered one that Java uses."""
    if word in SUITES_1_3:
        return word
    found = _JAVA.fullmatch(word)
    if found is None:
        return word
    exchange, cipher = found[1], found[2]
    cipher = re.sub(r"AES_(\d+)", r"AES\1", cipher).removesuffix("_SHA256" * ("POLY" in cipher))
    cipher = cipher.replace("_CBC_", "_").replace("3DES_EDE_", "DES_CBC3_")
    parts = ([] if exchange == "RSA" else [exchange]) + [cipher]
    return "_".join(parts).replace("_", "-")


def _known(name: str) -> dict[str, object] | None:
    if not _WORD.fullmatch(name):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.set_ciphers(f"{name}:@SECLEVEL=0")
    except ssl.SSLError:
        return None
    known: list[dict[str, object]] = [dict(each) for each in context.get_ciphers()]
    return next((each for each in known if each["name"] == name), None)


__all__ = [
    "INTERMEDIATE",
    "INTERMEDIATE_POLICY",
    "Policy",
    "check_ciphers",
    "check_protocols",
    "openssl_name",
    "policy_of",
]
