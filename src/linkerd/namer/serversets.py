"""`io.l5d.serversets`: services that announce themselves in ZooKeeper, as Finagle's do.

In: the section, and paths behind the namer's prefix. Out: `/discovery/prod/web` bound to the
members of the serverset at that path; `/discovery/prod/web:admin` to their endpoints of that name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.namer.serverset_member import MEMBER, read_member
from linkerd.namer.serverset_vector import VECTOR, read_vector
from linkerd.namer.zk_namer import ZkNamer, ZkNamerConfig, may_be_node, node_at

if TYPE_CHECKING:
    from linkerd.name.path import Path
    from linkerd.namer.roster import Found
    from linkerd.runtime import Runtime


class Serversets:
    """Nodes `member_<number>`, each one server, and `vector_<name>` with weights."""

    what = "member of a serverset, or vector of weights"

    def chosen(self, names: list[str]) -> list[str]:
        """Give the members and the vectors."""
        return [name for name in names if name.startswith((MEMBER, VECTOR))]

    def changes(self, name: str) -> bool:
        """A member is written once; weights are changed where they stand."""
        return name.startswith(VECTOR)

    def read(self, name: str, raw: bytes) -> Found | None:
        """Read a member or a vector."""
        if name.startswith(VECTOR):
            return read_vector(raw)
        member = read_member(raw)
        return None if member is None else (member,)


class ServersetNamer(ZkNamer):
    """Names of serversets, whose last segment may name an additional endpoint."""

    @override
    def places(self, path: Path) -> list[tuple[int, str, str]]:
        found = []
        for count in range(len(path), 0, -1):
            whole = node_at(path, count)
            above, _, last = whole.rpartition("/")
            name, colon, endpoint = last.rpartition(":")
            if not colon:
                name, endpoint = last, ""
            if whole and may_be_node(name) and (endpoint or not colon):
                found.append((count, f"{above}/{name}", endpoint))
        return found


@attrs.frozen(kw_only=True)
class ServersetsConfig(ZkNamerConfig):
    """The section of `io.l5d.serversets`."""

    kind: ClassVar[str] = "io.l5d.serversets"
    summary: ClassVar[str] = "Finds services that announce themselves in ZooKeeper as serversets."

    @override
    def mk(self, runtime: Runtime) -> ServersetNamer:
        """Make the namer, which connects to nobody yet."""
        return ServersetNamer(runtime, self, self.shared(runtime), Serversets())


__all__ = ["ServersetNamer", "Serversets", "ServersetsConfig"]
