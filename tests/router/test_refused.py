"""A request that its server refuses: counted and logged as any error, and nothing is dialled."""

from __future__ import annotations

import json

from tests.router.playbook import GET, OK, Playbook, PlaybookCase, post

DEEP = GET[:-2] + b"Via: a, b\r\n\r\n"
HEAD = GET.replace(b"GET", b"HEAD")


class Refused(PlaybookCase):
    def test_it_is_one_request_that_failed(self) -> None:
        play = self.play(servers=[{"port": 4140, "maxCallDepth": 1}])
        web = play.web()
        play.client(DEEP * 2)
        server = "server/127.0.0.1/4140/"
        self.assertEqual(play.number(server + "requests"), 2)
        self.assertEqual(play.number(server + "failures"), 2)
        self.assertEqual(play.number(server + "pending"), 0)
        self.assertEqual(web.peers, [])
        self.assertEqual(play.bindings.table, {})


class Lines(PlaybookCase):
    """What the access log says of bytes that are no request."""

    def logged(self, form: str, **settings: object) -> Playbook:
        return self.play(httpAccessLog="unopened", httpAccessLogFormat=form, **settings)

    def lines(self, play: Playbook) -> list[str]:
        log = play.router.access_log
        assert log is not None
        return [log.form.line(facts) for facts in log.lines]

    def common(self, data: bytes, wait_s: float = 0.0, **settings: object) -> str:
        """The end of the one line of a client that sends this, without the size of the answer."""
        play = self.logged("common", **settings)
        play.web(OK)
        client = play.client(data)
        play.advance(wait_s)
        (line,) = self.lines(play)
        body = client.received.partition(b"\r\n\r\n")[2]
        before, _, size = line.rpartition(" ")
        self.assertEqual(size, f"{len(body) or '-'}\n")
        return before.rpartition("] ")[2]

    def test_what_has_a_request_line(self) -> None:
        for data, said in (
            (GET[:-2] + b"a b\r\n\r\n", '"GET / HTTP/1.1" 400'),
            (HEAD[:-2] + b"a b\r\n\r\n", '"HEAD / HTTP/1.1" 400'),
            (GET.replace(b"1.1", b"1.0") + b"", '"GET / HTTP/1.0" 200'),
            (GET.replace(b"1.1\r\nHost", b"1.0\r\na b"), '"GET / HTTP/1.0" 400'),
            (GET.replace(b"1.1", b"2.0"), '"GET / -" 505'),
            (GET[:-2] + b"Transfer-Encoding: gzip\r\n\r\n", '"GET / HTTP/1.1" 501'),
            (GET[:-2] + b"a: %b\r\n\r\n" % (b"x" * 9000), '"GET / HTTP/1.1" 431'),
            (b"CONNECT web:443 HTTP/1.1\r\nHost: web\r\n\r\n", '"CONNECT web:443 HTTP/1.1" 405'),
            (post(2048), '"POST / HTTP/1.1" 413'),
        ):
            self.assertEqual(self.common(data, maxHeadersKB=8, maxRequestBodyKB=1), said)

    def test_what_has_none(self) -> None:
        for data, status in (
            (b"\x16\x03\x01\r\n", 400),
            (b"GET /%b HTTP/1.1\r\n" % (b"x" * 9000), 414),
        ):
            self.assertEqual(self.common(data), f'"-" {status}')

    def test_what_is_too_slow(self) -> None:
        for data, said in (
            (GET[:-2], '"GET / HTTP/1.1" 408'),
            (b"\r\n" + post(5) + b"x", '"POST / HTTP/1.1" 408'),
            (b"GET /", '"-" 408'),
        ):
            self.assertEqual(self.common(data, 31.0), said)

    def test_a_body_that_is_refused_while_all_of_it_is_awaited(self) -> None:
        chunked = b"POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\nno"
        self.assertEqual(self.common(chunked, streamingEnabled=False), '"POST / HTTP/1.1" 400')

    def test_in_json(self) -> None:
        play = self.logged("json")
        play.advance(1.0)
        play.client(GET[:-2] + b"User-Agent: me\r\nContent-Length: x\r\n\r\n")
        play.client(b"\0")
        play.advance()
        first, second = map(json.loads, self.lines(play))
        wanted = {
            "method": "GET",
            "target": "/",
            "protocol": "HTTP/1.1",
            "status": 400,
            "total_ms": 0.0,
            "user_agent": "me",
            "service": None,
            "outcome": "failed",
            "error": "L5D-3001",
        }
        self.assertEqual({name: first[name] for name in wanted}, wanted)
        unread = dict.fromkeys(("method", "target", "protocol", "host", "user_agent"))
        self.assertEqual({name: second[name] for name in unread}, unread)
        self.assertGreater(second["response_bytes"], 0)

    def test_not_in_linkerds_format(self) -> None:
        play = self.logged("linkerd")
        play.client(b"\0")
        self.assertEqual(self.lines(play), [])
