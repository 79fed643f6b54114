"""Family and kind → section class, loaded when it is named and not before.

In: the table of `linkerd.kinds` and, for kinds it does not know, the entry points of installed
distributions (group `linkerd.<family>`, name = kind, value = `module:Class`). Out: classes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from linkerd import kinds
from linkerd.config.section import Plugin, Section
from linkerd.errors import LinkerdError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.metadata import EntryPoint


class BadPlugin(LinkerdError):
    """An installed kind cannot be used; the text says why."""

    code = "L5D-4006"


class Registry:
    """The kinds of every family.

    A row's class may be given itself instead of its name; tests do so.
    """

    def __init__(
        self,
        rows: Iterable[tuple[str, str, str | type[Plugin]]] = kinds.KINDS,
        not_yet: frozenset[tuple[str, str]] = kinds.NOT_YET,
        renamed: Mapping[tuple[str, str], str] = kinds.RENAMED,
    ) -> None:
        self._rows = {(family, kind): where for family, kind, where in rows}
        self._not_yet = not_yet
        self._renamed = renamed

    def find(self, family: str, kind: str) -> type[Plugin] | None:
        """Give the class of a kind, or None if nobody knows it; raises `BadPlugin`."""
        where = self._rows.get((family, kind))
        if isinstance(where, type):
            return where
        if where is not None:
            module, _, name = where.partition(":")
            return _checked(family, kind, getattr(import_module(module), name))
        for point in _third_party(family):
            if point.name == kind:
                return _loaded(family, point)
        return None

    def kinds(self, family: str) -> tuple[str, ...]:
        """List the kinds of a family: ours in the table's order, then those of others."""
        ours = [kind for row_family, kind in self._rows if row_family == family]
        others = sorted({point.name for point in _third_party(family)} - set(ours))
        return (*ours, *others)

    def not_yet(self, family: str) -> tuple[str, ...]:
        """List the kinds of Linkerd 1 that are not built yet, sorted."""
        return tuple(sorted(kind for row_family, kind in self._not_yet if row_family == family))

    def renamed(self, family: str, kind: str) -> str:
        """Give today's name of a kind of the past, or ""."""
        return self._renamed.get((family, kind), "")


def _third_party(family: str) -> Iterable[EntryPoint]:
    # Imported here because it costs 20 ms and most configurations name kinds of the table only.
    from importlib.metadata import entry_points

    return entry_points(group=f"linkerd.{family}")


def _loaded(family: str, point: EntryPoint) -> type[Plugin]:
    try:
        loaded = point.load()
    except Exception as error:  # whatever foreign code raises while it is imported
        raise BadPlugin(
            f"{family} kind '{point.name}' ({point.value}) does not load: "
            f"{type(error).__name__}: {error}"
        ) from error
    return _checked(family, point.name, loaded)


def _checked(family: str, kind: str, found: object) -> type[Plugin]:
    if isinstance(found, type) and issubclass(found, Plugin):
        if (found.family, found.kind) == (family, kind):
            return found
        raise BadPlugin(
            f"{found.__name__} calls itself {found.family} '{found.kind}', not {family} '{kind}'"
        )
    raise BadPlugin(f"{family} kind '{kind}' is not a configuration class: {found!r}")


def root_class() -> type[Section]:
    """Load the class of a whole configuration, which stands above this package."""
    module, _, name = kinds.ROOT.partition(":")
    found = getattr(import_module(module), name)
    if not (isinstance(found, type) and issubclass(found, Section)):
        raise TypeError(f"{kinds.ROOT} is not a section")
    return found


REGISTRY = Registry()

__all__ = ["REGISTRY", "BadPlugin", "Registry", "root_class"]
