from __future__ import annotations

import json
import time

import pytest
from tests.support.certificates import ca, leaf

from linkerd.cli.tls_servers import servers_json
from linkerd.linker import load

ROOT = ca()


@pytest.fixture
def shown(tmp_path):
    def show(certificate, more=""):
        cert, key = certificate.write(tmp_path)
        text = f"""\
routers:
- protocol: http
  label: in
  servers:
  - port: 4140
    tls: {{certPath: {cert}, keyPath: {key}{more}}}
  - {{port: 4141, ip: "::1"}}
"""
        now = time.time()  # noqa: TID251 - certificates are made for today
        value = servers_json(load(text, "l.yaml").routers[0], now)
        json.dumps(value)
        return value

    return show


def test_servers(shown):
    value = shown(leaf("users.internal", issuer=ROOT))
    assert (value["router"], value["where"]) == ("in", "l.yaml:2")
    secured, plain = value["servers"]
    assert (secured["address"], secured["faults"]) == ("127.0.0.1:4140", [])
    assert secured["tls"]["versions"] == ["TLSv1.2", "TLSv1.3"]
    (certificate,) = secured["tls"]["certificates"]
    assert (certificate["names"], certificate["where"]) == (["users.internal"], "l.yaml:6")
    assert plain == {"address": "[::1]:4141", "tls": None, "faults": [], "warnings": []}


def test_what_is_configured(shown):
    tls = shown(leaf("a", issuer=ROOT), ", mode: permissive, protocols: [TLSv1.3]")["servers"][0]
    assert (tls["tls"]["mode"], tls["tls"]["versions"]) == ("permissive", ["TLSv1.3"])
    assert tls["tls"]["clientTrust"] is None


@pytest.mark.parametrize(
    ("certificate", "fault"),
    [
        (lambda: leaf("a", issuer=ROOT, days=-2), "expired"),
        (lambda: leaf(issuer=ROOT, common_name="a"), "is for no DNS name or address"),
    ],
)
def test_what_clients_will_refuse(shown, certificate, fault):
    (said,) = shown(certificate())["servers"][0]["faults"]
    assert fault in said
    assert said.endswith("clients refuse it")


def test_a_key_that_all_can_read(shown, tmp_path):
    certificate = leaf("a", issuer=ROOT)
    certificate.write(tmp_path)
    (tmp_path / "leaf.key").chmod(0o644)
    server = shown(certificate)["servers"][0]
    assert server["faults"] == []
    (said,) = server["warnings"]
    assert said.endswith("every user of this host can read the key: chmod o-r")
