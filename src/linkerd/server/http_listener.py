"""One server of an HTTP router: what its connections need to know to read and answer requests.

In comes the policy of a `servers` entry; out go HTTP/1.1 connections, and a count of what was not
a request. Its life is that of every `Listener`. Owned by the linker's service tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd._typing import override
from linkerd.logger import make_logger
from linkerd.net.stats import TunnelStats
from linkerd.server.deadline_stats import DeadlineStats
from linkerd.server.http import HttpServerConnection
from linkerd.server.listener import Listener, SessionLimits
from linkerd.telemetry.request_stats import StatusStats

if TYPE_CHECKING:
    from linkerd.runtime import Runtime
    from linkerd.server.answering import Answering
    from linkerd.server.base import Dispatch, RefusalLog
    from linkerd.server.policy import ServerPolicy
    from linkerd.wire.http1 import RequestHead

log = make_logger()


class HttpListener(Listener):
    """A server of HTTP/1.1.

    `plain`: an answer may go out with the usual fields and without a further thought. Requests with
    a Via go by `via_dispatch`, which counts the proxies that they have passed.
    """

    def __init__(
        self,
        runtime: Runtime,
        dispatch: Dispatch,
        ip: str,
        port: int,
        policy: ServerPolicy,
    ) -> None:
        limits = SessionLimits(policy.idle_s, policy.life_s, policy.tunnel_idle_s)
        super().__init__(runtime, ip, port, policy.socket, limits)
        self.dispatch = dispatch
        self.via_dispatch = dispatch
        self.limits = policy.limits
        # A body that is too large must not be collected before that is seen.
        self.buffered = min(policy.buffered, policy.limits.body)
        self.clear_context = policy.clear_context
        self.head_s = policy.head_s
        self.body_s = policy.body_s
        self.plain = not policy.clear_context
        self.status_stats = StatusStats(self.scope)
        self.deadline_stats = DeadlineStats(self.scope)
        self.tunnels = TunnelStats(self.scope)
        self.refusals = self.scope.scope("refused")
        self.refusal_log: RefusalLog | None = None

    @override
    def connection(self) -> HttpServerConnection:
        return HttpServerConnection(self)

    @override
    async def drain(self) -> None:
        self.plain = False
        await super().drain()

    def refused(
        self, connection: Answering, head: RequestHead, status: int, why: str, answer: bytes
    ) -> None:
        """A client sent something that is not a request."""
        self.refusals.counter(str(status)).value += 1
        if self.refusal_log is not None:
            self.refusal_log.refused(connection, head, status, answer)
        log.debug(
            "refused a request of {peer} on {label} with {status}: {why}",
            peer=connection.transport.peer[0],
            label=self.label,
            status=status,
            why=why,
        )
