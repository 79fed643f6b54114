"""Connections that ask their endpoint for TTwitter's upgrade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.router.calls import ThriftCase, call, reply

from linkerd.wire.thrift_frames import WHOLE, FrameReader
from linkerd.wire.thrift_message import ThriftLimits, framed
from linkerd.wire.thrift_result import UNKNOWN_METHOD, exception_frame
from linkerd.wire.thrift_values import BINARY
from linkerd.wire.ttwitter import NOTHING, UPGRADE, RequestHeader, upgrade_call, upgrade_reply

if TYPE_CHECKING:
    from tests.router.playbook import Playbook


def agreed() -> bytes:
    reader = FrameReader(ThriftLimits(), True)
    reader.take(upgrade_call(BINARY))
    assert reader.next() == WHOLE
    assert reader.message is not None
    return upgrade_reply(reader.message)


class Upgrades(ThriftCase):
    def asking(self) -> Playbook:
        return self.thrift(client={"attemptTTwitterUpgrade": True})

    def test_an_endpoint_that_agrees_gets_headers(self) -> None:
        play = self.asking()
        web = play.serve(80)
        client = play.client(call())
        self.assertEqual(web.peer.take(), upgrade_call(BINARY))
        play.say(web.peer, agreed())
        reader = FrameReader(ThriftLimits(), True)
        reader.upgrade(RequestHeader, BINARY)
        reader.take(web.peer.take())
        self.assertEqual(reader.next(), WHOLE)
        header, message = reader.header, reader.message
        assert isinstance(header, RequestHeader)
        assert message is not None
        self.assertEqual((message.name, header.trace_id), (b"add", header.span_id))
        play.say(web.peer, framed(NOTHING, reply()[4:]))
        self.assertEqual(client.received, reply())
        preparation = "client/#/fake/web/codec_connection_preparation_latency_ms"
        self.assertIn(preparation, ["/".join(name) for name, _ in self.metrics(play)])

    def metrics(self, play: Playbook) -> list[tuple[tuple[str, ...], object]]:
        return list(play.runtime.metrics.scope("rt", "thrift").walk())

    def test_it_is_asked_once_a_connection(self) -> None:
        play = self.asking()
        web = play.serve(80)
        client = play.client(call(sequence=1) + call(sequence=2))
        play.say(web.peer, agreed())
        play.say(web.peer, framed(NOTHING, reply(sequence=1)[4:]))
        play.say(web.peer, framed(NOTHING, reply(sequence=2)[4:]))
        self.assertEqual(client.received, reply(sequence=1) + reply(sequence=2))
        self.assertEqual(web.peer.received.count(UPGRADE), 1)

    def test_an_endpoint_that_does_not_know_it_gets_the_plain_protocol(self) -> None:
        play = self.asking()
        web = play.serve(80)
        client = play.client(call())
        web.peer.take()
        play.say(web.peer, exception_frame(BINARY, UPGRADE, 0, UNKNOWN_METHOD, "what?"))
        self.assertEqual(web.peer.received, call())
        play.say(web.peer, reply())
        self.assertEqual(client.received, reply())

    def test_an_endpoint_that_goes_away_was_not_there(self) -> None:
        play = self.asking()
        web = play.serve(80)
        client = play.client(call())
        for _ in range(40):
            if client.received:
                break
            web.peers[-1].abort()
            play.advance()
        self.assertIn(b"Unable to establish connection", client.received)

    def test_an_endpoint_that_says_nothing(self) -> None:
        play = self.thrift(client={"attemptTTwitterUpgrade": True}, bindingTimeoutMs=1000)
        web = play.serve(80)
        client = play.client(call())
        play.advance(1.1)
        self.assertIn(b"Internal error processing add", client.received)
        play.say(web.peer, agreed())
        self.assertEqual(len(play.the_endpoint().idle), 1)

    def test_a_client_that_leaves_meanwhile(self) -> None:
        play = self.asking()
        web = play.serve(80)
        client = play.client(call())
        client.abort()
        play.advance()
        play.say(web.peer, agreed())
        self.assertEqual(len(play.the_endpoint().idle), 1)
        again = play.client(call(sequence=3))
        play.say(web.peer, framed(NOTHING, reply(sequence=3)[4:]))
        self.assertEqual(again.received, reply(sequence=3))
