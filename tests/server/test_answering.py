"""What a client's connection does behind an answer: the next request, patience, the end."""

from __future__ import annotations

from typing import Any

from tests.router.playbook import GET, PlaybookCase

HOST = b"Host: web\r\n"


class Turns(PlaybookCase):
    def test_requests_that_came_together_are_taken_a_few_a_turn(self) -> None:
        play = self.play(dtab="")
        client = play.client()
        connection = next(iter(play.listener.connections))
        connection.data_received(GET * 40)
        self.assertLess(connection.requests, 20)
        play.advance(0.1)
        self.assertEqual(connection.requests, 40)
        self.assertEqual(client.received.count(b"HTTP/1.1 502 "), 40)

    def test_nothing_more_is_taken_from_a_client_that_has_gone(self) -> None:
        play = self.play(dtab="")
        client = play.client()
        connection = next(iter(play.listener.connections))
        connection.data_received(GET * 40)
        client.abort()
        play.advance(0.1)
        self.assertLess(connection.requests, 20)


class LastWords(PlaybookCase):
    """An answer behind which the connection closes is whole, however slow its reader is."""

    def slow_reader(self, request: bytes, pause: float) -> None:
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9000
        play = self.play(window=1000)
        play.web(answer)
        client = play.client(request)
        for _ in range(40):
            client.pause()
            play.advance(pause)
            client.resume()
            play.network.pump()
            if client.lost is not None:
                break
        self.assertTrue(client.received.endswith(b"x" * 9000), len(client.received))

    def test_connection_close(self) -> None:
        self.slow_reader(GET[:-2] + b"Connection: close\r\n\r\n", 4.0)

    def test_http_1_0(self) -> None:
        self.slow_reader(b"GET / HTTP/1.0\r\nHost: web\r\n\r\n", 4.0)

    def test_a_reader_that_never_reads_is_given_up(self) -> None:
        play = self.play(window=1000)
        play.web(b"HTTP/1.1 200 OK\r\nContent-Length: 950\r\n\r\n" + b"x" * 950)
        client = play.client()
        client.pause()
        play.say(client, GET[:-2] + b"Connection: close\r\n\r\n")
        for _ in range(3):
            play.advance(31.0)
        self.assertEqual(play.listener.connections, set())


class Cuts(PlaybookCase):
    def test_what_was_written_goes_out_before_a_reset(self) -> None:
        play = self.play()
        play.client()
        [connection] = play.listener.connections
        done = []
        transport: Any = connection.transport
        abort = transport.abort
        transport.flush = lambda: done.append("flush")
        transport.abort = lambda: done.append("abort")
        connection.cut(False)
        self.assertEqual(done, ["flush", "abort"])
        abort()

    def test_strangers_are_refused_without_a_word(self) -> None:
        play = self.play(servers=[{"port": 4140, "clearContext": True}])
        client = play.client(b"nonsense\r\n\r\n")
        self.assertTrue(client.received.startswith(b"HTTP/1.1 400 "))
        self.assertTrue(client.received.endswith(b"\r\n\r\n"))
