"""What our own servers present to those who connect, as a value fit for JSON.

In: the section of a router, the time. Out: `router`, `where` and `servers`, each with `address`,
`tls` (null: plain text), `faults`, for which clients will refuse it, and `warnings`. Reads the
certificates, opens no socket. Raises `BadPem`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from linkerd.cli.tls_report import own_json
from linkerd.tls.material import Sources
from linkerd.tls.policy import VERSIONS, policy_of

if TYPE_CHECKING:
    from linkerd.router.config import RouterConfig
    from linkerd.server.config import ListenerConfig
    from linkerd.tls.config import ServerTls

Json: TypeAlias = "dict[str, Any]"


def servers_json(router: RouterConfig, now: float) -> Json:
    """Report on the servers of a router; `now` is seconds since 1970."""
    return {
        "router": router.label,
        "where": str(router.where),
        "servers": [_server(each, now) for each in router.servers],
    }


def _server(server: ListenerConfig, now: float) -> Json:
    host = f"[{server.ip}]" if ":" in server.ip else server.ip
    shown: Json = {"address": f"{host}:{server.port}", "tls": None, "faults": [], "warnings": []}
    if server.tls is None:
        return shown
    tls = _tls(server.tls, now)
    material = Sources(server.tls.identities).read()
    late = material.out_of_date(now)
    faults = [f"{late}: clients refuse it"] if late else []
    faults += [
        f"{each['file']}: {each['subject']} is for no DNS name or address: clients refuse it"
        for each in tls["certificates"]
        if not each["names"]
    ]
    return shown | {"tls": tls, "faults": faults, "warnings": list(material.warnings)}


def _tls(tls: ServerTls, now: float) -> Json:
    policy = policy_of(tls.protocols, tls.ciphers)
    spoken = [word for word, it in VERSIONS.items() if policy.lowest <= it <= policy.highest]
    return {
        "where": str(tls.where),
        "mode": tls.mode,
        "versions": spoken,
        "certificates": [own_json(each, now) for each in (tls, *tls.certificates)],
        "clientTrust": tls.ca_cert_path if tls.require_client_auth else None,
    }


__all__ = ["servers_json"]
