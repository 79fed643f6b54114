"""The table of certificates and `/tls.json`."""

from __future__ import annotations

import json
import re

import attrs

from linkerd.admin.certificates import MOST, certificate_table, is_well, tls_json
from linkerd.admin.view import CertificateView, MaterialView

NOW = 1_700_000_000.0
DAY = 86400.0


def certificate(days: float, name: str = "web.internal") -> CertificateView:
    return CertificateView(f"CN={name}", [name], "CN=<ca>", NOW - DAY, NOW + days * DAY)


def material(*days: float) -> MaterialView:
    return MaterialView(["/tls/a.pem"], {"/tls/a.pem": [certificate(each) for each in days]}, NOW)


def text(*materials: MaterialView) -> str:
    return re.sub("<[^>]+>", " ", "".join(certificate_table(materials, NOW)))


def test_shows_whose_it_is_and_when_it_ends() -> None:
    shown = "".join(certificate_table([material(30)], NOW))
    assert "CN=web.internal" in shown
    assert "in use" in shown
    assert "CN=&lt;ca&gt;" in shown
    assert '<span class="badge good">in 30 d 0 h' in shown


def test_the_end_stands_out() -> None:
    assert 'badge trying">in 20 d 0 h' in "".join(certificate_table([material(20)], NOW))
    assert 'badge bad">2 d 0 h ago' in "".join(certificate_table([material(-2)], NOW))


def test_says_why_new_files_are_not_used() -> None:
    assert "a.pem: is empty" in text(attrs.evolve(material(30), fault="a.pem: is empty"))
    assert "do not fit yet" in text(attrs.evolve(material(30), waiting="is not the key"))


def test_of_a_bundle_those_that_end_first() -> None:
    shown = text(material(*range(100, 100 + MOST + 3)))
    assert "and 3 more" in shown
    assert shown.count("CN=web.internal") == MOST
    assert "in 104 d" in shown
    assert "in 105 d" not in shown


def test_what_the_system_trusts_has_no_files() -> None:
    assert "what the system trusts" in text(MaterialView([], {}, NOW))


def test_trouble_is_a_fault_or_an_end_that_is_near() -> None:
    assert is_well([material(22)], NOW)
    assert not is_well([material(22), material(20)], NOW)
    assert not is_well([attrs.evolve(material(22), fault="is empty")], NOW)


def test_json() -> None:
    broken = attrs.evolve(material(1), fault="is empty", fault_since=NOW)
    first, second = json.loads("".join(tls_json([material(1), broken])))
    assert first["fault"] is None
    assert first["loaded_at"] == "2023-11-14T22:13:20.000Z"
    assert first["certificates"][0] == {
        "file": "/tls/a.pem",
        "subject": "CN=web.internal",
        "names": ["web.internal"],
        "issuer": "CN=<ca>",
        "begins": "2023-11-13T22:13:20.000Z",
        "ends": "2023-11-15T22:13:20.000Z",
    }
    assert (second["fault"], second["fault_since"]) == ("is empty", "2023-11-14T22:13:20.000Z")
    assert "".join(tls_json([])) == "[]"
