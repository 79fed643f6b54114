"""Certificates in words: whose, by whom, until when. In: certificates. Out: text. Pure.

What a certificate says comes from whoever made it, so it is cut and its control characters are
shown, not sent to a terminal.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 120
MOST_NAMES = 8
DAY_S = 86400.0


def clean(text: str, longest: int = LONGEST) -> str:
    """Make foreign text fit for one line of a log."""
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[: longest + 1])
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def subject_of(certificate: x509.Certificate) -> str:
    """Whose it is, as RFC 4514 writes it."""
    return _name(certificate.subject)


def issuer_of(certificate: x509.Certificate) -> str:
    """Who signed it."""
    return _name(certificate.issuer)


def _name(name: x509.Name) -> str:
    return clean(name.rfc4514_string()) or "(no name)"


def common_name_of(certificate: x509.Certificate) -> str:
    """The first common name, to call it by; never what it is trusted for."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return clean(str(found[0].value)) if found else ""


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The DNS names and addresses it holds for."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    addresses = found.get_values_for_type(x509.IPAddress)
    return (*found.get_values_for_type(x509.DNSName), *(str(each) for each in addresses))


def listed(names: Iterable[str]) -> str:
    """Names in a row, the first few of many."""
    shown = [clean(name) for name in names]
    more = len(shown) - MOST_NAMES
    return ", ".join(shown[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def begins(certificate: x509.Certificate) -> float:
    """The first second it is valid, since 1970."""
    return certificate.not_valid_before_utc.timestamp()


def ends(certificate: x509.Certificate) -> float:
    """The last second it is valid, since 1970."""
    return certificate.not_valid_after_utc.timestamp()


def day(at: float) -> str:
    """A moment, to the minute."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def out_of_date(certificate: x509.Certificate, now: float) -> str:
    """Why it does not hold now ("" if it does); `now` is seconds since 1970."""
    if now > ends(certificate):
        return f"expired at {day(ends(certificate))}, {span(now - ends(certificate))} ago"
    if now < begins(certificate):
        begin = begins(certificate)
        return f"is not valid before {day(begin)}, in {span(begin - now)}"
    return ""


def span(seconds: float) -> str:
    """A time span, in the unit that tells it best."""
    for unit, size in (("day", DAY_S), ("hour", 3600.0), ("minute", 60.0)):
        if seconds >= size:
            count = int(seconds / size)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"


def described(certificate: x509.Certificate) -> str:
    """All of it in one line: subject, names, issuer, dates."""
    names = names_of(certificate)
    valid = f"{day(begins(certificate))} to {day(ends(certificate))}"
    for_names = f" for {listed(names)}" if names else " for no DNS name or address"
    return (
        f"{subject_of(certificate)}{for_names}, issued by {issuer_of(certificate)}, valid {valid}"
    )


def told(certificate: x509.Certificate) -> dict[str, Any]:
    """All of it for JSON; times are seconds since 1970."""
    return {
        "subject": subject_of(certificate),
        "names": [clean(name) for name in names_of(certificate)],
        "issuer": issuer_of(certificate),
        "begins": begins(certificate),
        "ends": ends(certificate),
    }


__all__ = [
    "DAY_S",
    "begins",
    "clean",
    "common_name_of",
    "day",
    "described",
    "ends",
    "issuer_of",
    "listed",
    "names_of",
    "out_of_date",
    "span",
    "subject_of",
    "told",
]
