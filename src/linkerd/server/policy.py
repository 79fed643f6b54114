"""How one server deals with its clients, as values ready for use.

Made by the router's `build` of a `servers` entry and the router's own keys; held by the `Listener`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from linkerd.net.socket_options import DEFAULT_OPTIONS

if TYPE_CHECKING:
    from linkerd.net.socket_options import SocketOptions
    from linkerd.wire.http1 import Limits

HEAD_S = 10.0
BODY_S = 30.0
IDLE_S = 600.0
TUNNEL_IDLE_S = 3600.0


@attrs.frozen
class ServerPolicy:
    """Sizes in bytes, times in seconds; a time of 0 is no limit.

    `buffered`: the largest body that is taken in whole before routing. `head_s`: the time for a
    head. `body_s`: the longest pause in a body. `idle_s`: how long a connection may rest. `life_s`:
    how old it may get. `tunnel_idle_s`: how long nothing may move in a tunnel.
    """

    limits: Limits
    buffered: int = 0
    clear_context: bool = False
    head_s: float = HEAD_S
    body_s: float = BODY_S
    idle_s: float = IDLE_S
    life_s: float = 0.0
    tunnel_idle_s: float = TUNNEL_IDLE_S
    socket: SocketOptions = DEFAULT_OPTIONS


__all__ = ["BODY_S", "HEAD_S", "IDLE_S", "TUNNEL_IDLE_S", "ServerPolicy"]
