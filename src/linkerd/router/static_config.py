"""`kind: io.l5d.static`: the parameters of clients and services, by what their names begin with.

The binder makes the sections; the router asks them when it makes a client, by its id, or a service,
by its name. Every entry whose prefix matches counts, in the order of the file: of each parameter
the value that was written last counts as a whole, and what nobody wrote has its default. Linkerd's
rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import attrs

from linkerd._typing import override
from linkerd.config.option import option
from linkerd.config.section import Section
from linkerd.config.shape import keys_of
from linkerd.name.matcher import PathMatcher
from linkerd.router.client_config import ClientConfig, ClientParameters
from linkerd.router.service_config import RetriesConfig, ServiceConfig, ServiceParameters
from linkerd.tls.server_name import variables_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.classifier.base import ClassifierConfig
    from linkerd.errors import Where
    from linkerd.name.matcher import Variables
    from linkerd.name.path import Path
    from linkerd.tls.config import ClientTls

S = TypeVar("S", bound=Section)


def merged(cls: type[S], sections: Sequence[Section]) -> S:
    """Put sections together that have the keys of `cls`, each key as the last one has it.

    The keys of `retries` count each by itself.
    """
    values: dict[str, Any] = {}
    places: dict[str, Where] = {}
    for key in keys_of(cls):
        written = [section for section in sections if key.key in section.places]
        if not written:
            continue
        found = [getattr(section, key.name) for section in written]
        apart = isinstance(found[-1], RetriesConfig)
        values[key.name] = merged(RetriesConfig, found) if apart else found[-1]
        places[key.key] = written[-1].places[key.key]
    return cls(**values, places=places)


@attrs.frozen(kw_only=True)
class ClientPrefixConfig(ClientParameters):
    """An entry of `configs` in a `client` section."""

    summary: ClassVar[str] = "Parameters of some clients; those left out are as further up."

    prefix: PathMatcher = option(
        "What the ids of these clients begin with. `*` is any one segment, `{name}` any text.",
        example="/#/io.l5d.fs/web",
    )

    def faults(self) -> list[tuple[str, ...]]:
        """A name can only be made of what the prefix captures."""
        name = self.tls.common_name if self.tls is not None else None
        missing = [each for each in variables_in(name or "") if each not in self.prefix.names]
        return [
            ("tls", f"`commonName` has {{{each}}}, which `prefix` does not capture")
            for each in dict.fromkeys(missing)
        ]


@attrs.frozen(kw_only=True)
class StaticClientConfig(ClientConfig):
    """By client ids, which are bound names: with what transformers put before them."""

    kind: ClassVar[str] = "io.l5d.static"
    summary: ClassVar[str] = "Parameters by what the ids of clients begin with."

    configs: tuple[ClientPrefixConfig, ...] = option(
        "All entries that match count. Of each parameter, the last one that has it counts."
    )

    @override
    def parameters(self, client_id: Path) -> ClientParameters:
        return merged(ClientParameters, [c for c in self.configs if c.prefix.match(client_id)])

    @override
    def has(self, key: str) -> bool:
        return any(key in each.places for each in self.configs)

    @override
    def tls_captures(self, client_id: Path) -> Variables:
        """Those of the entry whose `tls` counts."""
        for each in reversed(self.configs):
            match = each.prefix.match(client_id)
            if match is not None and "tls" in each.places:
                return match.variables
        return {}

    @override
    def tls_sections(self) -> list[ClientTls]:
        return [each.tls for each in self.configs if each.tls is not None]


@attrs.frozen(kw_only=True)
class ServicePrefixConfig(ServiceParameters):
    """An entry of `configs` in a `service` section."""

    summary: ClassVar[str] = "Parameters of some services; those left out are as further up."

    prefix: PathMatcher = option(
        "What the names of these services begin with. `*` is any one segment, `{name}` any text.",
        example="/svc/web",
    )


@attrs.frozen(kw_only=True)
class StaticServiceConfig(ServiceConfig):
    """By logical names."""

    kind: ClassVar[str] = "io.l5d.static"
    summary: ClassVar[str] = "Parameters by what the names of services begin with."

    configs: tuple[ServicePrefixConfig, ...] = option(
        "All entries that match count. Of each parameter, the last one that has it counts; in"
        " `retries`, of each key."
    )

    @override
    def parameters(self, name: Path) -> ServiceParameters:
        return merged(ServiceParameters, [c for c in self.configs if c.prefix.match(name)])

    @override
    def classifiers(self) -> list[ClassifierConfig]:
        written = [each for each in self.configs if "responseClassifier" in each.places]
        return [each.response_classifier for each in written]


__all__ = [
    "ClientPrefixConfig",
    "ServicePrefixConfig",
    "StaticClientConfig",
    "StaticServiceConfig",
    "merged",
]
