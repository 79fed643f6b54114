"""The `Security` of a server or a client, made of its `tls` section.

In: a section, the store, the scope of whose connections they are. Out: what the carriers ask for
contexts and tell of handshakes. Nothing here is made or asked per request.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from linkerd._typing import override
from linkerd.logger import make_logger
from linkerd.net.security import Security
from linkerd.tls.config import PERMISSIVE
from linkerd.tls.material import Sources
from linkerd.tls.policy import policy_of
from linkerd.tls.recipe import ClientRecipe, ServerRecipe
from linkerd.tls.server_name import server_name
from linkerd.tls.stats import TlsStats
from linkerd.tls.wording import Rules, worded

if TYPE_CHECKING:
    from collections.abc import Callable

    import OpenSSL.SSL

    from linkerd.config.section import Section
    from linkerd.name.matcher import Variables
    from linkerd.net.connection import Transport
    from linkerd.net.security import HandshakeError
    from linkerd.runtime import Runtime
    from linkerd.telemetry.metrics import Scope
    from linkerd.tls.config import ClientTls, ServerTls
    from linkerd.tls.policy import Policy
    from linkerd.tls.rotation import Rotation
    from linkerd.tls.store import Store

log = make_logger()

LOG_GAP_S = 10.0
"""The least time between two lines about failed handshakes of one server or client."""

QUIET = frozenset(("closed", "reset"))
"""Causes that peers have every day, such as port scans and checks of load balancers."""

_SHOWN = {
    ssl.TLSVersion.TLSv1: "TLS 1.0",
    ssl.TLSVersion.TLSv1_1: "TLS 1.1",
    ssl.TLSVersion.TLSv1_2: "TLS 1.2",
    ssl.TLSVersion.TLSv1_3: "TLS 1.3",
}


class RotatedSecurity(Security):
    """Contexts that follow their files, statistics, and words for what fails."""

    def __init__(
        self,
        rotation: Rotation,
        stats: TlsStats,
        rules: Callable[[], Rules],
        runtime: Runtime,
        server_name: str = "",
        *,
        alpn: tuple[str, ...] = (),
        permissive: bool = False,
        verifies_name: bool = False,
        handshake_s: float,
    ) -> None:
        super().__init__(
            server_name,
            alpn=alpn,
            permissive=permissive,
            verifies_name=verifies_name,
            handshake_s=handshake_s,
        )
        self._rotation = rotation
        self._stats = stats
        self._rules = rules
        self._clock = runtime.clock
        self._wall = runtime.wall
        self._logged = float("-inf")
        self._unlogged = 0

    @override
    def context(self) -> ssl.SSLContext:
        return self._rotation.current.ssl()

    @override
    def stock_context(self) -> OpenSSL.SSL.Context:
        return self._rotation.current.stock()

    @override
    def secured(self, transport: Transport, elapsed_s: float) -> None:
        facts = transport.tls
        self._stats.secured(elapsed_s, facts is not None and facts.resumed)

    @override
    def closed(self, transport: Transport) -> None:
        self._stats.closed()

    @override
    def plain(self, peer: tuple[str, int]) -> None:
        self._stats.plain()

    @override
    def failed(self, peer: tuple[str, int], error: HandshakeError, elapsed_s: float) -> str:
        """Count it, log it if there has been no line for a while, and give the text."""
        self._stats.failed(error.kind, elapsed_s)
        text = worded(peer, error, self._rules(), self._wall())
        now = self._clock()
        if error.kind in QUIET:
            log.debug("{text}", text=text)
        elif now - self._logged < LOG_GAP_S:
            self._unlogged += 1
        else:
            more = f" ({self._unlogged} more since the last such line)" if self._unlogged else ""
            log.warn("{text}{more}", text=text, more=more)
            self._logged, self._unlogged = now, 0
        return text


def server_security(
    config: ServerTls,
    store: Store,
    runtime: Runtime,
    scope: Scope,
    alpn: tuple[str, ...] = (),
    names: bool = False,
) -> Security:
    """Make the security of a server. Reads files, so it is for the start. Raises `BadPem`.

    `names`: the names that clients send (SNI) have to be known.
    """
    trust = (config.ca_cert_path,) if config.ca_cert_path and config.require_client_auth else ()
    policy = policy_of(config.protocols, config.ciphers)
    recipe = ServerRecipe(policy, alpn, config.require_client_auth, names)
    rotation = store.rotation(recipe, Sources(config.identities, trust))
    permissive = config.mode == PERMISSIVE

    def rules() -> Rules:
        return Rules(
            server=True,
            trust=_place(config, "caCertPath", config.ca_cert_path or ""),
            shown=rotation.current.material.identities[0].certificate,
            versions=_versions(policy),
            section=str(config.where),
        )

    return RotatedSecurity(
        rotation,
        TlsStats(scope, permissive),
        rules,
        runtime,
        alpn=alpn,
        permissive=permissive,
        handshake_s=config.handshake_timeout_ms / 1000,
    )


def client_rotation(config: ClientTls, store: Store, alpn: tuple[str, ...] = ()) -> Rotation:
    """Read what the clients of a section share. Blocks if nobody has before: call it at the start.

    Raises `BadPem`.
    """
    own = (config.client_auth.files,) if config.client_auth is not None else ()
    verify = not config.disable_validation
    if not verify:
        place = _place(config, "disableValidation", "disableValidation")
        store.warn_once(f"TLS: {place}: endpoints are not verified, anybody may pose as one")
    if config.trust_certs:
        place = _place(config, "trustCerts", "trustCerts")
        store.warn_once(f"TLS: {place} is deprecated: put all into one file, trustCertsBundle")
    recipe = ClientRecipe(policy_of(config.protocols, config.ciphers), alpn, verify)
    return store.rotation(recipe, Sources(own, config.trust_files if verify else ()))


def client_security(
    config: ClientTls,
    captures: Variables,
    store: Store,
    runtime: Runtime,
    scope: Scope,
    alpn: tuple[str, ...] = (),
) -> Security | None:
    """Make the security of one client; None if TLS is switched off.

    `captures` is what the prefix of the section's entry has found in the client's id. Raises
    `BadServerName` if no name can be made of that.
    """
    if not config.enabled:
        return None
    template = config.common_name or ""
    name = server_name(template, captures) if template else ""
    rotation = client_rotation(config, store, alpn)
    policy = policy_of(config.protocols, config.ciphers)
    bundles = ", ".join(config.trust_files)
    key = "trustCertsBundle" if config.trust_certs_bundle else "trustCerts"

    def rules() -> Rules:
        own = rotation.current.material.identities
        return Rules(
            server=False,
            name=name,
            name_rule=_place(config, "commonName", f"`commonName` {template!r}"),
            trust=_place(config, key, bundles) if bundles else "what the system trusts",
            shown=own[0].certificate if own else None,
            versions=_versions(policy),
            section=str(config.where),
        )

    return RotatedSecurity(
        rotation,
        TlsStats(scope),
        rules,
        runtime,
        name,
        alpn=alpn,
        verifies_name=not config.disable_validation,
        handshake_s=config.handshake_timeout_ms / 1000,
    )


def _place(config: Section, key: str, what: str) -> str:
    """A value, and where it stands if it is written somewhere."""
    place = str(config.place(key))
    return f"{what} at {place}" if place else what


def _versions(policy: Policy) -> str:
    lowest, highest = _SHOWN[policy.lowest], _SHOWN[policy.highest]
    return lowest if lowest == highest else f"{lowest} to {highest}"


__all__ = ["LOG_GAP_S", "RotatedSecurity", "client_rotation", "client_security", "server_security"]
