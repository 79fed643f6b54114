"""A client's raw connection before it has an endpoint: PROXY headers, first bytes, limits."""

from __future__ import annotations

from typing import Any

from tests.router.streams import RESET, TcpCase
from tests.wire.test_client_hello import made, sni

SNI = [{"kind": "io.l5d.sni"}, {"kind": "io.l5d.static", "path": "/web"}]
HELLO = made(sni(b"db"))
PROXIED: dict[str, Any] = {"servers": [{"port": 4140, "proxyProtocol": True}]}
LINE = b"PROXY TCP4 192.0.2.1 192.0.2.2 1 5432\r\n"


class FirstBytesTest(TcpCase):
    def test_a_hello_names_the_connection_and_goes_on_untouched(self) -> None:
        bench = self.tcp(identifier=SNI)
        bench.bind("db", 81)
        server = bench.serve(81)
        client = bench.client(HELLO[:7], end_with_peer=False)
        self.assertEqual(bench.network.dialled[1:], [])
        bench.say(client, HELLO[7:] + b"more")
        self.assertEqual(server.peer.take(), HELLO + b"more")

    def test_what_is_no_hello_goes_to_the_next_identifier_at_once(self) -> None:
        bench = self.tcp(identifier=SNI)
        bench.client(b"SSH-2.0-x\r\n", end_with_peer=False)
        self.assertEqual(self.server.peer.take(), b"SSH-2.0-x\r\n")

    def test_a_client_that_waits_for_the_server_goes_there_in_time(self) -> None:
        bench = self.tcp(identifier=SNI, servers=[{"port": 4140, "firstBytesTimeoutMs": 500}])
        client = bench.client(end_with_peer=False)
        bench.advance(0.4)
        self.assertEqual(self.server.peers, [])
        bench.advance(0.2)
        bench.say(self.server.peer, b"220 hello")
        self.assertEqual(client.take(), b"220 hello")

    def test_the_end_of_a_client_ends_the_waiting(self) -> None:
        bench = self.tcp(identifier=SNI)
        client = bench.client(HELLO[:9], end_with_peer=False)
        self.do(client.finish())
        self.assertEqual((self.server.peer.take(), self.server.peer.eof), (HELLO[:9], True))

    def test_one_that_leaves_without_a_word_gets_no_endpoint(self) -> None:
        bench = self.tcp(identifier=SNI)
        client = bench.client(end_with_peer=False)
        self.do(client.finish())
        self.assertEqual((client.lost, self.server.peers), ("", []))

    def test_nothing_is_waited_for_that_nobody_needs(self) -> None:
        self.tcp(identifier=[{"kind": "io.l5d.serverPort"}, *SNI], dtab="/svc/4140 => /#/fake/web")
        self.bench.client(end_with_peer=False)
        self.assertEqual(len(self.server.peers), 1)

    def test_no_name_is_a_reset(self) -> None:
        bench = self.tcp(identifier={"kind": "io.l5d.sni"})
        client = bench.client(b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(client.lost, RESET)
        self.assertEqual(self.server_number("failures"), 1)

    def test_first_bytes_that_never_become_anything_are_bounded(self) -> None:
        bench = self.tcp(identifier=SNI, window=1 << 20)
        bench.client(b"\x16\x03\x01\x40\x00\x01\x00\x7f\x00" + bytes(16379), end_with_peer=False)
        self.assertEqual(self.server.peers, [])
        self.bench.say(bench.clients[0], b"\x16\x03\x01\x3f\x00" + bytes(50_000))
        self.assertEqual(len(self.server.peers), 1)


class ProxyProtocolTest(TcpCase):
    def test_the_header_is_taken_off(self) -> None:
        bench = self.tcp(**PROXIED)
        client = bench.client(LINE[:10], end_with_peer=False)
        self.assertEqual(self.server.peers, [])
        bench.say(client, LINE[10:] + b"hello")
        self.assertEqual(self.server.peer.take(), b"hello")

    def test_its_destination_names_the_connection(self) -> None:
        bench = self.tcp(
            identifier={"kind": "io.l5d.proxyProtocol"}, dtab="/svc => /#/fake", **PROXIED
        )
        bench.client(LINE)
        self.assertEqual(bench.number("service/svc/192.0.2.2/5432/requests"), 1)

    def test_without_one_the_connection_is_reset(self) -> None:
        bench = self.tcp(**PROXIED)
        self.assertEqual(bench.client(b"GET / HTTP/1.1\r\n").lost, RESET)
        self.assertEqual(self.server_number("refused"), 1)
        self.assertEqual(self.server.peers, [])

    def test_one_that_does_not_come_in_time(self) -> None:
        bench = self.tcp(**PROXIED)
        client = bench.client(LINE[:10])
        bench.advance(3.5)
        self.assertEqual((client.lost, self.server.peers), (RESET, []))


class LimitTest(TcpCase):
    def test_connections_beyond_the_limit_are_reset(self) -> None:
        bench = self.tcp(servers=[{"port": 4140, "maxConcurrentRequests": 2}])
        clients = [bench.client(b"x", end_with_peer=False) for _ in range(3)]
        self.assertEqual([client.lost for client in clients], [None, None, RESET])
        self.assertEqual(self.server_number("nacks"), 1)
        self.do(clients[0].abort())
        self.assertIsNone(bench.client(b"x", end_with_peer=False).lost)

    def test_connections_that_wait_for_a_hello_make_room_for_others(self) -> None:
        bench = self.tcp(identifier=SNI)
        bench.bind("db", 80)
        quiet = bench.client(end_with_peer=False)
        busy = bench.client(HELLO, end_with_peer=False)
        bench.listener.sweep.make_room()
        bench.advance(1.1)
        bench.listener.sweep.make_room()
        bench.advance()
        self.assertEqual((quiet.eof, busy.eof), (True, False))
