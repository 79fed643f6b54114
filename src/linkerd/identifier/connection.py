"""What an identifier of connections is: it names them, before a byte of theirs has gone anywhere.

In: what is known of a connection. Out: a `key`, from which the name follows, and once for each key
a `name`, the `Path` that the dtab is asked for; see `linkerd.identifier.base` for why there are
two. For routers with `protocol: tcp`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.section import Plugin

if TYPE_CHECKING:
    from linkerd.identifier.arrival import Arrival
    from linkerd.name.path import Path


class ConnectionIdentifier:
    """One way to name connections; `prefix` starts every name."""

    __slots__ = ("prefix",)

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix

    def key(self, arrival: Arrival) -> bytes | None:
        """Give what the name follows from.

        None: the connection has no name here, or none yet, and then `arrival.wants_more` is set.
        """
        raise NotImplementedError

    def name(self, key: bytes) -> Path:
        """Give the name that a key stands for. Raises Unidentified if it stands for none."""
        raise NotImplementedError

    def why(self) -> str:
        """Say why `key` gives None."""
        raise NotImplementedError


class FirstOfConnection(ConnectionIdentifier):
    """A list: the first that gives a key names the connection; bytes are waited for in order."""

    __slots__ = ("members",)

    def __init__(self, members: list[ConnectionIdentifier]) -> None:
        self.members = members
        self.prefix = members[0].prefix

    def key(self, arrival: Arrival) -> bytes | None:
        """Give the first key there is, behind one byte that tells whose it is."""
        members = self.members
        for index in range(len(members)):
            key = members[index].key(arrival)
            if key is not None:
                return bytes((index,)) + key
            if arrival.wants_more:
                return None
        return None

    def name(self, key: bytes) -> Path:
        """Give the name that the key's owner gives it."""
        return self.members[key[0]].name(key[1:])

    def why(self) -> str:
        """Say why the last of the list found no name."""
        return self.members[len(self.members) - 1].why()


def first_connection_of(members: list[ConnectionIdentifier]) -> ConnectionIdentifier:
    """Make one identifier of a configured list, which is not empty and has at most 256 members."""
    return members[0] if len(members) == 1 else FirstOfConnection(members)


@attrs.frozen(kw_only=True)
class ConnectionIdentifierConfig(Plugin):
    """The configuration of one identifier of connections."""

    family: ClassVar[str] = "connectionIdentifier"

    def mk(self, dst_prefix: Path) -> ConnectionIdentifier:
        """Make the identifier; its names start with the router's `dstPrefix`."""
        raise NotImplementedError


__all__ = [
    "ConnectionIdentifier",
    "ConnectionIdentifierConfig",
    "FirstOfConnection",
    "first_connection_of",
]
