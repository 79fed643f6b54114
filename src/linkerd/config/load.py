"""Text of a configuration → located tree.

In: a file name or a text. Out: a `Document`, or `ConfigError` with one fault if the text cannot be
read at all. What can be read but must not be (a key twice, YAML's merge key) becomes a fault of the
document, which the binder reports together with its own.
"""

from __future__ import annotations

import sys

import attrs

from linkerd.config.json_text import read_json
from linkerd.config.node import (
    Document,
    ListNode,
    Node,
    ScalarNode,
    TextFault,
    line_starts,
    position,
    shown,
)
from linkerd.config.yaml_text import read_yaml
from linkerd.errors import ConfigError, Fault

MAX_BYTES = 4 * 1024 * 1024
MERGE_KEY = "<<"
STDIN = "-"


def read_source(path: str) -> tuple[str, str]:
    """Give the text of a file (`-` = standard input) and its name for messages.

    Blocks; meant for the time before the reactor runs. Raises `ConfigError` with L5D-4009 or, if
    the bytes are not UTF-8, L5D-4001.
    """
    name = "<stdin>" if path == STDIN else path
    try:
        if path == STDIN:
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with open(path, "rb") as file:
                raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _unusable(name, f"config is not a file: {shown(path)}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unusable(name, f"config cannot be read: {shown(path)}: {reason}") from None
    if len(raw) > MAX_BYTES:
        raise _unusable(name, f"config is larger than {MAX_BYTES} bytes: {shown(path)}")
    try:
        return raw.decode("utf-8"), name
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        line, column = position(line_starts(before), len(before))
        why = f"the byte 0x{raw[error.start]:02x} is not UTF-8"
        raise ConfigError([Fault("L5D-4001", name, line, column, "", why)]) from None


def _unusable(name: str, why: str) -> ConfigError:
    return ConfigError([Fault("L5D-4009", name, 1, 1, "", why)])


def parse(text: str, source_name: str) -> Document:
    """Read JSON if the first character that is not blank is `{`, else YAML."""
    text = text.removeprefix("\ufeff")
    try:
        if len(text) > MAX_BYTES:
            raise TextFault(0, f"the document is larger than {MAX_BYTES} characters")
        root = read_json(text) if text.lstrip().startswith("{") else read_yaml(text)
    except TextFault as fault:
        line, column = position(line_starts(text), fault.index)
        raise ConfigError(
            [Fault("L5D-4001", source_name, line, column, "", fault.why, fault.expected)]
        ) from None
    document = Document(source_name, text, root)
    faults: list[Fault] = []
    _find_bad_keys(document, root, "", set(), faults)
    return attrs.evolve(document, faults=tuple(faults))


def _find_bad_keys(
    document: Document, node: Node, path: str, seen: set[int], faults: list[Fault]
) -> None:
    """Collect duplicate and merge keys of the whole tree; what an alias repeats is told once."""
    if isinstance(node, ScalarNode) or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, ListNode):
        for number, item in enumerate(node.items):
            _find_bad_keys(document, item, f"{path}[{number}]", seen, faults)
        return
    first: dict[str, ScalarNode] = {}
    for key, value in node.entries:
        below = join(path, key.text)
        if is_merge(key):
            why = "merge keys are not supported: write the keys out"
            faults.append(document.fault("L5D-4001", key.start, below, why))
            continue
        if key.text in first:
            line = document.where(first[key.text].start, "").line
            why = f"this key stands twice, first in line {line}"
            faults.append(document.fault("L5D-4003", key.start, below, why))
        first.setdefault(key.text, key)
        _find_bad_keys(document, value, below, seen, faults)


def is_merge(key: ScalarNode) -> bool:
    """Tell YAML's merge key, which we refuse, from a key of that name in quotes."""
    return key.plain and key.text == MERGE_KEY


def join(path: str, key: str) -> str:
    """Give the path of a key inside the object at `path`."""
    return f"{path}.{shown(key)}" if path else shown(key)


__all__ = ["MAX_BYTES", "is_merge", "join", "parse", "read_source"]
