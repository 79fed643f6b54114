from __future__ import annotations

import pytest

from linkerd.cli.style import plain
from linkerd.cli.tls_text import report_text, servers_text

CERTIFICATE = {
    "subject": "CN=users",
    "issuer": "CN=CA",
    "names": ["users.internal"],
    "notBefore": "2026-01-01T00:00:00Z",
    "notAfter": "2026-04-01T00:00:00Z",
    "daysLeft": 30.0,
    "fault": None,
}
OWN = CERTIFICATE | {"subject": "CN=linker", "file": "linker.pem", "where": "l.yaml:9"}
TLS = {
    "where": "l.yaml:5",
    "enabled": True,
    "validation": True,
    "validationWhere": "l.yaml:5",
    "commonName": "{service}.internal",
    "commonNameWhere": "l.yaml:6",
    "serverName": "users.internal",
    "sni": True,
    "trust": ["ca.pem"],
    "trustWhere": "l.yaml:7",
    "clientAuth": OWN,
}
GOOD = {
    "address": "10.0.0.1:443",
    "ok": True,
    "code": None,
    "kind": None,
    "why": None,
    "version": "TLSv1.3",
    "cipher": "AES",
    "alpn": "http/1.1",
    "certificates": [CERTIFICATE],
    "trustedThrough": "CN=CA",
    "asksForCertificate": True,
    "resumableS": 7200,
    "handshakeMs": 2.5,
}
NOT_SEEN = {"version": None, "certificates": [], "ok": False}
REFUSED = GOOD | NOT_SEEN | {"code": "L5D-2012", "kind": "closed", "why": "so it is"}
LOST = GOOD | NOT_SEEN | {"code": "L5D-2001", "why": "connection refused"}


def client(*endpoints, **changes):
    ok = bool(endpoints) and all(each["ok"] for each in endpoints)
    value = {"client": "/#/users", "tls": TLS, "code": None, "why": None, "count": len(endpoints)}
    return value | {"endpoints": list(endpoints), "ok": ok} | changes


def report(*clients, **changes):
    value = {"router": "out", "where": "l.yaml:2", "name": "/svc/users", "routed": True}
    value |= {"code": None, "why": None, "clients": list(clients)}
    return report_text(
        value | {"ok": all(each["ok"] for each in clients)} | changes, plain
    ).splitlines()


def test_all_is_well():
    assert report(client(GOOD, count=7)) == [
        "router        out  l.yaml:2",
        "name          /svc/users",
        "",
        "client        /#/users  7 endpoints, the first 1 of them are tried",
        "tls           l.yaml:5",
        "  asks for    users.internal, made of '{service}.internal'  l.yaml:6",
        "  trusts      ca.pem  l.yaml:7",
        "  can show    CN=linker, 30 days left  l.yaml:9",
        "",
        "10.0.0.1:443  ok",
        "  speaks      TLSv1.3, AES, ALPN http/1.1, 2.5 ms",
        "  was asked   for users.internal (SNI)",
        "  showed      CN=users",
        "              for users.internal",
        "              issued by CN=CA",
        "              from 2026-01-01 to 2026-04-01: 30 days left",
        "  trusted by  CN=CA",
        "  asked us    for a certificate, and was shown CN=linker",
        "  session     can be resumed for 2 hours",
        "",
        "verdict       ok",
    ]


def test_troubles():
    lines = report(client(GOOD, REFUSED, LOST))
    at = lines.index("10.0.0.1:443  no TLS: L5D-2012")
    assert lines[at + 1 : at + 3] == ["  so it is", ""]
    at = lines.index("10.0.0.1:443  no connection: L5D-2001")
    assert lines[at + 1 : at + 3] == [
        "  connection refused",
        "  Check that the instance runs and listens on the address shown.",
    ]
    assert lines[-1] == (
        "verdict       no TLS with 1 of 3 endpoints; no connection to 1 of 3 endpoints"
    )


@pytest.mark.parametrize(
    ("endpoint", "tls", "line"),
    [
        ({}, {"sni": False}, "  was asked   for no name (no SNI)"),
        ({"alpn": None}, {}, "  speaks      TLSv1.3, AES, no ALPN, 2.5 ms"),
        ({"resumableS": None}, {}, "  session     cannot be resumed"),
        ({"asksForCertificate": False}, {}, "  asked us    for no certificate"),
        (
            {},
            {"clientAuth": None},
            "  asked us    for a certificate, was shown none, and does without",
        ),
        ({}, {"clientAuth": None}, "  can show    nothing, without `clientAuth`"),
        ({}, {"trust": []}, "  trusts      what the system trusts"),
        ({}, {"validation": False}, "10.0.0.1:443  ok, but nothing was verified"),
        (
            {"certificates": [CERTIFICATE | {"daysLeft": 5.5}]},
            {},
            "10.0.0.1:443  ok, but a certificate ends soon: 5 days left",
        ),
    ],
)
def test_what_differs(endpoint, tls, line):
    assert line in report(client(GOOD | endpoint, tls=TLS | tls))


@pytest.mark.parametrize(
    ("tls", "said"),
    [
        (None, "none: the proxy speaks plain text with these endpoints"),
        (TLS | {"enabled": False}, "switched off, `enabled: false`: plain text is spoken"),
    ],
)
def test_plain_text(tls, said):
    lines = report(client(tls=tls, count=2))
    assert lines[4].startswith(f"tls           {said}")
    assert lines[-1] == "verdict       plain text, no TLS to test"


def test_no_name():
    lines = report(client(code="L5D-2013", why="no name here", tls=TLS | {"serverName": None}))
    assert "              no name here" in lines
    assert lines[-1] == "verdict       no name to ask for"


def test_no_endpoints():
    assert report(client())[-1] == "verdict       no endpoint to ask"


def test_nowhere():
    assert report(routed=False, ok=False, code="L5D-1101", why="no rule matches")[-3:] == [
        "verdict       no endpoint is asked: L5D-1101",
        "              no rule matches",
        "              `linkerd explain` shows why",
    ]


def test_servers():
    tls = {"where": "l.yaml:5", "mode": "permissive", "versions": ["TLSv1.3"]}
    tls |= {"certificates": [OWN], "clientTrust": "ca.pem"}
    value = {
        "router": "in",
        "where": "l.yaml:2",
        "servers": [
            {
                "address": "127.0.0.1:4140",
                "tls": tls,
                "faults": ["it expired"],
                "warnings": ["too open"],
            },
            {"address": "127.0.0.1:4141", "tls": None, "faults": [], "warnings": []},
        ],
    }
    assert servers_text(value, plain).splitlines() == [
        "router        in  l.yaml:2",
        "",
        "127.0.0.1:4140  permissive: plain text, too",
        "  speaks      TLSv1.3",
        "  shows       CN=linker",
        "              for users.internal",
        "              issued by CN=CA",
        "              from 2026-01-01 to 2026-04-01: 30 days left",
        "              linker.pem  l.yaml:9",
        "  asks        for a certificate from ca.pem",
        "  it expired",
        "  too open",
        "",
        "127.0.0.1:4141  plain text, without `tls`",
        "",
        "verdict       1 fault",
    ]
