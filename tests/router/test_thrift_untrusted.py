"""`clearContext`: what strangers say beyond the call is not believed."""

from __future__ import annotations

from tests.router.calls import ThriftCase, reply

from linkerd.wire.thrift_frames import WHOLE, FrameReader
from linkerd.wire.thrift_message import CALL, ThriftLimits, framed, message_head
from linkerd.wire.thrift_values import BINARY
from linkerd.wire.ttwitter import (
    RequestHeader,
    is_upgrade,
    upgrade_call,
    upgrade_reply,
)


class Untrusted(ThriftCase):
    def seen(self, cleared: bool) -> RequestHeader:
        """The header that the endpoint gets."""
        play = self.thrift(
            servers=[{"port": 4140, "clearContext": cleared}],
            client={"attemptTTwitterUpgrade": True},
            dtab="/svc/users => /#/fake/web",
        )
        web = play.serve(80)
        client = play.client(upgrade_call(BINARY))
        header = RequestHeader()
        header.trace_id, header.span_id = 77, 78
        header.client = b"shop"
        header.destination = b"/users"
        header.contexts = [(b"k", b"v")]
        header.delegations = [(b"/x", b"/y")]
        play.say(
            client, framed(header.written(BINARY), message_head(BINARY, CALL, b"add", 7), b"\0")
        )
        reader = FrameReader(ThriftLimits(), True)
        reader.take(bytes(web.peer.received))
        self.assertEqual(reader.next(), WHOLE)
        asked = reader.message
        assert asked is not None
        self.assertTrue(is_upgrade(asked))
        web.peer.received = b""
        play.say(web.peer, upgrade_reply(asked))
        reader.upgrade(RequestHeader, BINARY)
        reader.take(bytes(web.peer.received))
        self.assertEqual(reader.next(), WHOLE)
        found = reader.header
        assert isinstance(found, RequestHeader)
        client.abort()
        play.advance()
        return found

    def test_is_passed_on_to_friends(self) -> None:
        header = self.seen(False)
        self.assertEqual((header.trace_id, header.parent_id), (77, 78))
        self.assertEqual(header.contexts, [(b"k", b"v")])
        self.assertEqual(header.delegations, [(b"/x", b"/y")])

    def test_is_not_read_from_strangers(self) -> None:
        header = self.seen(True)
        self.assertNotEqual(header.trace_id, 77)
        self.assertEqual((header.contexts, header.delegations), ([], []))
        self.assertEqual((header.client, header.destination), (b"shop", b"/users"))

    def test_calls_without_a_header(self) -> None:
        play = self.thrift(servers=[{"port": 4140, "clearContext": True}])
        web = play.serve(80)
        client = play.client(framed(message_head(BINARY, CALL, b"add", 7), b"\0"))
        play.say(web.peer, reply())
        self.assertEqual(client.received, reply())
