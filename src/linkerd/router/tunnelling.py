"""Requests that ask for a tunnel, by Upgrade or CONNECT, and are given one.

In comes the consent of an endpoint; if it is for what the client asked for, the consent goes to the
client, the request is counted as answered, and its two connections become a `Tunnel`. Any other
answer goes the way of all answers (`linkerd.router.exchange`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.classifier.base import SUCCESS
from linkerd.router.attempt import SENT
from linkerd.router.sending import Sending
from linkerd.router.tunnel import Tunnel
from linkerd.wire.http1 import CONNECT

if TYPE_CHECKING:
    from linkerd.wire.http1 import Limits, RequestHead, ResponseHead

GOOD = b"l5d-success-class: 1.0\r\n"
UPGRADE_REQUIRED = 426


class Tunnelling(Sending):
    """A request that may end in a tunnel."""

    __slots__ = ()

    def switched(self, head: ResponseHead, early: bytes) -> bool:
        if self.state != SENT or not asked_for(self.head, head):
            return False
        connection = self.connection
        leg = self.leg
        endpoint = self.endpoint
        if connection is None or leg is None or endpoint is None:
            raise AssertionError("a tunnel without an endpoint")
        now = self.router.clock()
        server = self.server
        server.transport.write(self.consent(head))
        if self.limit is not None:
            self.wait_no_more()
        self.verdict = SUCCESS
        self.answered_status = head.status
        self.answered_s = now
        self.length = -1
        route = self.the_route()
        tunnel = Tunnel(server, connection, route, leg, endpoint, now - self.started)
        tunnel.begin(now)
        self.tunnel = tunnel
        # Nobody gets the connection back.
        self.connection = None
        connection.exchange = tunnel
        self.finish(now)
        server.switch(tunnel)
        if early:
            tunnel.answer_data(early)
        return True

    def consent(self, head: ResponseHead) -> bytes:
        """The head of the answer as the client gets it: it has no body, whatever it says."""
        added = head.via_line()
        if head.status == 101:
            added += upgrade_lines(head)
        else:
            head.reframe(-1)
        if not self.server.listener.clear_context:
            added += GOOD
        return head.passed_on(added + b"\r\n")


def asked_for(request: RequestHead, answer: ResponseHead) -> bool:
    """Whether an answer that consents to a tunnel fits the request (RFC 9110 7.8 and 9.3.6)."""
    if request.method == CONNECT:
        return answer.status != 101
    asked = request.upgrade.lower().split(b", ")
    given = answer.upgrade.lower().split(b", ")
    return answer.status == 101 and answer.upgrade != b"" and set(given) <= set(asked)


def offered(answer: ResponseHead, limits: Limits) -> bytes:
    """The field lines of a 426 that name what the client should ask for (RFC 9110 15.5.22)."""
    # Many send the field without the option of Connection that belongs to it.
    answer.note_upgrade()
    return upgrade_lines(answer) if answer.upgrade and limits.upgrade else b""


def upgrade_lines(answer: ResponseHead) -> bytes:
    """The protocols of an answer, for the next hop."""
    return b"Connection: Upgrade\r\nUpgrade: " + answer.upgrade + b"\r\n"


__all__ = ["UPGRADE_REQUIRED", "Tunnelling", "asked_for", "offered"]
