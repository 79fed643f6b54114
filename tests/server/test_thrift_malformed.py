"""Frames that are no calls: each ends its connection, and none reaches an endpoint."""

from __future__ import annotations

import struct

from tests.router.calls import ThriftCase, call

from linkerd.wire.thrift_message import (
    CALL,
    EXCEPTION,
    ONEWAY,
    REPLY,
    framed,
    message_head,
)
from linkerd.wire.thrift_values import BINARY, COMPACT, OLD
from linkerd.wire.ttwitter import RequestHeader, upgrade_call

STRICT = message_head(BINARY, CALL, b"add", 7)
UPGRADED = upgrade_call(BINARY)
HEADER = RequestHeader().written(BINARY)


def raw(length: int, rest: bytes = b"") -> bytes:
    """A frame whose length says what it likes."""
    return struct.pack(">i", length) + rest


MALFORMED = {
    # Lengths.
    "an empty frame": raw(0),
    "a negative length": raw(-1),
    "the most negative length": raw(-(2**31)),
    "the greatest length": raw(2**31 - 1, STRICT),
    "a length above the limit": raw(16 * 1024 * 1024 + 1, STRICT),
    "a length too small for a header": raw(4, b"\x80\x01\0\x01"),
    "a frame that ends in the name": raw(10, STRICT[:10]),
    "a frame that ends behind the header": framed(STRICT),
    # Other protocols.
    "HTTP": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP with a method nobody knows": b"BREW /pot HTTP/1.1\r\n\r\n",
    "an answer in HTTP": b"HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + bytes(64),
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "Thrift without frames": STRICT + b"\0",
    "compact Thrift without frames": message_head(COMPACT, CALL, b"add", 7) + b"\0",
    "Mux's Tinit": raw(6, b"\x44\0\0\x01\0\x01"),
    "Mux's Tping": raw(4, b"\x41\0\0\x01"),
    "Mux's Tdispatch": raw(10, b"\x02\0\0\x01\0\0\0\0\0\0"),
    "THeader": raw(14, b"\x0f\xff" + bytes(12)),
    "JSON": framed(b'[1,"add",1,0,{}]'),
    "zeros": bytes(64),
    "ones": b"\xff" * 64,
    # Headers.
    "another version": framed(b"\x80\x02\0\x01" + STRICT[4:], b"\0"),
    "a version with other bits": framed(b"\x80\x01\x01\x01" + STRICT[4:], b"\0"),
    "type 0": framed(b"\x80\x01\0\0" + STRICT[4:], b"\0"),
    "type 5": framed(b"\x80\x01\0\x05" + STRICT[4:], b"\0"),
    "type 255": framed(b"\x80\x01\0\xff" + STRICT[4:], b"\0"),
    "an answer": framed(message_head(BINARY, REPLY, b"add", 7), b"\0"),
    "an exception": framed(message_head(BINARY, EXCEPTION, b"add", 7), b"\0"),
    "no name": framed(message_head(BINARY, CALL, b"", 7), b"\0"),
    "a name of a negative length": framed(STRICT[:4] + raw(-1) + b"add" + raw(7), b"\0"),
    "a name longer than the frame": framed(STRICT[:4] + raw(1000) + b"add" + raw(7), b"\0"),
    "a name longer than names are": framed(message_head(BINARY, CALL, b"a" * 1025, 7), b"\0"),
    "a name with a line feed": framed(message_head(BINARY, CALL, b"a\nb", 7), b"\0"),
    "a name with a NUL": framed(message_head(BINARY, CALL, b"a\0b", 7), b"\0"),
    "a name that is not UTF-8": framed(message_head(BINARY, CALL, b"\xc3\x28", 7), b"\0"),
    # The old form.
    "old, an answer": framed(message_head(OLD, REPLY, b"add", 7), b"\0"),
    "old, type 9": framed(raw(3) + b"add\x09" + raw(7), b"\0"),
    "old, no name": framed(raw(0) + b"\x01" + raw(7), b"\0"),
    "old, a name longer than the frame": framed(raw(100) + b"add\x01" + raw(7), b"\0"),
    # The compact form.
    "compact, another version": framed(b"\x82\x22\x07\x03add", b"\0"),
    "compact, an answer": framed(message_head(COMPACT, REPLY, b"add", 7), b"\0"),
    "compact, type 0": framed(b"\x82\x01\x07\x03add", b"\0"),
    "compact, an endless sequence id": framed(b"\x82\x21" + b"\x80" * 6 + b"\x03add", b"\0"),
    "compact, a sequence id of 35 bits": framed(b"\x82\x21\xff\xff\xff\xff\x7f\x03add", b"\0"),
    "compact, an endless name": framed(b"\x82\x21\x07" + b"\xff" * 6 + b"add", b"\0"),
    "compact, a name longer than the frame": framed(b"\x82\x21\x07\x40add", b"\0"),
    # Bodies that cannot be one struct.
    "a body that does not end": framed(STRICT, b"\x08\0\1\0\0\0\5"),
    "a body of no kind": framed(STRICT, b"\x63\0\1\0"),
    "a second message behind the first": framed(STRICT, b"\0" + STRICT + b"\0"),
    "a one-way call with something behind it": framed(
        message_head(BINARY, ONEWAY, b"add", 7), b"\0\0"
    ),
    "compact, a body of no kind": framed(message_head(COMPACT, CALL, b"add", 7), b"\x1f\0"),
    # Behind an upgrade.
    "no header after the upgrade": UPGRADED + framed(STRICT, b"\0"),
    "half a header after the upgrade": UPGRADED + framed(HEADER[: len(HEADER) // 2]),
    "a header and nothing else": UPGRADED + framed(HEADER),
    "a header of unknown kinds": UPGRADED + framed(b"\x63\0\1\0", STRICT, b"\0"),
    "a header nested without end": UPGRADED + framed(b"\x0c\0\x09" * 200, STRICT, b"\0"),
}
"""By what is wrong."""


class Malformed(ThriftCase):
    def test_each_ends_its_connection_and_reaches_nobody(self) -> None:
        self.assertGreaterEqual(len(MALFORMED), 50)
        for what, data in MALFORMED.items():
            play = self.thrift()
            web = play.serve(80)
            client = play.client(data)
            play.advance(31.0)
            play.advance(31.0)
            self.assertIsNotNone(client.lost, what)
            self.assertEqual(web.peers, [], what)
            self.assertEqual(play.number("server/127.0.0.1/4140/refused"), 1, what)

    def test_so_does_each_behind_a_call(self) -> None:
        for what, data in MALFORMED.items():
            if data.startswith(UPGRADED):
                continue
            play = self.thrift()
            web = play.serve(80)
            client = play.client(call() + data)
            self.assertEqual(web.peer.received, call(), what)
            client.abort()
            play.advance(1.0)


__all__ = ["MALFORMED"]
