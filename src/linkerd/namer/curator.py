"""`io.l5d.curator`: services that Apache Curator's service discovery has registered in ZooKeeper.

In: the section, and paths behind the namer's prefix. Out: `/<service>/<residual>` bound to the
instances below `<basePath>/<service>`, each a node of JSON. The port for TLS is preferred.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from linkerd._typing import override
from linkerd.config.option import option
from linkerd.name.path import Path
from linkerd.namer.serverset_member import Member
from linkerd.namer.zk_namer import ZkNamer, ZkNamerConfig, node_at

if TYPE_CHECKING:
    from linkerd.namer.zk_members import Reading
    from linkerd.runtime import Runtime
    from linkerd.zookeeper.shared import SharedSession


class Instances:
    """Nodes of any name, each one instance."""

    what = "instance of a service"

    def chosen(self, names: list[str]) -> list[str]:
        """All of them."""
        return names

    def changes(self, name: str) -> bool:
        """Any of them may be written anew."""
        return True

    def read(self, name: str, raw: bytes) -> tuple[Member, ...] | None:
        """Read an instance; one that is switched off is nobody."""
        try:
            value = json.loads(raw)
            host, port = value["address"], value.get("sslPort") or value["port"]
            enabled = value.get("enabled", True)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        if not isinstance(host, str) or not host or not _is_port(port):
            return None
        return (Member(host, port),) if enabled else ()


def _is_port(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536


class CuratorNamer(ZkNamer):
    """Names of services, of one segment."""

    def __init__(
        self, runtime: Runtime, config: CuratorConfig, shared: SharedSession, reading: Reading
    ) -> None:
        super().__init__(runtime, config, shared, reading)
        self._base = config.base_path

    @override
    def places(self, path: Path) -> list[tuple[int, str, str]]:
        node = node_at(path, 1) if path.elements else ""
        whole = node_at(self._base + path, len(self._base) + 1) if node else ""
        return [(1, whole, "")] if whole else []


@attrs.frozen(kw_only=True)
class CuratorConfig(ZkNamerConfig):
    """The section of `io.l5d.curator`."""

    kind: ClassVar[str] = "io.l5d.curator"
    summary: ClassVar[str] = "Finds services that Curator's service discovery has registered."

    base_path: Path = option("The node that the services are below.", default=Path.of())

    @override
    def mk(self, runtime: Runtime) -> CuratorNamer:
        """Make the namer, which connects to nobody yet."""
        return CuratorNamer(runtime, self, self.shared(runtime), Instances())


__all__ = ["CuratorConfig", "CuratorNamer", "Instances"]
