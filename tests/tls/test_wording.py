"""Failed handshakes in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.support.certificates import ca, leaf

from linkerd.net.security import HandshakeError
from linkerd.tls.described import ends
from linkerd.tls.wording import Rules, worded

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = ca("Our CA", begins=BEGIN, days=900)
MADE = leaf("users.prod", issuer=ROOT, begins=BEGIN, days=30)
MINE = leaf("client", issuer=ROOT, begins=BEGIN, days=30).certificate
NOW = BEGIN.timestamp() + 86400
PEER = ("10.0.0.7", 8443)

CLIENT = Rules(
    server=False,
    name="users.internal",
    name_rule="`commonName` '{service}.internal' at l.yaml:41",
    trust="/etc/ca.pem at l.yaml:42",
    section="l.yaml:40",
)
SERVER = Rules(server=True, section="l.yaml:7")


def said(
    kind: str, detail: str = "", rules: Rules = CLIENT, now: float = NOW, *chain: bytes
) -> str:
    text = worded(PEER, HandshakeError(kind, detail, 0, chain), rules, now)
    head = "TLS with 10.0.0.7:8443 failed: "
    assert text.startswith(head)
    return text.removeprefix(head)


def test_another_name() -> None:
    assert said("wrong_name", "", CLIENT, NOW, MADE.der) == (
        "its certificate is for users.prod, `commonName` '{service}.internal' at l.yaml:41 asks for"
        " users.internal; correct one of the two (CN=users.prod, issued by CN=Our CA)"
    )
    bare = leaf(common_name="users.internal", issuer=ROOT)
    text = said("wrong_name", "", CLIENT, NOW, bare.der)
    assert "for no name at all (a common name in the subject is not read), " in text
    assert said("wrong_name").startswith("its certificate is not for users.internal; `commonName`")


def test_nobody_we_know() -> None:
    detail = "unable to get local issuer certificate"
    assert said("untrusted", detail, CLIENT, NOW, MADE.der) == (
        "its certificate (CN=users.prod for users.prod, issued by CN=Our CA, valid"
        " 2026-01-01 00:00 UTC to 2026-01-31 00:00 UTC) does not lead to /etc/ca.pem at l.yaml:42;"
        " OpenSSL says: unable to get local issuer certificate; put CN=Our CA, or who stands above"
        " it, into the bundle, or let the peer send the certificates between"
    )
    assert "it is self-signed" in said("untrusted", detail, CLIENT, NOW, leaf("x").der)
    assert said("untrusted", detail).startswith("its certificate does not lead to")


def test_dates() -> None:
    late = ends(MADE.certificate) + 3 * 86400
    text = said("expired", "", CLIENT, late, MADE.der, ROOT.der)
    assert text == (
        "its certificate (CN=users.prod, issued by CN=Our CA) expired at 2026-01-31 00:00 UTC,"
        " 3 days ago: renew it (here the time is 2026-02-03 00:00 UTC)"
    )
    early = said("not_yet_valid", "", CLIENT, NOW - 2 * 86400, MADE.der)
    assert "is not valid before 2026-01-01 00:00 UTC (here the time is 2025-12-31" in early
    above = said("expired", "", CLIENT, NOW, MADE.der, leaf("Old", begins=BEGIN, days=0.5).der)
    assert "(CN=Old, issued by CN=Old) expired" in above
    assert said("expired").startswith("a certificate of its chain has expired")


@pytest.mark.parametrize(
    ("kind", "detail", "rules", "words"),
    [
        ("bad_certificate", "unsuitable certificate purpose", CLIENT, "not stand the check: uns"),
        ("no_certificate", "", SERVER, "`requireClientAuth` at l.yaml:7 demands one"),
        ("refused_by_peer", "certificate required", CLIENT, "set `clientAuth` at l.yaml:40"),
        ("refused_by_peer", "handshake failure", CLIENT, "set `clientAuth` at l.yaml:40"),
        ("refused_by_peer", "handshake failure", SERVER, "set `clientAuth`"),
        ("refused_by_peer", "protocol version", CLIENT, "we speak TLS 1.2 and 1.3"),
        ("refused_by_peer", "unrecognized name", CLIENT, "asked for users.internal"),
        ("protocol", "", CLIENT, "`protocols` at l.yaml:40"),
        ("cipher", "no shared cipher", SERVER, "`ciphers` at l.yaml:7"),
        ("not_tls", "", CLIENT, "set `enabled: false` at l.yaml:40"),
        ("not_tls", "", SERVER, "`mode: permissive`"),
        ("reset", "connection reset by peer", CLIENT, "peer in the middle of the handshake"),
        ("timed_out", "", CLIENT, "`handshakeTimeoutMs`"),
        ("other", "odd\nthing", CLIENT, "odd\\nthing"),
        ("never seen", "", CLIENT, "never seen"),
    ],
)  # fmt: skip
def test_all_else(kind: str, detail: str, rules: Rules, words: str) -> None:
    if rules is SERVER and kind == "refused_by_peer":
        assert words not in said(kind, detail, rules)
    else:
        assert words in said(kind, detail, rules)


def test_what_we_have_shown() -> None:
    rules = Rules(server=False, shown=MINE)
    text = said("refused_by_peer", "unknown ca", rules)
    assert "alert `unknown ca`; it was shown CN=client for client, issued by CN=Our CA" in text
    assert "clientAuth" not in said("refused_by_peer", "handshake failure", rules)


def test_addresses_of_ipv6() -> None:
    text = worded(("::1", 443), HandshakeError("reset", "x"), CLIENT, NOW)
    assert text.startswith("TLS with [::1]:443 failed")


@pytest.mark.parametrize("kind", ["wrong_name", "untrusted", "expired", "bad_certificate"])
def test_a_certificate_that_cannot_be_read(kind: str) -> None:
    assert "its " in said(kind, "x", CLIENT, NOW, b"junk")
