"""What an identifier is: it gives a parsed request head a logical name, in two steps. HOT.

In: request heads of the HTTP codec. Out: for every request a `key`, cheap bytes from which the name
follows; once for each key a `name`, the `Path` that the dtab is asked for. The router owns the
identifiers and remembers what a key led to, so a request of a known key never builds a Path.

The outcomes of Linkerd's `Identifier`, "identified", "unidentified" with a reason and "failed", are
here a key, no key (`why` tells the reason) and `Unidentified` raised by `name`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.section import Plugin

if TYPE_CHECKING:
    from linkerd.name.path import Path
    from linkerd.wire.http1 import RequestHead


class Identifier:
    """One way to name requests.

    `prefix` starts every name; `rewrites` is 1 if `target` changes what is forwarded.
    """

    __slots__ = ("prefix", "rewrites")

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        self.rewrites = 0

    def key(self, head: RequestHead) -> bytes | None:
        """Give what the name of this request follows from, or None if it has no name here."""
        raise NotImplementedError

    def name(self, key: bytes) -> Path:
        """Give the name that a key stands for. Raises Unidentified if it stands for none."""
        raise NotImplementedError

    def why(self, head: RequestHead) -> str:
        """Say why `key` gave None for this request, in Linkerd's words."""
        raise NotImplementedError

    def target(self, head: RequestHead) -> bytes:
        """Give the request target to forward; asked only if `rewrites` is 1 and there was a key."""
        return head.target


class FirstOf(Identifier):
    """A list of identifiers: the first that gives a key names the request.

    As in Linkerd the last one's reason is told if none does, and a name that fails ends the search.
    """

    __slots__ = ("members",)

    def __init__(self, members: list[Identifier]) -> None:
        self.members = members
        self.prefix = members[0].prefix
        self.rewrites = 0
        for member in members:
            if member.rewrites:
                self.rewrites = 1

    def key(self, head: RequestHead) -> bytes | None:
        """Give the first key there is, behind one byte that tells whose it is."""
        members = self.members
        for index in range(len(members)):
            key = members[index].key(head)
            if key is not None:
                return _MARKS[index] + key
        return None

    def name(self, key: bytes) -> Path:
        """Give the name that the key's owner gives it."""
        return self.members[key[0]].name(key[1:])

    def why(self, head: RequestHead) -> str:
        """Say why the last of the list found no name."""
        return self.members[len(self.members) - 1].why(head)

    def target(self, head: RequestHead) -> bytes:
        """Give the target as the identifier that names this request wants it."""
        for member in self.members:
            if member.key(head) is not None:
                return member.target(head)
        return head.target


_MARKS = [bytes([index]) for index in range(256)]


def first_of(members: list[Identifier]) -> Identifier:
    """Make one identifier of a configured list.

    Raises ValueError with Linkerd's text if the list is empty, and if it has more than 256 members.
    """
    if not members:
        raise ValueError("empty identifier list")
    if len(members) > len(_MARKS):
        raise ValueError(f"more than {len(_MARKS)} identifiers in a list")
    return members[0] if len(members) == 1 else FirstOf(members)


def unknown_destination(head: RequestHead, remote: str, reason: str) -> str:
    """Write Linkerd's answer to an unidentified request.

    `remote` is the client's `address:port`; the request prints as Finagle prints one.
    """
    method, target = head.method.decode("latin-1"), head.target.decode("latin-1")
    return f'Unknown destination: Request("{method} {target}", from /{remote}) / {reason}'


@attrs.frozen(kw_only=True)
class IdentifierConfig(Plugin):
    """The configuration of one identifier."""

    family: ClassVar[str] = "identifier"

    def mk(self, dst_prefix: Path) -> Identifier:
        """Make the identifier; its names start with the router's `dstPrefix`."""
        raise NotImplementedError


__all__ = ["FirstOf", "Identifier", "IdentifierConfig", "first_of", "unknown_destination"]
