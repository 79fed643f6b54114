"""Compression: which answers, for whom, and what becomes of their heads and bodies."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.router.playbook import CHUNKED_OK, GET, GOOD, Playbook, PlaybookCase

from linkerd.router.compression import LEAST, MOST, Deflater, preferred_coding, weak

TEXT = b"to be or not to be, that is " * 40
GZIP = GET[:-2] + b"Accept-Encoding: gzip\r\n\r\n"


def answer(body: bytes, *fields: bytes, kind: bytes = b"text/plain") -> bytes:
    lines = [
        b"HTTP/1.1 200 OK",
        b"Content-Type: " + kind,
        *fields,
        b"Content-Length: %d" % len(body),
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def inflated(body: bytes, wbits: int = 31) -> bytes:
    stream = zlib.decompressobj(wbits)
    whole = stream.decompress(body)
    assert stream.eof
    assert not stream.unused_data
    return whole


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (b"", b""),
        (b"gzip", b"gzip"),
        (b"GZIP, deflate, br", b"gzip"),
        (b"x-gzip", b"gzip"),
        (b"deflate", b"deflate"),
        (b"gzip;q=0.5, deflate;q=0.8", b"deflate"),
        (b"gzip ; q=0", b""),
        (b"gzip;q=0, *", b"deflate"),
        (b"*", b"gzip"),
        (b"*;q=0", b""),
        (b"identity, gzip;q=0.5", b""),
        (b"identity;q=0.5, gzip", b"gzip"),
        (b"br", b""),
        (b"gzip;q=1.5", b""),
        (b"gzip;level=9", b""),
        (b"gzip;q=0.000", b""),
    ],
)
def test_what_a_client_prefers(accepted: bytes, coding: bytes) -> None:
    assert preferred_coding([accepted]) == coding


def test_all_values_count_and_no_more_than_is_decent() -> None:
    assert preferred_coding([b"br", b"gzip"]) == b"gzip"
    assert preferred_coding([b"br," * 100 + b"gzip"]) == b""


def test_tags_become_weak_once() -> None:
    assert weak(b'"a"') == weak(b'W/"a"') == b'W/"a"'


@given(st.lists(st.binary()), st.binary(), st.booleans(), st.integers(1, 9))
def test_every_piece_can_be_read_when_it_has_come(
    pieces: list[bytes], last: bytes, gzip: bool, level: int
) -> None:
    coder = Deflater(level, gzip)
    stream = zlib.decompressobj(31 if gzip else 15)
    for piece in pieces:
        assert stream.decompress(coder.data(piece)) == piece
    assert stream.decompress(coder.end(last)) == last
    assert stream.eof


class CompressionCase(PlaybookCase):
    def compressing(self, level: int = -1, **settings: object) -> Playbook:
        return self.play(compressionLevel=level, **settings)

    def exchanged(self, said: bytes, request: bytes = GZIP, level: int = -1) -> tuple[bytes, bytes]:
        """Head and body of what the client gets."""
        play = self.compressing(level)
        play.web(said)
        head, _, body = play.client(request).received.partition(b"\r\n\r\n")
        return head + b"\r\n", body

    def assert_untouched(self, said: bytes, request: bytes = GZIP, level: int = -1) -> bytes:
        """The body goes on as it came; gives the head."""
        head, body = self.exchanged(said, request, level)
        came = said.partition(b"\r\n\r\n")[2]
        self.assertEqual(body, b"" if request.startswith(b"HEAD") else came)
        self.assertNotIn(b"Content-Encoding: gzip", head)
        return head


class Whole(CompressionCase):
    def test_a_text(self) -> None:
        head, body = self.exchanged(answer(TEXT, b'ETag: "a"', b"Accept-Ranges: bytes"))
        seen = (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
            b'Content-Encoding: gzip\r\nETag: W/"a"\r\nVary: Accept-Encoding\r\n' % len(body)
        )
        self.assertEqual(head, seen + GOOD)
        self.assertLess(len(body), len(TEXT))
        self.assertEqual(inflated(body), TEXT)

    def test_in_deflate(self) -> None:
        head, body = self.exchanged(answer(TEXT), GZIP.replace(b"gzip", b"deflate"))
        self.assertIn(b"Content-Encoding: deflate\r\n", head)
        self.assertEqual(inflated(body, 15), TEXT)

    def test_what_is_text_at_level_minus_one(self) -> None:
        texts = (
            b"TEXT/html; charset=x",
            b"application/json",
            b"application/javascript",
            b"application/x-javascript",
            b"image/svg+xml",
            b"application/atom+xml",
            b"application/rss+xml",
            b"application/xhtml+xml",
            b"application/xml;q",
        )
        for kind in texts:
            head, _ = self.exchanged(answer(TEXT, kind=kind))
            self.assertIn(b"Content-Encoding: gzip\r\n", head, kind)
        for kind in (b"image/png", b"application/jsonx", b"application/octet-stream", b""):
            self.assertNotIn(b"Vary", self.assert_untouched(answer(TEXT, kind=kind)), kind)

    def test_other_levels_are_for_everything(self) -> None:
        for level in (1, 9):
            head, body = self.exchanged(answer(TEXT, kind=b"image/png"), level=level)
            self.assertIn(b"Content-Encoding: gzip\r\n", head)
            self.assertEqual(inflated(body), TEXT)

    def test_by_default_there_is_none(self) -> None:
        self.assert_untouched(answer(TEXT), level=0)

    def test_digests_of_what_it_was_are_removed(self) -> None:
        head, _ = self.exchanged(answer(TEXT, b"Content-MD5: x", b"Repr-Digest: y"))
        self.assertNotIn(b"Content-MD5", head)
        self.assertNotIn(b"Repr-Digest", head)


class Untouched(CompressionCase):
    def test_without_the_clients_wish(self) -> None:
        for request in (GET, GZIP.replace(b"gzip", b"br")):
            head = self.assert_untouched(answer(TEXT), request)
            self.assertIn(b"Vary: Accept-Encoding\r\n", head)

    def test_vary_is_said_once(self) -> None:
        for said in (b"vary: Cookie, accept-Encoding", b"Vary: Accept-Encoding"):
            head = self.assert_untouched(answer(TEXT, said), GET)
            self.assertEqual(head.lower().count(b"accept-encoding"), 1)

    def test_what_is_encoded_partial_or_not_to_be_transformed(self) -> None:
        for field in (
            b"Content-Encoding: br",
            b"Content-Range: bytes 0-9/20",
            b"Cache-Control: private, No-Transform",
        ):
            self.assertNotIn(b"Vary", self.assert_untouched(answer(TEXT, field)), field)
        self.assert_untouched(answer(TEXT).replace(b"200 OK", b"206 Part"))

    def test_answers_without_content(self) -> None:
        head = b"HTTP/1.1 %b\r\nContent-Type: text/plain\r\n\r\n"
        for status in (b"204 No", b"304 Not"):
            self.assert_untouched(head % status)
        said = answer(TEXT).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        self.assertIn(
            b"Content-Length: 1120\r\n", self.assert_untouched(said, GZIP.replace(b"GET", b"HEAD"))
        )

    def test_sizes(self) -> None:
        self.assert_untouched(answer(b"x" * (LEAST - 1)))
        head, _ = self.exchanged(answer(b"x" * LEAST))
        self.assertIn(b"Content-Encoding: gzip\r\n", head)
        long = CHUNKED_OK[:-2] + b"Content-Type: text/plain\r\n\r\n"
        for size, coded in ((MOST, True), (MOST + 1, False)):
            play = self.compressing(streamingEnabled=False)
            web = play.web()
            client = play.client(GZIP)
            play.say(web.peer, long)
            play.say(web.peer, b"%x\r\n%b\r\n0\r\n\r\n" % (size, b"x" * size))
            self.assertEqual(b"Content-Encoding" in client.received, coded)


class Streamed(CompressionCase):
    def test_events_flow(self) -> None:
        play = self.compressing()
        web = play.web()
        client = play.client(GZIP)
        events = CHUNKED_OK[:-2] + b"Content-Type: text/event-stream\r\nETag: W/x\r\n\r\n"
        play.say(web.peer, events)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
        head += b"Content-Encoding: gzip\r\nETag: W/x\r\nVary: Accept-Encoding\r\n" + GOOD
        self.assertEqual(client.take(), head + b"Transfer-Encoding: chunked\r\n\r\n")
        stream = zlib.decompressobj(31)
        for event in (b"data: 1\n\n", b"data: 2\n\n"):
            play.say(web.peer, b"%x\r\n%b\r\n" % (len(event), event))
            size, _, piece = client.take().partition(b"\r\n")
            self.assertEqual(len(piece), int(size, 16) + 2)
            self.assertEqual(stream.decompress(piece[:-2]), event)
        play.say(web.peer, b"0\r\n\r\n")
        self.assertTrue(client.take().endswith(b"\r\n0\r\n\r\n"))

    def test_a_client_of_http_1_0(self) -> None:
        play = self.compressing()
        web = play.web()
        client = play.client(GZIP.replace(b"HTTP/1.1", b"HTTP/1.0"))
        play.say(web.peer, answer(TEXT * 10)[:-1])
        play.say(web.peer, TEXT[-1:])
        play.advance(3.0)
        head, _, body = client.received.partition(b"\r\n\r\n")
        self.assertNotIn(b"Content-Length", head)
        self.assertEqual(inflated(body), TEXT * 10)

    def test_behind_a_server_with_clear_context(self) -> None:
        play = self.compressing(servers=[{"port": 4140, "clearContext": True}])
        play.web(answer(TEXT, b"l5d-ctx-a: b"))
        head, _, body = play.client(GZIP).received.partition(b"\r\n\r\n")
        self.assertEqual(inflated(body), TEXT)
        self.assertNotIn(b"l5d-", head)
        error = self.compressing(servers=[{"port": 4140, "clearContext": True}])
        error.web(answer(TEXT, b"l5d-err: b"))
        self.assertIn(b"\r\nContent-Length: 0\r\n", error.client(GZIP).received)
