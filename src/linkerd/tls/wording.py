"""A failed handshake in words: who, which certificate, which rule at which line, what to do.

In: the carriers' `HandshakeError` and what the configuration asked for. Out: one line of text, the
same on every carrier. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from cryptography import x509

from linkerd.tls.described import (
    begins,
    clean,
    day,
    described,
    ends,
    issuer_of,
    listed,
    names_of,
    span,
    subject_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from linkerd.net.security import HandshakeError

_WANTS_ONE = ("certificate required", "handshake failure")
"""Alerts of a server that was shown no certificate: with TLS 1.3, and before."""


@attrs.frozen
class Rules:
    """What one side asks for, with the places where that is written.

    `name` is what a certificate must be for ("" on a server), `name_rule` says where that stands;
    `trust` is where authorities come from, in words. `shown` is our own certificate, None if there
    is none to show. `versions` says what we speak, `section` where the `tls` section stands.
    """

    server: bool
    name: str = ""
    name_rule: str = ""
    trust: str = "what the system trusts"
    shown: x509.Certificate | None = None
    versions: str = "TLS 1.2 and 1.3"
    section: str = ""


def worded(peer: tuple[str, int], error: HandshakeError, rules: Rules, now: float) -> str:
    """Say why there is no TLS with a peer; `now` is seconds since 1970."""
    word = _WORDS.get(error.kind, _other)
    who = f"[{peer[0]}]:{peer[1]}" if ":" in peer[0] else f"{peer[0]}:{peer[1]}"
    return f"TLS with {who} failed: {word(error, rules, now)}"


def _peer_certificate(error: HandshakeError) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(error.chain[0]) if error.chain else None
    except ValueError:
        return None


def _certificate(error: HandshakeError) -> str:
    shown = _peer_certificate(error)
    return f"its certificate ({described(shown)})" if shown is not None else "its certificate"


def _wrong_name(error: HandshakeError, rules: Rules, now: float) -> str:
    shown = _peer_certificate(error)
    asked = f"{rules.name_rule} asks for {rules.name}"
    if shown is None:
        return f"its certificate is not for {rules.name}; {asked}"
    names = listed(names_of(shown)) or "no name at all (a common name in the subject is not read)"
    who = f"{subject_of(shown)}, issued by {issuer_of(shown)}"
    return f"its certificate is for {names}, {asked}; correct one of the two ({who})"


def _untrusted(error: HandshakeError, rules: Rules, now: float) -> str:
    shown = _peer_certificate(error)
    clause = f"OpenSSL says: {clean(error.detail)}"
    if shown is None:
        return f"its certificate does not lead to {rules.trust}; {clause}"
    if shown.subject == shown.issuer:
        advice = "it is self-signed: put it into the bundle, or let an authority sign it"
    else:
        advice = (
            f"put {issuer_of(shown)}, or who stands above it, into the bundle, or let the peer send"
            " the certificates between"
        )
    return f"{_certificate(error)} does not lead to {rules.trust}; {clause}; {advice}"


def _when(error: HandshakeError, rules: Rules, now: float) -> str:
    """Expired or not yet valid; it may be one further up the chain."""
    for each in error.chain:
        try:
            certificate = x509.load_der_x509_certificate(each)
        except ValueError:
            continue
        who = f"{subject_of(certificate)}, issued by {issuer_of(certificate)}"
        clock = "here the time is"
        if now > ends(certificate):
            ago = span(now - ends(certificate))
            until = f"expired at {day(ends(certificate))}, {ago} ago"
            return f"its certificate ({who}) {until}: renew it ({clock} {day(now)})"
        if now < begins(certificate):
            begin = day(begins(certificate))
            return f"its certificate ({who}) is not valid before {begin} ({clock} {day(now)})"
    word = "has expired" if error.kind == "expired" else "is not valid yet"
    return f"a certificate of its chain {word} (here the time is {day(now)})"


def _bad(error: HandshakeError, rules: Rules, now: float) -> str:
    return f"{_certificate(error)} does not stand the check: {clean(error.detail)}"


def _no_certificate(error: HandshakeError, rules: Rules, now: float) -> str:
    return f"it showed no certificate, and `requireClientAuth`{_at(rules)} demands one"


def _refused(error: HandshakeError, rules: Rules, now: float) -> str:
    alert = clean(error.detail) or "an alert"
    told = f"the peer refused, with the alert `{alert}`"
    ours = rules.shown
    if not rules.server and ours is None and alert in _WANTS_ONE:
        return f"{told}; it may want a certificate of ours: set `clientAuth`{_at(rules)}"
    if ours is not None and ("certificate" in alert or "unknown ca" in alert):
        return f"{told}; it was shown {described(ours)}"
    if "protocol version" in alert:
        return f"{told}; we speak {rules.versions}"
    if "unrecognized name" in alert:
        return f"{told}; it was asked for {rules.name}"
    return told


def _protocol(error: HandshakeError, rules: Rules, now: float) -> str:
    return f"no common version of TLS; we speak {rules.versions} (`protocols`{_at(rules)})"


def _cipher(error: HandshakeError, rules: Rules, now: float) -> str:
    return f"no common cipher suite (`ciphers`{_at(rules)}): {clean(error.detail)}"


def _not_tls(error: HandshakeError, rules: Rules, now: float) -> str:
    if rules.server:
        return "the client speaks no TLS; `mode: permissive` would take plain text, too"
    return (
        "the endpoint speaks no TLS on this port; correct the port, or set `enabled: false`"
        f"{_at(rules)}"
    )


def _closed(error: HandshakeError, rules: Rules, now: float) -> str:
    return f"{clean(error.detail)} in the middle of the handshake"


def _timed_out(error: HandshakeError, rules: Rules, now: float) -> str:
    late = "the handshake was not done in time (`handshakeTimeoutMs`)"
    return late if rules.server else f"{late}; maybe the endpoint speaks no TLS on this port"


def _other(error: HandshakeError, rules: Rules, now: float) -> str:
    return clean(error.detail) or error.kind


def _at(rules: Rules) -> str:
    return f" at {rules.section}" if rules.section else ""


_WORDS: dict[str, Callable[[HandshakeError, Rules, float], str]] = {
    "wrong_name": _wrong_name,
    "untrusted": _untrusted,
    "expired": _when,
    "not_yet_valid": _when,
    "revoked": _bad,
    "bad_certificate": _bad,
    "no_certificate": _no_certificate,
    "refused_by_peer": _refused,
    "protocol": _protocol,
    "cipher": _cipher,
    "not_tls": _not_tls,
    "closed": _closed,
    "reset": _closed,
    "timed_out": _timed_out,
}

__all__ = ["Rules", "worded"]
