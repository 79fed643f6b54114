"""From a configuration to a router of raw connections: what its parts were told."""

from __future__ import annotations

from typing import Any

from tests.router.streams import TcpCase


class BuildTest(TcpCase):
    def test_what_a_server_was_told(self) -> None:
        server = {"maxConcurrentRequests": 7, "firstBytesTimeoutMs": 250, "proxyProtocol": True}
        listener: Any = self.tcp(servers=[server | {"port": 4140}]).listener
        self.assertEqual((listener.most, listener.first_bytes_s, listener.proxied), (7, 0.25, True))

    def test_idle_connections_are_looked_for_unless_that_is_off(self) -> None:
        bench = self.tcp()
        self.assertEqual(len(bench.listener.looks), 2)
        off = {"port": 4140, "serverSession": {"idleTimeMs": 0}}
        self.assertEqual(len(self.tcp(servers=[off]).listener.looks), 1)

    def test_an_originator_says_so(self) -> None:
        self.assertEqual(self.tcp(originator=True).number("originator"), 1)
