"""Section classes → the reference manual: Markdown, one page per section and per family.

In: the root class and the registry. Out: a dictionary of file names and texts; as a program
(`python -m linkerd.config.manual OUTDIR`) the files themselves. The same classes always give the
same bytes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from linkerd.config.registry import REGISTRY, Registry, root_class
from linkerd.config.section import Plugin, Section
from linkerd.config.shape import (
    Key,
    ListShape,
    ScalarShape,
    SectionShape,
    Shape,
    keys_of,
    not_yet_of,
)
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path

if TYPE_CHECKING:
    from collections.abc import Mapping

INDEX = "index.md"
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def pages(root: type[Section], registry: Registry = REGISTRY) -> dict[str, str]:
    """Give every page, reachable from `root`, by file name."""
    return _Book(root, registry).write()


class _Book:
    """Walks from the root to every class that a key can hold."""

    def __init__(self, root: type[Section], registry: Registry) -> None:
        self.root = root
        self.registry = registry
        self.waiting: list[type[Section]] = []
        self.titles: dict[str, type[Section]] = {INDEX: root}

    def write(self) -> dict[str, str]:
        top = self.body(self.root)
        texts: dict[str, str] = {}
        while self.waiting:
            cls = self.waiting.pop(0)
            if issubclass(cls, Plugin) and not cls.kind:
                texts[_file(cls)] = self.family_page(cls)
            else:
                texts[_file(cls)] = _joined(f"# `{_title(cls)}`", *self.body(cls))
        contents = "\n".join(f"- [{_title(self.titles[name])}]({name})" for name in sorted(texts))
        first = _joined("# Configuration", *top, "## All sections", contents)
        return {INDEX: first, **dict(sorted(texts.items()))}

    def family_page(self, base: type[Plugin]) -> str:
        parts = [f"# `{base.family}`", base.summary]
        if base.default_kind:
            parts.append(f"Without `{base.tag}` it is `{base.default_kind}`.")
        for kind in self.registry.kinds(base.family):
            found = self.registry.find(base.family, kind)
            if found is not None:
                parts += [f"## `{base.tag}: {kind}`", *self.body(found)]
        missing = self.registry.not_yet(base.family)
        if missing:
            listed = ", ".join(f"`{kind}`" for kind in missing)
            parts += ["## Not supported yet", f"Of Linkerd 1: {listed}."]
        return _joined(*parts)

    def body(self, cls: type[Section]) -> list[str]:
        parts = [cls.summary]
        keys = keys_of(cls)
        if keys:
            rows = [
                f"| `{k.key}` | {self.type_of(k)} | {_default(k)} | {_meaning(k)} |" for k in keys
            ]
            parts.append(
                "\n".join(["| key | type | default | meaning |", "|---|---|---|---|", *rows])
            )
        else:
            parts.append("No keys of its own.")
        not_yet = not_yet_of(cls)
        if not_yet:
            listed = ", ".join(
                f"`{key}`" + (f" ({reason})" if reason else "")
                for key, reason in sorted(not_yet.items())
            )
            parts.append(f"Not supported yet: {listed}.")
        return parts

    def type_of(self, key: Key) -> str:
        unit = f", {key.option.unit}" if key.option.unit else ""
        return self.words(key.shape) + unit

    def words(self, shape: Shape) -> str:
        match shape:
            case ScalarShape(reader=reader):
                return reader.word
            case ListShape(item=item, one_or_many=one_or_many):
                words = self.words(item)
                return f"{words}, or a list of them" if one_or_many else f"list of {words}"
            case SectionShape(cls=cls):
                return self.link(cls)

    def link(self, cls: type[Section]) -> str:
        name = _file(cls)
        if name not in self.titles:
            self.titles[name] = cls
            self.waiting.append(cls)
        elif self.titles[name] is not cls:
            raise ValueError(f"two sections want the page {name}: {cls}, {self.titles[name]}")
        return f"[{_title(cls)}]({name})"


def _title(cls: type[Section]) -> str:
    if issubclass(cls, Plugin) and not cls.kind:
        return cls.family
    name = cls.__name__.removesuffix("Config")
    return name[:1].lower() + name[1:]


def _file(cls: type[Section]) -> str:
    return _HUMP.sub("-", _title(cls)).lower() + ".md"


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _default(key: Key) -> str:
    if key.required:
        return "required"
    match key.default:
        case None | () | "":
            return ""
        case bool():
            return f"`{str(key.default).lower()}`"
        case Plugin():
            return f"`{{{key.default.tag}: {key.default.kind}}}`"
        case Section():
            return ""
        case Path() | Dtab():
            shown = key.default.show()
            return f"`{_cell(shown)}`" if shown else ""
        case tuple():
            return ", ".join(f"`{_cell(str(item))}`" for item in key.default)
        case _:
            return f"`{_cell(str(key.default))}`"


def _meaning(key: Key) -> str:
    said = key.option
    parts = [_cell(said.doc)]
    if said.since:
        parts.append(f"Since {_cell(said.since)}.")
    if said.example:
        parts.append(f"Example: `{_cell(said.example)}`.")
    if said.differs:
        parts.append(f"*Differs from Linkerd 1:* {_cell(said.differs)}")
    return " ".join(parts)


def _cell(text: str) -> str:
    """Make a text fit in one cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def save(texts: Mapping[str, str], directory: FilePath) -> None:
    """Write the pages, making the directory if it is not there."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (directory / name).write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write the manual into the directory named."""
    if len(arguments) != 1:
        print("usage: python -m linkerd.config.manual OUTDIR", file=sys.stderr)
        return 2
    save(pages(root_class()), FilePath(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
