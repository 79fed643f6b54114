"""Raw connections: how they find an endpoint, and how their two ends end."""

from __future__ import annotations

from tests.router.streams import RESET, TcpCase

from linkerd.balancer.base import BUSY, OPEN

ACCRUAL = {"failureAccrual": {"kind": "io.l5d.consecutiveFailures", "failures": 2}}


class WayTest(TcpCase):
    def test_bytes_go_both_ways(self) -> None:
        client, peer = self.joined()
        client.send(b"ping")
        self.do(peer.send(b"pong"))
        self.assertEqual((peer.take(), client.take()), (b"ping", b"pong"))

    def test_the_server_may_speak_first(self) -> None:
        client, peer = self.joined()
        self.do(peer.send(b"220 hello"))
        self.assertEqual(client.take(), b"220 hello")

    def test_what_comes_before_there_is_an_endpoint_goes_to_it(self) -> None:
        bench = self.tcp()
        bench.network.latency_s = 0.1
        client = bench.client(b"early ", end_with_peer=False)
        client.send(b"bird")
        client.finish()
        bench.advance(1.0)
        self.assertEqual((self.server.peer.take(), self.server.peer.eof), (b"early bird", True))

    def test_a_client_that_says_much_before_is_stopped(self) -> None:
        bench = self.tcp(client={"connectTimeoutMs": 5000}, window=1 << 20)
        bench.network.black_holes.add(("127.0.0.1", 80))
        client = bench.client(b"x" * 100_000, end_with_peer=False)
        client.send(b"y" * (1 << 20))
        bench.advance(0.2)
        (connection,) = bench.listener.connections
        self.assertLess(len(connection.held), 200_000)
        self.assertTrue(client.transport.blocked)

    def test_an_endpoint_that_refuses_costs_another_try(self) -> None:
        bench = self.tcp()
        bench.bind("web", 80, 81)
        for _ in range(20):
            client = bench.client(b"x", end_with_peer=False)
            self.assertIsNone(client.lost)
        self.assertEqual(len(self.server.peers), 20)
        self.assertEqual(bench.the_endpoint(81).status, BUSY)

    def test_no_endpoint_is_a_reset_and_a_line(self) -> None:
        bench = self.tcp()
        bench.bind("web", 81)
        client = bench.client()
        self.assertEqual(client.lost, RESET)
        self.assertEqual(bench.number("service/svc/web/errors/L5D-2005"), 1)
        self.assertEqual(bench.number("service/svc/web/failures"), 1)

    def test_a_name_without_addresses(self) -> None:
        bench = self.tcp()
        bench.bind("web")
        self.assertEqual(bench.client().lost, RESET)
        self.assertEqual(bench.number("service/svc/web/errors/L5D-1103"), 1)

    def test_a_connect_that_takes_too_long(self) -> None:
        bench = self.tcp(bindingTimeoutMs=700)
        bench.network.black_holes.add(("127.0.0.1", 80))
        client = bench.client(b"x")
        bench.advance(1.0)
        self.assertEqual(client.lost, RESET)
        self.assertEqual(bench.number("service/svc/web/errors/L5D-1106"), 1)

    def test_a_client_that_leaves_meanwhile(self) -> None:
        bench = self.tcp()
        bench.network.black_holes.add(("127.0.0.1", 80))
        client = bench.client()
        self.do(client.abort())
        self.assertEqual(bench.number("client/#/fake/web/cancelled_connects"), 1)
        self.assertEqual(bench.number("service/svc/web/pending"), 0)

    def test_each_connection_has_its_own(self) -> None:
        client, _ = self.joined()
        self.do(client.abort())
        self.bench.client(b"x", end_with_peer=False)
        self.assertEqual(len(self.server.peers), 2)


class EndTest(TcpCase):
    def test_the_client_ends_first(self) -> None:
        client, peer = self.joined()
        client.send(b"ping")
        self.do(client.finish())
        self.assertEqual((peer.take(), peer.eof, peer.lost), (b"ping", True, None))
        peer.send(b"pong")
        self.do(peer.close())
        self.assertEqual((client.take(), client.lost, peer.lost), (b"pong", "", ""))
        self.assertEqual(self.causes(), {"client": 1})
        self.assertEqual(self.bench.number("service/svc/web/received_bytes"), 4)
        self.assertEqual(self.bench.number("service/svc/web/sent_bytes"), 4)

    def test_the_endpoint_ends_first(self) -> None:
        client, peer = self.joined()
        peer.send(b"pong")
        self.do(peer.finish())
        self.assertEqual((client.take(), client.eof, client.lost), (b"pong", True, None))
        client.send(b"ping")
        self.do(client.close())
        self.assertEqual((peer.take(), client.lost, peer.lost), (b"ping", "", ""))
        self.assertEqual(self.causes(), {"endpoint": 1})

    def test_both_end_at_once(self) -> None:
        client, peer = self.joined()
        client.finish()
        self.do(peer.finish())
        self.assertEqual((client.lost, peer.lost), ("", ""))
        self.assertEqual(self.server_number("success"), 1)

    def test_a_reset_by_the_client(self) -> None:
        client, peer = self.joined()
        peer.send(b"hello")
        self.do()
        self.do(client.abort())
        self.assertEqual(peer.lost, RESET)
        self.assertEqual(self.causes(), {"client_reset": 1})
        self.assertEqual(self.causes("client/#/fake/web"), {"client_reset": 1})
        self.assertEqual(self.causes("server/127.0.0.1/4140"), {"client_reset": 1})

    def test_a_reset_by_the_endpoint(self) -> None:
        client, peer = self.joined()
        self.do(peer.send(b"hello"))
        self.do(peer.abort())
        self.assertEqual(client.lost, RESET)
        self.assertEqual(self.causes(), {"endpoint_reset": 1})
        self.assertEqual(self.bench.number("service/svc/web/success"), 1)

    def test_a_reset_behind_the_clients_end(self) -> None:
        """What it had said was complete: the endpoint gets that, and a reset if it answers."""
        client, peer = self.joined()
        peer.pause()
        client.send(b"x" * 65_536)
        self.do(client.finish())
        self.do(client.abort())
        self.do(peer.resume())
        self.assertEqual(len(peer.take()), 65_536)
        self.assertEqual(self.causes(), {"client_reset": 1})

    def test_a_reset_behind_the_endpoints_end_lets_the_client_read_all(self) -> None:
        client, peer = self.joined()
        client.pause()
        peer.send(b"x" * 65_536)
        self.do(peer.finish())
        self.do(peer.abort())
        self.do(client.resume())
        self.assertEqual(len(client.take()), 65_536)

    def test_a_client_that_is_gone_leaves_what_it_said(self) -> None:
        """The endpoint is slow, and our side of the client stopped: its reset is heard of later."""
        client, peer = self.joined()
        peer.pause()
        client.send(b"x" * 200_000)
        self.do()
        client.abort()
        self.do()
        self.do(peer.resume())
        self.bench.advance(61.0)
        self.assertIsNotNone(peer.lost)

    def test_the_grace_is_over(self) -> None:
        client, peer = self.joined()
        self.do(self.bench.listener.abort())
        self.assertEqual((client.lost, peer.lost), (RESET, RESET))
        self.assertEqual(self.causes(), {"shutdown": 1})


class PressureTest(TcpCase):
    def test_a_slow_endpoint_stops_the_client(self) -> None:
        client, peer = self.joined()
        peer.pause()
        client.send(b"x" * 1_000_000)
        self.do()
        self.assertTrue(client.transport.blocked)
        self.do(peer.resume())
        self.assertEqual(len(peer.take()), 1_000_000)

    def test_a_slow_client_stops_the_endpoint(self) -> None:
        client, peer = self.joined()
        client.pause()
        peer.send(b"x" * 1_000_000)
        self.do()
        self.assertTrue(peer.transport.blocked)
        self.do(client.resume())
        self.assertEqual(len(client.take()), 1_000_000)

    def test_an_end_behind_what_waits_comes_behind_it(self) -> None:
        client, peer = self.joined()
        client.pause()
        peer.send(b"x" * 300_000)
        peer.finish()
        self.bench.advance(61.0)
        self.assertFalse(client.eof)
        self.do(client.resume())
        self.assertEqual((len(client.take()), client.eof), (300_000, True))

    def test_early_bytes_that_an_endpoint_does_not_take(self) -> None:
        bench = self.tcp(window=1000)
        bench.network.latency_s = 0.1
        self.server.on_connect = lambda peer: peer.pause()
        client = bench.client(b"x" * 5000, end_with_peer=False)
        bench.advance(2.0)
        client.send(b"y" * 50_000)
        bench.advance(2.0)
        self.assertTrue(client.transport.blocked)
        self.server.peer.resume()
        bench.advance(30.0)
        self.assertEqual(self.server.peer.take(), b"x" * 5000 + b"y" * 50_000)


class AccrualTest(TcpCase):
    def test_resets_without_a_word_count(self) -> None:
        bench = self.tcp(client=ACCRUAL)
        bench.bind("web", 80, 81)
        bad = bench.serve(81)
        bad.on_connect = lambda peer: peer.abort()
        for _ in range(40):
            bench.client(end_with_peer=False)
        self.assertEqual(len(bad.peers), 2)
        self.assertEqual(bench.the_endpoint(81).status, BUSY)
        self.assertEqual(bench.number("client/#/fake/web/failures"), 2)

    def test_resets_behind_a_word_do_not(self) -> None:
        self.tcp(client=ACCRUAL)
        for _ in range(5):
            self.bench.client(end_with_peer=False)
            self.do(self.server.peer.send(b"x"))
            self.do(self.server.peer.abort())
        self.assertEqual(self.bench.the_endpoint().status, OPEN)

    def test_an_end_without_a_word_does_not(self) -> None:
        self.tcp(client=ACCRUAL)
        for _ in range(5):
            self.bench.client()
            self.do(self.server.peer.close())
        self.assertEqual(self.bench.the_endpoint().status, OPEN)

    def test_clients_that_reset_tell_nothing_of_it(self) -> None:
        self.tcp(client=ACCRUAL)
        for _ in range(5):
            client = self.bench.client(end_with_peer=False)
            self.do(client.abort())
        self.assertEqual(self.bench.the_endpoint().status, OPEN)

    def test_one_on_trial_that_keeps_a_silent_connection_has_passed(self) -> None:
        self.tcp(client=ACCRUAL)
        self.server.on_connect = lambda peer: peer.abort()
        self.bench.client()
        self.bench.client()
        self.assertEqual(self.bench.the_endpoint().status, BUSY)
        self.server.on_connect = None
        self.bench.advance(6.0)
        self.bench.client(end_with_peer=False)
        self.assertEqual(self.bench.the_endpoint().status, BUSY)
        self.bench.advance(1.2)
        self.assertEqual(self.bench.the_endpoint().status, OPEN)

    def test_the_load_is_open_connections(self) -> None:
        self.tcp()
        clients = [self.bench.client(end_with_peer=False) for _ in range(3)]
        self.assertEqual(self.bench.the_client().balancer.outstanding(), 3)
        self.assertEqual(self.bench.number("service/svc/web/pending"), 3)
        self.do(clients[0].abort())
        self.assertEqual(self.bench.the_client().balancer.outstanding(), 2)


class ProxyHeaderTest(TcpCase):
    def test_it_goes_before_the_clients_bytes(self) -> None:
        client, peer = self.joined(client={"sendProxyProtocol": "v1"})
        port = client.transport.host[1]
        self.do(client.send(b"hello"))
        self.assertEqual(peer.take(), b"PROXY TCP4 127.0.0.1 127.0.0.1 %d 4140\r\nhello" % port)

    def test_what_came_in_one_goes_out_in_the_other(self) -> None:
        self.tcp(
            servers=[{"port": 4140, "proxyProtocol": True}], client={"sendProxyProtocol": "v2"}
        )
        self.bench.client(b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nhello")
        sent = self.server.peer.take()
        self.assertEqual(
            sent[12:], b"\x21\x11\x00\x0c\xc0\x00\x02\x01\xc0\x00\x02\x02\0\1\0\2hello"
        )
