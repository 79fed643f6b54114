from __future__ import annotations

import json

import pytest
from tests.support.certificates import ca, leaf

from linkerd.cli.tls_report import routed_json
from linkerd.cli.tls_targets import Routed, Target
from linkerd.errors import RequestError
from linkerd.linker import load
from linkerd.net.security import Security, TlsFacts
from linkerd.tls.described import DAY_S, ends
from linkerd.tls.probe import Probe

ROOT = ca()
LEAF = leaf("users.internal", issuer=ROOT).certificate
NOW = ends(LEAF) - 10 * DAY_S
FACTS = TlsFacts("TLSv1.3", "TLS_AES_128_GCM_SHA256", "", False, "users.internal")

GOOD = Probe(("::1", 443), facts=FACTS, chain=(LEAF,), anchor=ROOT.certificate, asked=True)
REFUSED = Probe(("10.0.0.1", 443), "its certificate is bad", "untrusted", chain=(LEAF,))
LOST = Probe(("10.0.0.2", 443), "connection refused")

ROUTED = {"routed": True, "code": None, "why": None}


def explained(verdict):
    return {
        "router": "out",
        "where": "l.yaml:3",
        "identification": {"name": "/svc/users"},
        "verdict": verdict,
    }


@pytest.fixture
def section(secured):
    router = load(secured.read_text(), "l.yaml").routers[1]
    return router.client.tls_sections()[0]


def report(section, *probes, refusal=None, verdict=ROUTED):
    security = None if refusal else Security("users.internal")
    target = Target("/#/users", section, security, refusal, 1.0, (), 3)
    shown = routed_json(Routed(explained(verdict), (target,)), {"/#/users": list(probes)}, NOW)
    json.dumps(shown)
    return shown


def test_an_endpoint(section):
    shown = report(section, GOOD)
    assert shown["ok"]
    (client,) = shown["clients"]
    assert (client["client"], client["count"], client["ok"]) == ("/#/users", 3, True)
    (endpoint,) = client["endpoints"]
    assert endpoint["address"] == "[::1]:443"
    assert (endpoint["ok"], endpoint["code"], endpoint["kind"]) == (True, None, None)
    assert (endpoint["version"], endpoint["alpn"]) == ("TLSv1.3", None)
    assert endpoint["asksForCertificate"] is True
    assert endpoint["trustedThrough"] == "CN=Trial CA"
    (certificate,) = endpoint["certificates"]
    assert certificate["names"] == ["users.internal"]
    assert certificate["daysLeft"] == 10.0
    assert certificate["fault"] is None


def test_the_rules_and_where_they_stand(section, certs):
    tls = report(section)["clients"][0]["tls"]
    assert (tls["serverName"], tls["sni"], tls["commonNameWhere"]) == (
        "users.internal",
        True,
        "l.yaml:18",
    )
    assert (tls["trust"], tls["trustWhere"]) == ([f"{certs}/ca.pem"], "l.yaml:19")
    assert (tls["clientAuth"]["subject"], tls["clientAuth"]["where"]) == ("CN=linker", "l.yaml:20")


@pytest.mark.parametrize(("probe", "code"), [(REFUSED, "L5D-2012"), (LOST, "L5D-2001")])
def test_what_is_not_well(section, probe, code):
    shown = report(section, GOOD, probe)
    assert not shown["ok"]
    endpoint = shown["clients"][0]["endpoints"][1]
    assert (endpoint["ok"], endpoint["code"], endpoint["why"]) == (False, code, probe.trouble)


def test_a_name_that_cannot_be_made(section):
    shown = report(section, refusal=RequestError("no name", "L5D-2013"))
    client = shown["clients"][0]
    assert (client["code"], client["why"]) == ("L5D-2013", "no name")
    assert (shown["ok"], client["tls"]["serverName"]) == (False, None)


def test_nothing_to_try(section):
    assert not report(section)["ok"], "no endpoints"
    plain = report(None)
    assert (plain["ok"], plain["clients"][0]["tls"]) == (False, None)
    nowhere = report(section, GOOD, verdict={"routed": False, "code": "L5D-1101", "why": "no rule"})
    assert (nowhere["ok"], nowhere["code"], nowhere["why"]) == (False, "L5D-1101", "no rule")
