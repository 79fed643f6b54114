"""A router of raw connections: names, and what it counts of services and clients."""

from __future__ import annotations

from tests.router.streams import RESET, TcpCase
from tests.support.logs import logged


class JunctionTest(TcpCase):
    def test_connections_are_named_by_the_port_unless_told_otherwise(self) -> None:
        self.tcp(identifier={"kind": "io.l5d.serverPort"}, dtab="/svc => /#/fake")
        self.bench.bind("4140", 80)
        self.bench.client(end_with_peer=False)
        self.assertEqual(self.bench.number("service/svc/4140/pending"), 1)

    def test_why_there_is_no_name_is_said(self) -> None:
        self.tcp(identifier={"kind": "io.l5d.sni"})
        with logged() as lines:
            self.assertEqual(self.bench.client(b"hello").lost, RESET)
        self.assertIn("no TLS that asks for a server name [L5D-1001]", lines[0])

    def test_a_service_counts_from_its_first_connection_on(self) -> None:
        self.tcp()
        for sent in (b"one", b"three"):
            client = self.bench.client(sent, end_with_peer=False)
            self.do(client.abort())
        self.assertEqual(self.bench.number("service/svc/web/received_bytes"), 8)
        self.assertEqual(self.causes(), {"client_reset": 2})
        self.assertEqual(self.causes("client/#/fake/web"), {"client_reset": 2})
