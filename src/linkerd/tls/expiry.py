"""When certificates end: a gauge for each, and warnings before it.

In: the certificates in use, by file; the time. Out: gauges `certificates/<file>/<n>/expires_s`,
which are seconds to go and fall below zero, and lines of the log at 21, 7 and 1 days and at the
end, each once. Owned by the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linkerd.logger import make_logger
from linkerd.tls.described import DAY_S, day, ends, span, subject_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from linkerd.runtime import Runtime
    from linkerd.telemetry.metrics import Registration, Scope

log = make_logger()

WARN_S = (21 * DAY_S, 7 * DAY_S, DAY_S, 0.0)
"""How long before the end there is a warning."""

LOOK_S = 600.0
MOST = 20
"""Gauges a file has: of larger bundles, those certificates that end first."""


class Expiry:
    """All certificates in use. The first timer is set with the first of them."""

    def __init__(self, runtime: Runtime, scope: Scope) -> None:
        self._runtime = runtime
        self._scope = scope.scope("certificates")
        self._of: dict[str, tuple[x509.Certificate, ...]] = {}
        self._gauges: dict[str, list[Registration]] = {}
        self._told: dict[x509.Certificate, float] = {}
        self._timer: Any = None

    def use(self, file: str, certificates: Sequence[x509.Certificate]) -> None:
        """These are the certificates that were read from a file, in place of others."""
        shown = tuple(certificates)
        if len(shown) > MOST:
            shown = tuple(sorted(shown, key=ends)[:MOST])
        if self._of.get(file) == shown:
            return
        for gauge in self._gauges.pop(file, ()):
            gauge.close()
        self._of[file] = shown
        label = file.strip("/").replace("/", "-")
        self._gauges[file] = [
            self._scope.gauge(label, str(number), "expires_s", read=_Left(self._runtime, each).left)
            for number, each in enumerate(shown, 1)
        ]
        self._told = {
            c: at for c, at in self._told.items() if any(c in s for s in self._of.values())
        }
        if self._timer is None:
            self._timer = self._runtime.reactor.callLater(0, self._look)
        else:
            self._warn(file)

    def _look(self) -> None:
        self._timer = self._runtime.reactor.callLater(LOOK_S, self._look)
        for file in self._of:
            self._warn(file)

    def _warn(self, file: str) -> None:
        now = self._runtime.wall()
        for certificate in self._of[file]:
            left = ends(certificate) - now
            reached = min((limit for limit in WARN_S if left <= limit), default=None)
            if reached is None or self._told.get(certificate, reached + 1) <= reached:
                continue
            self._told[certificate] = reached
            until = f"ends in {span(left)}" if left > 0 else f"has ended {span(-left)} ago"
            log.warn(
                "TLS: {file}: {whose} {until}, at {at}",
                file=file,
                whose=subject_of(certificate),
                until=until,
                at=day(ends(certificate)),
            )

    def close(self) -> None:
        """Take the gauges off the tree, and stop to look."""
        for gauges in self._gauges.values():
            for gauge in gauges:
                gauge.close()
        self._gauges.clear()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()


class _Left:
    """Seconds to the end of a certificate."""

    def __init__(self, runtime: Runtime, certificate: x509.Certificate) -> None:
        self._wall = runtime.wall
        self._ends = ends(certificate)

    def left(self) -> float:
        return self._ends - self._wall()


__all__ = ["LOOK_S", "MOST", "WARN_S", "Expiry"]
