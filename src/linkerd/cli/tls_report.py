"""What a test of TLS has found, as a value fit for JSON.

In: what a router makes of a name, the probes of its endpoints, the time. Out: for each router

    router, where, name         the router, its place, the logical name
    routed, code, why           whether requests have somewhere to go, as `linkerd explain` says
    clients                     client, tls (null: plain text), count, endpoints, code, why
    ok                          TLS is spoken with all endpoints that were tried, and there are some

An endpoint has `address`, `ok`, `code`, `kind`, `why`, and what was agreed on and shown. Keys may
be added; none will be taken away or change its meaning. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from linkerd.tls.described import DAY_S, begins, ends, issuer_of, names_of, out_of_date, subject_of
from linkerd.tls.identity import read_identity
from linkerd.tls.server_name import is_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography import x509

    from linkerd.cli.tls_targets import Routed, Target
    from linkerd.tls.config import CertificateFiles, ClientTls
    from linkerd.tls.probe import Probe

Json: TypeAlias = "dict[str, Any]"

NOT_CONNECTED, NO_TLS = "L5D-2001", "L5D-2012"


def routed_json(routed: Routed, probes: Mapping[str, list[Probe]], now: float) -> Json:
    """Report on a router; `probes` are by client id, `now` is seconds since 1970."""
    explained = routed.explained
    verdict = explained["verdict"]
    clients = [client_json(each, probes.get(each.client_id, []), now) for each in routed.targets]
    return {
        "router": explained["router"],
        "where": explained["where"],
        "name": explained["identification"]["name"],
        "routed": verdict["routed"],
        "code": verdict["code"],
        "why": verdict["why"],
        "clients": clients,
        "ok": verdict["routed"] and bool(clients) and all(each["ok"] for each in clients),
    }


def client_json(target: Target, probes: list[Probe], now: float) -> Json:
    """Report on a client."""
    endpoints = [endpoint_json(each, target, now) for each in probes]
    return {
        "client": target.client_id,
        "tls": _tls(target, now) if target.section is not None else None,
        "code": target.refusal.code if target.refusal is not None else None,
        "why": target.refusal.message if target.refusal is not None else None,
        "count": target.count,
        "endpoints": endpoints,
        "ok": bool(endpoints) and all(each["ok"] for each in endpoints),
    }


def _tls(target: Target, now: float) -> Json:
    section = target.section
    assert section is not None
    name = target.security.server_name if target.security is not None else ""
    return {
        "where": str(section.where),
        "enabled": section.enabled,
        "validation": not section.disable_validation,
        "validationWhere": str(section.place("disableValidation")),
        "commonName": section.common_name,
        "commonNameWhere": str(section.place("commonName")),
        "serverName": name or None,
        "sni": bool(name) and not is_address(name),
        "trust": list(section.trust_files),
        "trustWhere": str(_trust_place(section)),
        "clientAuth": _own(section, now),
    }


def _trust_place(section: ClientTls) -> object:
    return section.place("trustCertsBundle" if section.trust_certs_bundle else "trustCerts")


def _own(section: ClientTls, now: float) -> Json | None:
    """The certificate that endpoints are shown if they ask."""
    own = section.client_auth
    return None if own is None else own_json(own, now)


def own_json(own: CertificateFiles, now: float) -> Json:
    """Describe a certificate of ours, with its file. Reads it. Raises `BadPem`."""
    shown = certificate_json(read_identity(own.files).certificate, now)
    return shown | {"file": own.cert_path, "where": str(own.place("certPath"))}


def endpoint_json(probe: Probe, target: Target, now: float) -> Json:
    """Report on an endpoint."""
    host, port = probe.address
    facts = probe.facts
    code = (NO_TLS if probe.kind else NOT_CONNECTED) if probe.trouble else None
    return {
        "address": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "ok": not probe.trouble,
        "code": code,
        "kind": probe.kind or None,
        "why": probe.trouble or None,
        "version": facts.version if facts is not None else None,
        "cipher": facts.cipher if facts is not None else None,
        "alpn": (facts.alpn or None) if facts is not None else None,
        "certificates": [certificate_json(each, now) for each in probe.chain],
        "trustedThrough": subject_of(probe.anchor) if probe.anchor is not None else None,
        "asksForCertificate": probe.asked,
        "resumableS": probe.ticket_s,
        "handshakeMs": round(probe.elapsed_s * 1000.0, 1),
    }


def certificate_json(certificate: x509.Certificate, now: float) -> Json:
    """Describe a certificate; `daysLeft` falls below zero."""
    return {
        "subject": subject_of(certificate),
        "issuer": issuer_of(certificate),
        "names": list(names_of(certificate)),
        "notBefore": _iso(begins(certificate)),
        "notAfter": _iso(ends(certificate)),
        "daysLeft": round((ends(certificate) - now) / DAY_S, 1),
        "fault": out_of_date(certificate, now) or None,
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


__all__ = ["certificate_json", "client_json", "endpoint_json", "own_json", "routed_json"]
