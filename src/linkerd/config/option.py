"""One key of a configuration section, with all that is said about it.

In: what a section's author knows of a key. Out: an `attrs` field whose metadata holds an `Option`,
from which the binder, the JSON Schema and the manual work. Owned by the section classes.

The binder resolves the annotations of keys while the program runs, so a module of sections imports
other section classes outside `if TYPE_CHECKING`; scalars, paths and dtabs it knows by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

Check = Callable[[Any], str | None]
"""A value's own rule: the error text, or None if the value is good."""

OPTION = "linkerd.option"


@attrs.frozen
class Option:
    """What is said about one key besides its type and default.

    `unit` is the value's unit if the key's name does not tell it; `since` the Linkerd 1 release (or
    ours) that brought it; `example` is YAML text; `differs` says how we depart from Linkerd 1.
    """

    doc: str
    unit: str = ""
    since: str = ""
    example: str = ""
    check: Check | None = None
    differs: str = ""
    one_or_many: bool = False
    secret: bool = False


def option(
    doc: str,
    *,
    default: Any = attrs.NOTHING,
    unit: str = "",
    since: str = "",
    example: str = "",
    check: Check | None = None,
    differs: str = "",
    one_or_many: bool = False,
    secret: bool = False,
) -> Any:
    """Declare a key of a section; without `default` the key is required.

    `one_or_many` lets a `tuple[X, ...]` be written as a single X too; a `secret` is never shown.
    """
    said = Option(doc, unit, since, example, check, differs, one_or_many, secret)
    return attrs.field(default=default, metadata={OPTION: said})


def at_least_one(value: int | None) -> str | None:
    """Check a size, count or time that cannot be zero; None, which sets nothing, is good."""
    return None if value is None or value >= 1 else "must be at least 1"


def not_negative(value: float | None) -> str | None:
    """Check a number that may be zero; None, which sets nothing, is good."""
    return None if value is None or value >= 0 else "must not be negative"


def key_of(name: str) -> str:
    """Give the YAML key of a field: `root_dir` → `rootDir`, `max_headers_kb` → `maxHeadersKB`.

    A trailing underscore, which keeps a field from being a Python keyword, is dropped.
    """
    first, *rest = name.rstrip("_").split("_")
    return first + "".join("KB" if word == "kb" else word.capitalize() for word in rest)


__all__ = ["OPTION", "Check", "Option", "at_least_one", "key_of", "not_negative", "option"]
