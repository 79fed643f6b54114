"""A whole configuration: its top level, and what its parts must not do to each other.

In comes text, out comes a `LinkerConfig` that can be started, or `ConfigError` with every fault.
Used by the process and by `linkerd check`; nothing here opens, starts or listens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.admin.config import AdminConfig
from linkerd.config.bind import bind
from linkerd.config.load import parse
from linkerd.config.option import option
from linkerd.config.section import Section
from linkerd.errors import Fault, Where
from linkerd.namer.base import NamerConfig
from linkerd.router.config import RouterConfig
from linkerd.telemetry.base import TelemeterConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFLICT = "L5D-4008"
ANY = "0.0.0.0"


@attrs.frozen(kw_only=True)
class UsageConfig(Section):
    """Accepted for the sake of old configurations: nothing is ever reported to anybody."""

    summary: ClassVar[str] = "Linkerd 1's usage reports. Accepted; nothing is ever sent."

    org_id: str | None = option("Accepted and unused.", default=None)
    enabled: bool = option(
        "Accepted and unused.", default=False, differs="Linkerd 1 reports unless told not to."
    )


@attrs.frozen(kw_only=True)
class LinkerConfig(Section):
    """The top level of a configuration."""

    summary: ClassVar[str] = "Everything one process does."
    renamed: ClassVar[dict[str, str]] = {"announcers": "announcers belong to a router"}

    admin: AdminConfig = option("The admin server.", default=AdminConfig())
    routers: tuple[RouterConfig, ...] = option("What is routed; at least one.")
    namers: tuple[NamerConfig, ...] = option(
        "Where names are looked up; of two that answer, the later one wins.", default=()
    )
    telemetry: tuple[TelemeterConfig, ...] = option("Where metrics go.", default=())
    usage: UsageConfig = option("Accepted and unused.", default=UsageConfig())

    def faults(self) -> list[tuple[str, str]]:
        """A proxy without routers is none."""
        if self.routers:
            return []
        return [("routers", "At least one router must be specified in the configuration.")]


def load(text: str, source_name: str) -> LinkerConfig:
    """Read a configuration. Raises ConfigError with all faults, also those between its parts."""
    return bind(parse(text, source_name), LinkerConfig, across=conflicts)


def conflicts(config: LinkerConfig) -> Iterator[Fault]:
    """What routers and servers must not share."""
    yield from label_conflicts(config)
    yield from port_conflicts(config)
    yield from log_conflicts(config)
    yield from target_conflicts(config)


def label_conflicts(config: LinkerConfig) -> Iterator[Fault]:
    """Routers must be told apart in metrics."""
    seen: dict[str, Where] = {}
    for router in config.routers:
        place = router.place("label")
        if router.label in seen:
            yield fault(
                place,
                f"Multiple routers with the label {router.label}",
                f"a label other than that of {seen[router.label].path or 'the first'}",
            )
        else:
            seen[router.label] = place


def port_conflicts(config: LinkerConfig) -> Iterator[Fault]:
    """No two servers, the admin server among them, can have one address."""
    taken: list[tuple[str, int, str]] = []
    servers = [(s.ip, s.port, s.place("port")) for r in config.routers for s in r.servers]
    admin = (config.admin.ip, config.admin.port, config.admin.place("port"))
    # A port that nobody wrote cannot be the place of a fault.
    for ip, port, place in [*servers, admin] if admin[2].source else [admin, *servers]:
        for other_ip, other_port, other in taken:
            if port and port == other_port and overlap(ip, other_ip):
                yield fault(place, f"Server conflict on port {port}", f"a port other than {other}")
                break
        else:
            taken.append((ip, port, f"that of {place.path}" if place.path else "the admin port"))


def log_conflicts(config: LinkerConfig) -> Iterator[Fault]:
    """Nobody else can write a file that a router renames when it is full."""
    taken: dict[str, tuple[Where, bool]] = {}
    for router in config.routers:
        for key, path, rolled in router.log_files():
            place = router.place(key)
            first, also_rolled = taken.setdefault(path, (place, rolled))
            if first is not place and (rolled or also_rolled):
                why = f"{path} is rolled, so it cannot have the lines of two routers"
                yield fault(place, why, f"a file other than that of {first.path}")


def target_conflicts(config: LinkerConfig) -> Iterator[Fault]:
    """Connections can only be handed to a router that there is, and that speaks their protocol."""
    protocols = {router.label: router.kind for router in config.routers}
    for router in config.routers:
        for protocol, label in router.targets():
            if protocols.get(label) != protocol:
                labels = [each for each, kind in protocols.items() if kind == protocol]
                why = f"there is no router {label} with protocol {protocol}"
                yield fault(router.place(protocol), why, ", ".join(labels) or "such a router")


def overlap(one: str, other: str) -> bool:
    """Whether a listener on one address keeps the port of the other."""
    if one == other or "::" in (one, other):
        return True
    return ANY in (one, other) and ":" not in one + other


def fault(place: Where, why: str, expected: str) -> Fault:
    """A conflict, at the place of the later of the two."""
    return Fault(CONFLICT, place.source, place.line, place.column, place.path, why, expected)


__all__ = ["LinkerConfig", "UsageConfig", "load"]
