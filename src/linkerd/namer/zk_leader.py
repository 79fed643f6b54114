"""`io.l5d.zkLeader`: the one leader of a group that elects itself in ZooKeeper.

In: the section, and paths behind the namer's prefix. Out: the path of a group bound to what its
leader says of itself, `host:port`, or several with commas. The leader is the node with the lowest
number: `member_<number>` of Twitter's groups, `...-latch-<number>` of Curator's latch (ours).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.namer.serverset_member import Member
from linkerd.namer.zk_namer import ZkNamer, ZkNamerConfig

if TYPE_CHECKING:
    from linkerd.runtime import Runtime

CANDIDATE = re.compile(r"(?:member_|.+-latch-)([0-9]+)")
ADDRESS = re.compile(r"\s*(\[[0-9A-Fa-f:.]+\]|[^\s:,]+):([0-9]{1,5})\s*")


class Leader:
    """Nodes of candidates, of which the first leads."""

    what = "leader: host:port is expected"

    def chosen(self, names: list[str]) -> list[str]:
        """Give the leader."""
        found = [(int(match[1]), name) for name in names if (match := CANDIDATE.fullmatch(name))]
        return [min(found)[1]] if found else []

    def changes(self, name: str) -> bool:
        """Any of them may be written anew."""
        return True

    def read(self, name: str, raw: bytes) -> tuple[Member, ...] | None:
        """Read the leader's addresses."""
        parts = raw.decode("utf-8", "replace").split(",")
        found = [match for part in parts if (match := ADDRESS.fullmatch(part))]
        ports = [int(match[2]) for match in found]
        if len(found) < len(parts) or not all(0 < port < 65536 for port in ports):
            return None
        hosts = [match[1].strip("[]") for match in found]
        return tuple(Member(host, port) for host, port in zip(hosts, ports, strict=True))


@attrs.frozen(kw_only=True)
class ZkLeaderConfig(ZkNamerConfig):
    """The section of `io.l5d.zkLeader`."""

    kind: ClassVar[str] = "io.l5d.zkLeader"
    summary: ClassVar[str] = "Finds the leader of a group in ZooKeeper."

    @override
    def mk(self, runtime: Runtime) -> ZkNamer:
        """Make the namer, which connects to nobody yet."""
        return ZkNamer(runtime, self, self.shared(runtime), Leader())


__all__ = ["Leader", "ZkLeaderConfig"]
