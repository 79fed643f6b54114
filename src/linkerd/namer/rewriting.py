"""The utility namers that turn a name into another: `io.buoyant.http.anyHost` and its like.

In: the segments that follow the namer's own. Out: those of the name to go on with, or None where
there is no such name: a segment is missing or does not look as it should. Pure; `builtin` owns the
paths they are reached by. Segments are bytes throughout, upper and lower case are not the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

Segments: TypeAlias = tuple[bytes, ...]
Rewrite: TypeAlias = Callable[[Segments], Segments | None]

# Coarse on purpose, so that names, IPv4 and IPv6 addresses pass, with a port or without.
_HOST = re.compile(rb"[A-Za-z0-9.:_-]+")
_METHOD = re.compile(rb"[A-Z]+")
_PORT = re.compile(rb"[a-z0-9][-a-z0-9]{0,62}")


def any_method(segments: Segments) -> Segments | None:
    """`/GET/rest` → `/rest`."""
    return segments[1:] if segments and _METHOD.fullmatch(segments[0]) else None


def any_host(segments: Segments) -> Segments | None:
    """`/web.example:80/rest` → `/rest`."""
    return segments[1:] if segments and _HOST.fullmatch(segments[0]) else None


def subdomain_of(segments: Segments) -> Segments | None:
    """`/example.com/web.example.com:80/rest` → `/web/rest`; the domain itself is no subdomain."""
    if len(segments) < 2 or not all(map(_HOST.fullmatch, segments[:2])):
        return None
    host, suffix = _without_port(segments[1]), b"." + segments[0]
    if not host.endswith(suffix) or host == suffix:
        return None
    return (host.removesuffix(suffix), *segments[2:])


def subdomain_of_prefixed(segments: Segments) -> Segments | None:
    """`/example.com/prefix/web.example.com/rest` → `/prefix/web/rest`."""
    domain, prefix, rest = segments[:1], segments[1:2], segments[2:]
    return _below(prefix, subdomain_of(domain + rest))


def domain_to_path(segments: Segments) -> Segments | None:
    """`/web.example.com/rest` → `/com/example/web/rest`; a port stays with its label."""
    if not segments or not _HOST.fullmatch(segments[0]):
        return None
    return (*reversed(_split(segments[0], b".")), *segments[1:])


def host_port(segments: Segments) -> Segments | None:
    """`/web:80/rest` → `/web/80/rest`. The port is a number or a name (RFC 1123 label)."""
    parts = _split(segments[0], b":") if segments else ()
    if len(parts) != 2 or not _PORT.fullmatch(parts[1]):
        return None
    return (*parts, *segments[1:])


def port_host(segments: Segments) -> Segments | None:
    """`/web:80/rest` → `/80/web/rest`."""
    split = host_port(segments)
    return None if split is None else (split[1], split[0], *split[2:])


def prefixed(rewrite: Rewrite) -> Rewrite:
    """Make the variant that keeps one segment in front: `/prefix/name` → `/prefix/other`."""

    def below_one(segments: Segments) -> Segments | None:
        return _below(segments[:1], rewrite(segments[1:]))

    return below_one


def _below(prefix: Segments, segments: Segments | None) -> Segments | None:
    return None if segments is None else prefix + segments


def _without_port(host: bytes) -> bytes:
    """Cut at the first colon, unless it is the first character."""
    colon = host.find(b":")
    return host[:colon] if colon > 0 else host


def _split(text: bytes, separator: bytes) -> Segments:
    """Split as Java does: what is empty at the end is no part."""
    parts = text.split(separator)
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts)


REWRITES: Mapping[str, Rewrite] = MappingProxyType(
    {
        "io.buoyant.hostportPfx": prefixed(host_port),
        "io.buoyant.porthostPfx": prefixed(port_host),
        "io.buoyant.http.anyMethod": any_method,
        "io.buoyant.http.anyMethodPfx": prefixed(any_method),
        "io.buoyant.http.anyHost": any_host,
        "io.buoyant.http.anyHostPfx": prefixed(any_host),
        "io.buoyant.http.subdomainOf": subdomain_of,
        "io.buoyant.http.subdomainOfPfx": subdomain_of_prefixed,
        "io.buoyant.http.domainToPath": domain_to_path,
        "io.buoyant.http.domainToPathPfx": prefixed(domain_to_path),
    }
)
"""The rewriting namers by what follows `/$/` in their names."""

__all__ = ["REWRITES", "Rewrite", "Segments"]
