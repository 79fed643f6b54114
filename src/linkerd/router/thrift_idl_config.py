"""The section `idl` of a Thrift router.

The binder makes an `IdlConfig`, which reads its files once, to see that they and what is said of
their methods can be used; the router's builder asks it for what the log shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import option
from linkerd.config.section import Section
from linkerd.name.near import nearest
from linkerd.router.thrift_idl import BadIdl, read_idl
from linkerd.router.thrift_shown import ALL, Shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from linkerd.router.thrift_idl import Method, Shape


@attrs.frozen(kw_only=True)
class IdlConfig(Section):
    """What is known of the calls."""

    summary: ClassVar[str] = (
        "What `.thrift` files say of the calls. Routing works without it; with it the methods that"
        " the configuration names are checked, and the access log names exceptions and shows chosen"
        " arguments."
    )

    files: tuple[str, ...] = option("The files; what they include is found beside them.")
    show: tuple[str, ...] = option(
        "Arguments that the access log shows: `method.argument`, `method.argument.field` or"
        " `method.*`.",
        default=(),
        example="[login.user]",
    )
    redact: tuple[str, ...] = option(
        "What is never shown, though `show` has what it is in: such paths, or names of fields"
        " wherever they are.",
        default=(),
        example="[password]",
    )

    def methods(self) -> dict[str, list[Method]]:
        """Read the files. Raises `BadIdl`."""
        return read_idl(self.files)

    def shown(self) -> Shown:
        """What the log shows. Raises `BadIdl`."""
        return Shown(self.methods(), self.show, self.redact)

    def faults(self) -> list[tuple[str, str]]:
        """Files that cannot be read, and methods and fields that they do not have."""
        try:
            methods = self.methods()
        except BadIdl as bad:
            return [("files", str(bad))]
        found = [("show", why) for path in self.show for why in unknown_path(path, methods)]
        paths = [path for path in self.redact if "." in path]
        return found + [("redact", why) for path in paths for why in unknown_path(path, methods)]


def unknown_methods(names: Iterable[str], methods: dict[str, list[Method]]) -> list[str]:
    """Say of each name that is no method what may have been meant."""
    return [
        f"the IDL has no method {name!r}{meant(name, methods)}"
        for name in names
        if name not in methods
    ]


def unknown_path(path: str, methods: dict[str, list[Method]]) -> list[str]:
    """Say what of a path is not known."""
    name, *fields = path.split(".")
    if name not in methods:
        return unknown_methods([name], methods)
    if not fields:
        return [f"{path!r} names no argument: write `{name}.*` for all"]
    if any(found(method.arguments, fields) for method in methods[name]):
        return []
    known = [each for method in methods[name] for each in method.arguments.names()]
    return [f"method {name!r} has nothing that is {path!r}{meant(fields[0], known)}"]


def found(shape: Shape | None, fields: list[str]) -> bool:
    """Whether there are such fields, one in the other."""
    for name in fields:
        if name == ALL:
            return True
        shape = shape.by_name(name) if shape is not None else None
    return shape is not None


def meant(name: str, words: Iterable[str]) -> str:
    """The rest of a sentence: what may have been meant."""
    near = nearest(name, list(words), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


__all__ = ["IdlConfig", "unknown_methods"]
