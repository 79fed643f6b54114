"""Who may ask the admin server for what: decisions over facts of a request's head.

Paths and header values come in, refusals go out; nothing here knows of Twisted. Two dangers are
met. A page in a browser of this machine must not reach an admin server that listens to this
machine only, neither by a name that was rebound to 127.0.0.1 nor by posting blindly. And what the
`security` section closes stays closed.
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from linkerd.admin.config import SecurityConfig

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))

_UI = re.compile(
    r"/|/files/.*|/admin/files/.*|/config\.json|/metrics\.json|/admin/metrics\.json|/admin/metrics"
    r"|/delegator|/delegator\.json|/explain|/explain\.json|/logging|/help"
)
_CONTROL = re.compile(r"/admin/shutdown|/logging\.json")


class Openness:
    """Which paths the `security` section leaves open (Linkerd's SecurityFilter)."""

    def __init__(self, config: SecurityConfig) -> None:
        self._config = config
        self._black = [re.compile(pattern) for pattern in config.path_blacklist]
        self._white = [re.compile(pattern) for pattern in config.path_whitelist]

    def allows(self, path: str) -> bool:
        """Tell whether the path is served; the blacklist is stronger than the whitelist."""
        if any(pattern.fullmatch(path) for pattern in self._black):
            return False
        return self._enabled(path) or any(pattern.fullmatch(path) for pattern in self._white)

    def _enabled(self, path: str) -> bool:
        if _UI.fullmatch(path):
            return self._config.ui_enabled
        if _CONTROL.fullmatch(path):
            return self._config.control_enabled
        return self._config.diagnostics_enabled


def refusal(
    method: str,
    host: str | None,
    origin: str | None,
    fetch_site: str | None,
    exposed: bool,
    scheme: str = "http",
) -> str | None:
    """Give the reason to refuse a request, or None.

    `host`, `origin` and `fetch_site` are header values (`Host`, `Origin`, `Sec-Fetch-Site`) if
    present. `exposed` tells that the server listens beyond this machine on purpose: names that we
    cannot know may then lead here. `scheme` is how the server is asked, `https` with TLS.
    """
    own = host is None or names_this_machine(host)
    if not own and not exposed:
        return "This Host is not this machine."
    if method in SAFE_METHODS:
        return None
    if fetch_site not in (None, "same-origin", "none"):
        return "Another site may not ask for this."
    if origin is not None and not (own and same_origin(origin, host, scheme)):
        return "Another origin may not ask for this."
    return None


def names_this_machine(host: str) -> bool:
    """Tell whether a `Host` is `localhost` or a literal address, which nobody can rebind."""
    name = _name_of(host)
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def same_origin(origin: str, host: str | None, scheme: str = "http") -> bool:
    """Tell whether an `Origin` is that of a page of this very server."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return host is not None and parts.scheme == scheme and parts.netloc.lower() == host.lower()


def is_loopback(ip: str) -> bool:
    """Tell whether a literal address can be reached from this machine alone."""
    return ipaddress.ip_address(ip).is_loopback


def _name_of(host: str) -> str:
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


__all__ = ["SAFE_METHODS", "Openness", "is_loopback", "names_this_machine", "refusal"]
