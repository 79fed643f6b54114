"""A section → plain values, as JSON would hold them: the inverse of the binder.

In: a bound section. Out: dictionaries, lists and scalars with Linkerd's keys, for `/config.json`.
Keys that were not written and have their default are left out, as Linkerd 1 leaves them out.
"""

from __future__ import annotations

from linkerd.config.section import Plugin, Section
from linkerd.config.shape import keys_of
from linkerd.name.dtab import Dtab
from linkerd.name.matcher import PathMatcher
from linkerd.name.path import Path

HIDDEN = "***"
"""What is shown of a password."""


def plain(section: Section) -> dict[str, object]:
    """Give the section as a dictionary, its kind first."""
    shown: dict[str, object] = {}
    if isinstance(section, Plugin):
        shown[section.tag] = section.kind
    for key in keys_of(type(section)):
        value = getattr(section, key.name)
        if value is not None and (key.key in section.places or value != key.default):
            shown[key.key] = HIDDEN if key.option.secret else _plain_value(value)
    return shown


def _plain_value(value: object) -> object:
    match value:
        case Section():
            return plain(value)
        case Path() | Dtab() | PathMatcher():
            return value.show()
        case tuple():
            return [_plain_value(item) for item in value]
        case _:
            return value


__all__ = ["HIDDEN", "plain"]
