"""The `admin` section, bound from text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.certificates import leaf

from linkerd.admin.config import AdminConfig
from linkerd.config.bind import bind
from linkerd.config.load import parse
from linkerd.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def read(text: str) -> AdminConfig:
    return bind(parse(text, "test.yaml"), AdminConfig)


def fault(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert len(caught.value.faults) == 1
    return str(caught.value)


def test_defaults() -> None:
    admin = read("{}")
    assert (admin.ip, admin.port, admin.shutdown_grace_ms) == ("127.0.0.1", 9990, 10_000)
    security = admin.security
    assert security.ui_enabled
    assert security.control_enabled
    assert security.diagnostics_enabled
    assert (security.path_whitelist, security.path_blacklist) == ((), ())


def test_every_key() -> None:
    admin = read(
        """
        ip: 0.0.0.0
        port: 9991
        shutdownGraceMs: 0
        security:
          uiEnabled: false
          controlEnabled: false
          diagnosticsEnabled: false
          pathWhitelist: ["/admin/.*"]
          pathBlacklist: [^/requests$]
        """
    )
    assert (admin.ip, admin.port, admin.shutdown_grace_ms) == ("0.0.0.0", 9991, 0)
    assert not admin.security.ui_enabled
    assert not admin.security.control_enabled
    assert not admin.security.diagnostics_enabled
    assert admin.security.path_whitelist == ("/admin/.*",)
    assert admin.security.path_blacklist == ("^/requests$",)


@pytest.mark.parametrize(
    "text",
    [
        "httpIdentifierPort: 9999",
        "workerThreads: 2",
    ],
)
def test_what_is_not_built_is_refused_by_name(text: str) -> None:
    assert "L5D-4007" in fault(text)


def test_patterns_must_be_regular_expressions() -> None:
    assert "is not a regular expression" in fault("security: {pathBlacklist: ['/a(']}")


def test_grace_is_not_negative() -> None:
    assert "must not be negative" in fault("shutdownGraceMs: -1")


def test_the_admin_server_does_not_guess_who_speaks_tls(tmp_path: Path) -> None:
    certificate, key = leaf("localhost").write(tmp_path)
    tls = f"tls: {{certPath: {certificate}, keyPath: {key}, mode: "
    assert read(tls + "strict}").tls is not None
    assert "speaks TLS or it does not" in fault(tls + "permissive}")
