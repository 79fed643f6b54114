"""Who is let in: security categories, foreign hosts and origins."""

from __future__ import annotations

import pytest

from linkerd.admin.access import Openness, is_loopback, names_this_machine, refusal
from linkerd.admin.config import SecurityConfig

UI = (
    "/",
    "/admin/files/admin.css",
    "/config.json",
    "/admin/metrics.json",
    "/delegator.json",
    "/delegator",
    "/explain",
    "/explain.json",
)
CONTROL = ("/admin/shutdown", "/logging.json")
DIAGNOSTICS = (
    "/admin/ping",
    "/admin/metrics/prometheus",
    "/client_state.json",
    "/favicon.ico",
    "/config_json",
    "/admin/shutdown/",
)


@pytest.mark.parametrize(
    ("closed", "paths"),
    [("ui_enabled", UI), ("control_enabled", CONTROL), ("diagnostics_enabled", DIAGNOSTICS)],
)
def test_each_category_is_closed_alone(closed: str, paths: tuple[str, ...]) -> None:
    openness = Openness(SecurityConfig(**{closed: False}))
    for path in (*UI, *CONTROL, *DIAGNOSTICS):
        assert openness.allows(path) is (path not in paths), path


def test_everything_is_open_by_default() -> None:
    openness = Openness(SecurityConfig())
    assert all(openness.allows(path) for path in (*UI, *CONTROL, *DIAGNOSTICS))


def test_lists_match_whole_paths_and_black_is_stronger() -> None:
    openness = Openness(
        SecurityConfig(
            diagnostics_enabled=False,
            path_whitelist=("/admin/.*", "/client"),
            path_blacklist=("/admin/ping", "/config"),
        )
    )
    assert openness.allows("/admin/server_info")
    assert not openness.allows("/admin/ping")
    assert not openness.allows("/client_state.json")
    assert openness.allows("/config.json")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:9990",
        "admin.localhost",
        "127.0.0.1",
        "127.0.0.1:9990",
        "10.1.2.3:80",
        "[::1]:9990",
        "[::1]",
        "::1",
    ],
)
def test_own_hosts(host: str) -> None:
    assert names_this_machine(host)


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:9990", "1.2", "["],
)
def test_foreign_hosts(host: str) -> None:
    assert not names_this_machine(host)


@pytest.mark.parametrize(
    ("method", "host", "origin", "site", "exposed", "refused"),
    [
        ("GET", "localhost:9990", None, None, False, False),
        ("GET", None, None, None, False, False),
        ("GET", "evil.example", None, None, False, True),
        ("HEAD", "evil.example", None, None, False, True),
        ("GET", "linkerd.internal", None, None, True, False),
        ("GET", "127.0.0.1:9990", "http://evil.example", "cross-site", False, False),
        ("POST", "127.0.0.1:9990", None, None, False, False),
        ("POST", "127.0.0.1:9990", "http://127.0.0.1:9990", "same-origin", False, False),
        ("POST", "127.0.0.1:9990", "http://127.0.0.1:80", None, False, True),
        ("POST", "127.0.0.1:9990", "https://127.0.0.1:9990", None, False, True),
        ("POST", "127.0.0.1:9990", "http://evil.example", None, False, True),
        ("POST", "127.0.0.1:9990", "null", None, False, True),
        ("POST", "127.0.0.1:9990", "http://[", None, False, True),
        ("POST", "127.0.0.1:9990", None, "cross-site", False, True),
        ("POST", "127.0.0.1:9990", None, "same-site", False, True),
        ("POST", "linkerd.internal", None, None, True, False),
        ("POST", "evil.example", "http://evil.example", "same-origin", True, True),
        ("DELETE", "localhost", "http://evil.example", None, False, True),
    ],
)
def test_refusals(
    method: str,
    host: str | None,
    origin: str | None,
    site: str | None,
    exposed: bool,
    refused: bool,
) -> None:
    assert (refusal(method, host, origin, site, exposed) is not None) is refused


def test_loopback() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("::")
