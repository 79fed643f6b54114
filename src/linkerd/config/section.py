"""What every configuration class is: a frozen section that knows where it was written.

In: values of the binder (or of a test). Out: immutable sections. The classes belong to the stations
of the data path; a pluggable one derives from its family's base, which derives from `Plugin`.

    @attrs.frozen(kw_only=True)
    class FsConfig(NamerConfig):
        kind: ClassVar[str] = "io.l5d.fs"
        summary: ClassVar[str] = "Reads addresses from the files of a directory."
        root_dir: ExistingDir = option("The directory to watch.")
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import option
from linkerd.errors import NOWHERE, Where

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NO_PLACES: Mapping[str, Where] = MappingProxyType({})


@attrs.frozen(kw_only=True)
class Section:
    """One object of the configuration.

    `where` is the place of the object, `places` the place of each value that was written in it, by
    key; neither counts for equality.
    """

    summary: ClassVar[str] = ""
    not_yet: ClassVar[Mapping[str, str]] = {}
    """Keys of Linkerd 1 that are not built yet, each with a short reason (or "")."""
    renamed: ClassVar[Mapping[str, str]] = {}
    """Keys of the past, each with advice what to write today."""

    where: Where = attrs.field(default=NOWHERE, eq=False, repr=False)
    places: Mapping[str, Where] = attrs.field(default=_NO_PLACES, eq=False, repr=False)

    def place(self, key: str) -> Where:
        """Give the place of the value written under `key`, or the section's if there is none."""
        return self.places.get(key, self.where)

    def faults(self) -> Iterable[tuple[str, ...]]:
        """Yield (key, why) for values that are good alone but not together; asked once all bound.

        The key says where the fault is shown ("" = the whole section). A third part, if there is
        one, is the fault's code in place of L5D-4008.
        """
        return ()


@attrs.frozen(kw_only=True)
class Plugin(Section):
    """A section whose class is chosen by its `kind`.

    A family's base sets `family` and leaves `kind` empty; `tag` is the key that holds the kind, and
    `default_kind` the kind of a section that does not name one ("" = it must).
    """

    family: ClassVar[str] = ""
    kind: ClassVar[str] = ""
    tag: ClassVar[str] = "kind"
    default_kind: ClassVar[str] = ""

    experimental: bool = option(
        "Accepted everywhere, required nowhere.",
        default=False,
        differs="Linkerd 1 refuses some kinds without it.",
    )


__all__ = ["Plugin", "Section"]
