"""The `tls` sections, as they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.support.certificates import ca, leaf

from linkerd.catalogue import CATALOGUE
from linkerd.config.bind import bind
from linkerd.config.load import parse
from linkerd.errors import ConfigError, Fault
from linkerd.tls.config import PERMISSIVE, ClientTls, ServerTls
from linkerd.tls.identity import IdentityFiles

if TYPE_CHECKING:
    from pathlib import Path

    from linkerd.config.section import Section


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    root = ca()
    leaf("users.internal", issuer=root).write(tmp_path)
    leaf("web.internal", issuer=root).write(tmp_path, "web")
    (tmp_path / "ca.pem").write_text(root.pem)


PAIR = "certPath: leaf.pem\nkeyPath: leaf.key\n"


def read(cls: type[Section], text: str) -> Any:
    return bind(parse(text, "l.yaml"), cls)


def faults(cls: type[Section], text: str) -> list[Fault]:
    with pytest.raises(ConfigError) as error:
        read(cls, text)
    assert {fault.code for fault in error.value.faults} <= set(CATALOGUE)
    return error.value.faults


def fault(cls: type[Section], text: str) -> tuple[str, int, str, str]:
    (only,) = faults(cls, text)
    return only.code, only.line, only.path, only.why


def test_a_server_of_linkerd_1() -> None:
    config = read(
        ServerTls,
        PAIR
        + "intermediateCertsPath: ca.pem\ncaCertPath: ca.pem\nrequireClientAuth: true\n"
        + "ciphers: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\nprotocols: [TLSv1.2]\n",
    )
    assert config.identities == (IdentityFiles("leaf.pem", "leaf.key", "ca.pem"),)
    assert config.require_client_auth
    assert config.handshake_timeout_ms == 10_000


def test_more_certificates_and_a_mode() -> None:
    more = "certificates:\n- {certPath: web.pem, keyPath: web.key}\nmode: permissive\n"
    config = read(ServerTls, PAIR + more)
    assert [each.certificate for each in config.identities] == ["leaf.pem", "web.pem"]
    assert config.mode == PERMISSIVE


@pytest.mark.parametrize(
    ("text", "code", "line", "path", "why"),
    [
        ("certPath: leaf.pem\nkeyPath: web.key\n", "L5D-4011", 2, "keyPath", "web.key: is not"),
        ("certPath: leaf.key\nkeyPath: leaf.key\n", "L5D-4011", 1, "certPath", "leaf.key: holds"),
        (PAIR + "intermediateCertsPath: leaf.key\n",
         "L5D-4011", 3, "intermediateCertsPath", "leaf.key: holds no certificate"),
        (PAIR + "requireClientAuth: true\ncaCertPath: leaf.key\n",
         "L5D-4011", 4, "caCertPath", "leaf.key: holds no certificate"),
        (PAIR + "requireClientAuth: true\n", "L5D-4008", 3, "requireClientAuth", "needs `caCert"),
        (PAIR + "enabled: true\n", "L5D-4002", 3, "enabled", "`enabled` is a key of the past"),
        (PAIR + "mode: lax\n", "L5D-4004", 3, "mode", "must be strict or permissive"),
        (PAIR + "ciphers: [HIGH]\n", "L5D-4004", 3, "ciphers", "'HIGH' is not a cipher suite"),
        (PAIR + "protocols: [SSLv3]\n", "L5D-4004", 3, "protocols", "'SSLv3' is broken for good"),
        ("certPath: none.pem\nkeyPath: leaf.key\n", "L5D-4009", 1, "certPath", "'none.pem' is n"),
        (PAIR + "certificates:\n- certPath: web.pem\n  keyPath: leaf.key\n",
         "L5D-4011", 5, "certificates[0].keyPath", "leaf.key: is not the key"),
        (PAIR + "mode: permissive\nrequireClientAuth: true\ncaCertPath: ca.pem\n",
         "L5D-4008", 3, "mode", "who speaks plain text"),
    ],
)  # fmt: skip
def test_faults_of_servers(text: str, code: str, line: int, path: str, why: str) -> None:
    found = fault(ServerTls, text)
    assert found[:3] == (code, line, path)
    assert found[3].startswith(why)


def test_clients() -> None:
    config = read(ClientTls, 'commonName: "{service}.internal"\ntrustCertsBundle: ca.pem\n')
    assert config.enabled
    assert config.trust_files == ("ca.pem",)
    several = read(ClientTls, "commonName: a.b\ntrustCerts: [ca.pem, leaf.pem]\n")
    assert several.trust_files == ("ca.pem", "leaf.pem")
    assert read(ClientTls, "disableValidation: true\n").common_name is None
    assert not read(ClientTls, "enabled: false\n").enabled
    own = read(
        ClientTls, "commonName: a.b\nclientAuth:\n  certPath: leaf.pem\n  keyPath: leaf.key\n"
    )
    assert own.client_auth.files == IdentityFiles("leaf.pem", "leaf.key")


@pytest.mark.parametrize(
    ("text", "code", "line", "path", "why"),
    [
        ("enabled: true\n", "L5D-4008", 1, "",
         "tls is configured with validation but `commonName` is not set"),
        ("commonName: a.b\ntrustCerts: [ca.pem]\ntrustCertsBundle: ca.pem\n",
         "L5D-4008", 2, "trustCerts",
         "Both trustCerts and trustCertsBundle have been set. Please use only trustCertsBundle."),
        ("clientAuth: {certPath: leaf.pem, keyPath: leaf.key}\ndisableValidation: true\n",
         "L5D-4008", 2, "disableValidation",
         "disableValidation: true is incompatible with clientAuth"),
        ("commonName: '*.internal'\n", "L5D-4004", 1, "commonName", "has a star: a name is verified"
         " as it is, only certificates have wildcards"),
    ],
)  # fmt: skip
def test_faults_of_clients(text: str, code: str, line: int, path: str, why: str) -> None:
    assert fault(ClientTls, text) == (code, line, path, why)


def test_a_bundle_that_is_none() -> None:
    code, line, path, why = fault(ClientTls, "commonName: a.b\ntrustCertsBundle: leaf.key\n")
    assert (code, line, path) == ("L5D-4011", 2, "trustCertsBundle")
    assert why == "leaf.key: holds no certificate, only: private key"
