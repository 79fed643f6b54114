"""A small configuration of our own, with one of everything the binder understands."""

# The annotations are resolved at run time; `option` makes a field, not a default.
# ruff: noqa: TC001

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
import pytest

from linkerd.config.bind import bind
from linkerd.config.load import parse
from linkerd.config.option import option
from linkerd.config.registry import Registry
from linkerd.config.scalars import ExistingDir, ExistingFile, IpAddress, Port
from linkerd.config.section import Plugin, Section
from linkerd.errors import ConfigError, Fault
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@attrs.frozen(kw_only=True)
class NamerConfig(Plugin):
    family: ClassVar[str] = "namer"
    summary: ClassVar[str] = "Where names become addresses."
    prefix: Path | None = option("Names that begin so are asked for here.", default=None)


@attrs.frozen(kw_only=True)
class FsConfig(NamerConfig):
    kind: ClassVar[str] = "io.l5d.fs"
    summary: ClassVar[str] = "Reads addresses from files."
    not_yet: ClassVar[Mapping[str, str]] = {"transformers": ""}
    root_dir: ExistingDir = option("The directory.")


@attrs.frozen(kw_only=True)
class IdentifierConfig(Plugin):
    family: ClassVar[str] = "identifier"
    summary: ClassVar[str] = "How a request gets its name."


@attrs.frozen(kw_only=True)
class TokenConfig(IdentifierConfig):
    kind: ClassVar[str] = "io.l5d.header.token"
    summary: ClassVar[str] = "By a header."
    header: str = option("The header.", default="Host", example="header: my-header")


@attrs.frozen(kw_only=True)
class StaticConfig(IdentifierConfig):
    kind: ClassVar[str] = "io.l5d.static"
    summary: ClassVar[str] = "Always the same."
    path: Path = option("The name.")


@attrs.frozen(kw_only=True)
class InterpreterConfig(Plugin):
    family: ClassVar[str] = "interpreter"
    default_kind: ClassVar[str] = "default"
    summary: ClassVar[str] = "Who resolves names."


@attrs.frozen(kw_only=True)
class DefaultInterpreterConfig(InterpreterConfig):
    kind: ClassVar[str] = "default"
    summary: ClassVar[str] = "This process."


@attrs.frozen(kw_only=True)
class SessionConfig(Section):
    summary: ClassVar[str] = "Life of a connection."
    idle_time_ms: int | None = option("Idle time.", default=None, unit="ms")
    life_time_ms: int | None = option("Life time.", default=None, unit="ms")

    def faults(self) -> Iterable[tuple[str, str]]:
        if self.idle_time_ms and self.life_time_ms and self.idle_time_ms > self.life_time_ms:
            yield "idleTimeMs", "is longer than `lifeTimeMs`"


@attrs.frozen(kw_only=True)
class ServerConfig(Section):
    summary: ClassVar[str] = "Where requests come in."
    not_yet: ClassVar[Mapping[str, str]] = {"tls": "issue 3", "announce": ""}
    port: Port = option("The port.", default=Port(4140))
    ip: IpAddress = option("The address.", default=IpAddress("127.0.0.1"))
    clear_context: bool = option("Drop context | of callers.", default=False)
    session: SessionConfig | None = option("Sessions.", default=None)


def _positive(value: int) -> str | None:
    return None if value > 0 else f"{value} is not positive"


@attrs.frozen(kw_only=True)
class RouterConfig(Plugin):
    family: ClassVar[str] = "protocol"
    tag: ClassVar[str] = "protocol"
    summary: ClassVar[str] = "A router."
    not_yet: ClassVar[Mapping[str, str]] = {"announcers": ""}
    renamed: ClassVar[Mapping[str, str]] = {"baseDtab": "write `dtab`"}
    label: str | None = option("Its name.", default=None)
    servers: tuple[ServerConfig, ...] = option("Its servers.")
    dtab: Dtab = option("Its rules.", default=Dtab())
    interpreter: InterpreterConfig | None = option("Its interpreter.", default=None)
    binding_timeout_ms: int = option(
        "How long naming may take.", default=10_000, unit="ms", check=_positive
    )


@attrs.frozen(kw_only=True)
class HttpConfig(RouterConfig):
    kind: ClassVar[str] = "http"
    summary: ClassVar[str] = "HTTP/1.1."
    not_yet: ClassVar[Mapping[str, str]] = {"tracePropagator": ""}
    identifier: tuple[IdentifierConfig, ...] = option(
        "How requests are named.", default=(), one_or_many=True
    )
    max_headers_kb: int = option("Limit of a head.", default=8, unit="KB", since="0.9")
    access_log: ExistingFile | None = option("Where it logs.", default=None)
    percent: float = option("A share.", default=0.2, differs="It is a fraction here.")


@attrs.frozen(kw_only=True)
class Linker(Section):
    summary: ClassVar[str] = "The whole."
    not_yet: ClassVar[Mapping[str, str]] = {"usage": "never sent"}
    routers: tuple[RouterConfig, ...] = option("The routers.")
    namers: tuple[NamerConfig, ...] = option("The namers.", default=())
    names: tuple[str, ...] = option("Words.", default=())


CLASSES: tuple[type[Plugin], ...] = (
    HttpConfig,
    TokenConfig,
    StaticConfig,
    DefaultInterpreterConfig,
    FsConfig,
)


@dataclass
class Sample:
    """What the tests of this folder share."""

    root: type[Section] = Linker
    registry: Registry = field(
        default_factory=lambda: Registry([(cls.family, cls.kind, cls) for cls in CLASSES])
    )

    def bind(self, text: str, root: type[Section] | None = None) -> Any:
        return bind(parse(text, "test.yaml"), root or self.root, self.registry)

    def faults(self, text: str) -> list[Fault]:
        try:
            self.bind(text)
        except ConfigError as error:
            return error.faults
        return []


@pytest.fixture
def sample() -> Sample:
    return Sample()
