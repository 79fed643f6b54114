"""A member of a serverset, as it stands in ZooKeeper: JSON in a node `member_<number>`.

In come the bytes of a node; out goes what is said there of one server. Pure. The format is that of
Twitter's commons and Finagle's `serverset2`.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

MEMBER = "member_"
ALIVE = "ALIVE"


class Member(NamedTuple):
    """One server. `more` are its additional endpoints: name, host and port, by name."""

    host: str
    port: int
    status: str = ALIVE
    shard: int | None = None
    more: tuple[tuple[str, str, int], ...] = ()

    def endpoint(self, name: str) -> tuple[str, int] | None:
        """Host and port of the endpoint of that name; "" is the one that serves."""
        if not name:
            return self.host, self.port
        return next(((host, port) for each, host, port in self.more if each == name), None)


def read_member(raw: bytes) -> Member | None:
    """Read a node; None if it is no member."""
    try:
        value = json.loads(raw)
        host, port = _endpoint(value["serviceEndpoint"])
        additional = value.get("additionalEndpoints") or {}
        more = tuple(sorted((name, *_endpoint(each)) for name, each in additional.items()))
        status, shard = value.get("status", ALIVE), value.get("shard")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(status, str) or not (shard is None or isinstance(shard, int)):
        return None
    return Member(host, port, status.upper(), shard, more)


def _endpoint(value: Any) -> tuple[str, int]:
    host, port = value["host"], value["port"]
    if not isinstance(host, str) or not host:
        raise ValueError("no host")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        raise ValueError("no port")
    return host, port


__all__ = ["ALIVE", "MEMBER", "Member", "read_member"]
