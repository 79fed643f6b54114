"""The rules that an interpreter has of its own, read once, without running it.

The section of an interpreter comes in; a dtab goes out, or None where the rules are not in a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.cli.given import read_dtab
from linkerd.config.load import read_source
from linkerd.interpreter.default import DefaultInterpreterConfig
from linkerd.interpreter.fs import FsInterpreterConfig
from linkerd.name.dtab import EMPTY_DTAB, Dtab

if TYPE_CHECKING:
    from linkerd.interpreter.base import InterpreterConfig


def own_dtab(interpreter: InterpreterConfig) -> Dtab | None:
    """Give the rules. Raises `ConfigError` if a file of rules is faulty."""
    if isinstance(interpreter, DefaultInterpreterConfig):
        return EMPTY_DTAB
    if isinstance(interpreter, FsInterpreterConfig):
        return read_dtab(*read_source(interpreter.dtab_file))
    return None


__all__ = ["own_dtab"]
