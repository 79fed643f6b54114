"""What a dtab command is given: a configuration with routers, or a dtab alone.

A file name comes in; the text decides which it is: a dtab begins with a slash, or is empty. Out
goes what was read, with the places of its rules, or `ConfigError` with every fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from linkerd.config.load import read_source
from linkerd.errors import ConfigError, Fault
from linkerd.interpreter.dtab_file import places
from linkerd.name.dtab import EMPTY_DTAB, Dtab
from linkerd.name.parse import NameSyntaxError, Scanner
from linkerd.name.wording import counted

if TYPE_CHECKING:
    from linkerd.linker import LinkerConfig


class WrongUse(Exception):
    """The command line asks for what is not there; the message says what."""


@attrs.frozen
class Given:
    """A file: its name, and either a configuration or a dtab."""

    source: str
    config: LinkerConfig | None = None
    dtab: Dtab = EMPTY_DTAB

    def kind(self) -> str:
        """Say which it is."""
        if self.config is None:
            return f"{self.source}: a dtab, {counted(len(self.dtab), 'rule')}"
        return f"{self.source}: a configuration, {counted(len(self.config.routers), 'router')}"


def read_given(path: str) -> Given:
    """Read a file (`-` = standard input). Raises `ConfigError`."""
    text, source = read_source(path)
    if is_dtab(text):
        return Given(source, dtab=read_dtab(text, source))
    from linkerd.linker import load

    return Given(source, load(text, source))


def is_dtab(text: str) -> bool:
    """Tell a dtab from a configuration, which never begins with a slash."""
    scanner = Scanner(text.removeprefix("\ufeff"))
    scanner.skip()
    return scanner.peek() in ("", "/")


def read_dtab(text: str, source: str) -> Dtab:
    """Read a dtab; its rules know their lines. Raises `ConfigError`."""
    text = text.removeprefix("\ufeff")
    place = places(text, source)
    try:
        return Dtab.read(text).located(place)
    except NameSyntaxError as error:
        where = place(error.offset)
        why = f"not a dtab: {error.expected} expected but {error.found} found"
        fault = Fault("L5D-4004", source, where.line, where.column, "", why, "/prefix => /name ;")
        raise ConfigError([fault]) from None


__all__ = ["Given", "WrongUse", "is_dtab", "read_dtab", "read_given"]
