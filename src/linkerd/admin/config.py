"""The `admin` section: where the admin server listens and what it lets be seen.

The binder makes one `AdminConfig`; the linker owns it and hands it to `linkerd.admin.site`.
"""

from __future__ import annotations

import re
from typing import ClassVar

import attrs

from linkerd.config.option import not_negative, option
from linkerd.config.scalars import IpAddress, Port
from linkerd.config.section import Section
from linkerd.net.socket_options import DEFAULT_OPTIONS, SocketOptions
from linkerd.tls.config import PERMISSIVE, ServerTls


def _patterns(patterns: tuple[str, ...]) -> str | None:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as wrong:
            return f"{pattern!r} is not a regular expression: {wrong}"
    return None


@attrs.frozen(kw_only=True)
class SecurityConfig(Section):
    """Which pages answer. A page that does not answer looks as if it did not exist (404)."""

    summary: ClassVar[str] = (
        "Closes parts of the admin server: the first page with what it shows, the control of the"
        " process, and diagnostics, which is everything else."
    )

    ui_enabled: bool = option(
        "Serve the first page, `/config.json`, the metrics as JSON and the delegator.",
        default=True,
        since="1.3.4",
    )
    control_enabled: bool = option(
        "Serve `/admin/shutdown` and `/logging.json`.", default=True, since="1.3.4"
    )
    diagnostics_enabled: bool = option(
        "Serve everything else: `/admin/ping`, the Prometheus text, `/client_state.json`, ...",
        default=True,
        since="1.3.4",
    )
    path_whitelist: tuple[str, ...] = option(
        "Regular expressions; paths that match one as a whole are served in spite of the above.",
        default=(),
        since="1.3.4",
        check=_patterns,
    )
    path_blacklist: tuple[str, ...] = option(
        "Regular expressions; paths that match one as a whole are never served.",
        default=(),
        since="1.3.4",
        check=_patterns,
    )


@attrs.frozen(kw_only=True)
class AdminConfig(Section):
    """The admin server's address and behaviour."""

    summary: ClassVar[str] = (
        "The HTTP server that shows metrics and state and that can end the process. It begins to"
        " listen last: when its port is open, the proxy serves."
    )
    not_yet: ClassVar[dict[str, str]] = {
        "httpIdentifierPort": "`/delegator.json` answers most of its questions",
        "workerThreads": "there are no threads to count: admin shares the reactor",
    }

    ip: IpAddress = option("The address to listen on.", default=IpAddress("127.0.0.1"))
    port: Port = option("The port to listen on.", default=Port(9990))
    shutdown_grace_ms: int = option(
        "How long requests in flight may take when the process is asked to end.",
        default=10_000,
        check=not_negative,
    )
    socket_options: SocketOptions = option(
        "What is asked of the system for the sockets. A connection rests for a minute at most, and"
        " for `readTimeoutMs` if that is shorter. A client that takes longer than `writeTimeoutMs`,"
        " or a minute, for 64 KB of a long page is given up.",
        default=DEFAULT_OPTIONS,
    )
    security: SecurityConfig = option("What is served.", default=SecurityConfig())
    tls: ServerTls | None = option(
        "Serve all of it over TLS; without this section, in the clear.", default=None
    )

    def faults(self) -> list[tuple[str, ...]]:
        """Browsers and scrapers say by the URL which they want; none needs both on one port."""
        if self.tls is None or self.tls.mode != PERMISSIVE:
            return []
        return [("tls", "the admin server has no `mode: permissive`: it speaks TLS or it does not")]


__all__ = ["AdminConfig", "SecurityConfig"]
