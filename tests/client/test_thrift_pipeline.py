"""Several calls on one connection: lanes, sequence ids, and whoever leaves or breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.router.calls import (
    ThriftCase,
    call,
    filled,
    oneway,
    reply,
    thrown,
)

from linkerd.wire.thrift_frames import MORE, WHOLE, FrameReader
from linkerd.wire.thrift_message import ThriftLimits
from linkerd.wire.thrift_result import PROTOCOL_ERROR, UNKNOWN_METHOD

if TYPE_CHECKING:
    from tests.router.playbook import Playbook
    from tests.support.memory import TestServer

AGAIN = {"responseClassifier": {"kind": "io.l5d.thrift", "idempotentMethods": ["add"]}}


def sequences(received: bytes) -> list[int]:
    """The sequence ids of calls, as the endpoint sees them."""
    reader = FrameReader(ThriftLimits(), True)
    reader.take(bytes(received))
    found = []
    while reader.next() == WHOLE:
        assert reader.message is not None
        found.append(reader.message.sequence)
    assert reader.next() == MORE
    return found


class Lanes(ThriftCase):
    def pipelined(self, most: int = 3, **settings: Any) -> tuple[Playbook, TestServer]:
        client = settings.pop("client", {})
        play = self.thrift(client={"pipelinedCalls": most, **client}, **settings)
        return play, play.serve(80)

    def test_calls_share_a_connection_and_get_their_own_answers(self) -> None:
        play, web = self.pipelined()
        first = play.client(call(b"one", 7))
        play.say(web.peer, reply(b"one", 1))
        clients = [play.client(call(b"add", 7)) for _ in range(3)]
        self.assertEqual(len(web.peers), 1)
        self.assertEqual(sequences(web.peer.received), [1, 2, 3, 4])
        for index in (1, 0, 2):
            body = b"\x08\0\0\0\0\0" + bytes((index, 0))
            play.say(web.peer, reply(b"add", 2 + index, body))
        for index, client in enumerate(clients):
            body = b"\x08\0\0\0\0\0" + bytes((index, 0))
            self.assertEqual(client.received, reply(b"add", 7, body))
        self.assertEqual(first.received, reply(b"one", 7))

    def test_no_more_than_there_may_be(self) -> None:
        play, web = self.pipelined(2)
        for _ in range(5):
            play.client(call())
        self.assertEqual(len(web.peers), 3)
        first = web.peers[0]
        self.assertEqual(sequences(first.received), [1, 2])
        for client in play.clients:
            client.abort()
        play.advance()

    def test_a_connection_with_room_takes_the_next(self) -> None:
        play, web = self.pipelined(2)
        play.client(call())
        play.say(web.peer, reply(sequence=1))
        for _ in range(2):
            play.client(call())
        self.assertEqual(len(web.peers), 1)
        play.say(web.peer, reply(sequence=2))
        play.client(call())
        self.assertEqual(len(web.peers), 1)
        play.say(web.peer, reply(sequence=3) + reply(sequence=4))
        self.assertEqual([c.received for c in play.clients], [reply()] * 4)

    def warm(self, play: Playbook, web: TestServer) -> None:
        """One call is over; its connection rests."""
        play.client(call())
        play.say(web.peer, reply(sequence=1))

    def test_a_lost_connection_fails_its_calls_only(self) -> None:
        play, web = self.pipelined()
        self.warm(play, web)
        clients = [play.client(call(b"put")) for _ in range(2)]
        web.peer.abort()
        play.advance()
        for client in clients:
            self.assertIn(b"L5D-2002", client.received)
        again = play.client(call())
        play.say(web.peer, reply(sequence=1))
        self.assertEqual(again.received, reply())

    def test_what_may_be_repeated_is(self) -> None:
        play, web = self.pipelined(service=AGAIN)
        self.warm(play, web)
        clients = [play.client(call()) for _ in range(3)]
        lost = web.peer
        lost.abort()
        play.advance()
        for peer in web.peers:
            if peer is not lost:
                for sequence in sequences(peer.received):
                    play.say(peer, reply(sequence=sequence))
        self.assertEqual([client.received for client in clients], [reply()] * 3)

    def test_an_answer_to_nobody_breaks_the_connection(self) -> None:
        play, web = self.pipelined()
        self.warm(play, web)
        clients = [play.client(call(b"put")) for _ in range(2)]
        play.say(web.peer, reply(b"put", 99))
        for client in clients:
            self.assertIn(b"L5D-2003", client.received)
        self.assertIsNotNone(web.peer.lost)

    def test_whoever_leaves_leaves_the_others(self) -> None:
        play, web = self.pipelined()
        self.warm(play, web)
        goes, stays = (play.client(call()) for _ in range(2))
        goes.abort()
        play.advance()
        play.say(web.peer, reply(sequence=2) + reply(sequence=3))
        self.assertEqual(stays.received, reply())
        after = play.client(call())
        play.say(web.peer, reply(sequence=4))
        self.assertEqual(after.received, reply())
        self.assertEqual(len(web.peers), 1)

    def test_when_all_have_left_the_connection_ends(self) -> None:
        play, web = self.pipelined()
        self.warm(play, web)
        for client in [play.client(call()) for _ in range(2)]:
            client.abort()
        play.advance()
        self.assertIsNotNone(web.peer.lost)

    def test_a_try_that_takes_too_long(self) -> None:
        play, web = self.pipelined(client={"requestAttemptTimeoutMs": 1000})
        self.warm(play, web)
        slow = play.client(call(b"slow"))
        play.advance(0.5)
        quick = play.client(call(b"quick"))
        play.advance(0.6)
        self.assertIn(b"L5D-2006", slow.received)
        play.say(web.peer, reply(b"slow", 2) + reply(b"quick", 3))
        self.assertEqual(quick.received, reply(b"quick"))

    def test_a_large_answer_among_others(self) -> None:
        play, web = self.pipelined()
        self.warm(play, web)
        large, small = (play.client(call(name)) for name in (b"large", b"small"))
        answer = reply(b"large", 2, filled(200_000))
        play.say(web.peer, answer[:100_000])
        play.say(web.peer, answer[100_000:] + reply(b"small", 3))
        self.assertEqual(large.received, reply(b"large", 7, filled(200_000)))
        self.assertEqual(small.received, reply(b"small"))

    def test_a_large_answer_that_nobody_wants_any_more(self) -> None:
        play, web = self.pipelined()
        self.warm(play, web)
        large, small = (play.client(call(name)) for name in (b"large", b"small"))
        answer = reply(b"large", 2, filled(200_000))
        play.say(web.peer, answer[:100_000])
        large.abort()
        play.advance()
        play.say(web.peer, answer[100_000:] + reply(b"small", 3))
        self.assertEqual(small.received, reply(b"small"))

    def test_a_large_call_has_a_connection_for_itself(self) -> None:
        play, web = self.pipelined()
        self.warm(play, web)
        small = play.client(call(b"small"))
        sent = call(b"large", body=filled(200_000))
        large = play.client(sent[:100_000])
        self.assertEqual(len(web.peers), 2)
        first, second = web.peers
        play.say(large, sent[100_000:])
        self.assertEqual(len(second.received), len(sent))
        play.say(second, reply(b"large", 1))
        play.say(first, reply(b"small", 2))
        self.assertEqual((large.received, small.received), (reply(b"large"), reply(b"small")))

    def test_one_way_calls(self) -> None:
        play, web = self.pipelined()
        self.warm(play, web)
        waits = play.client(call())
        play.client(oneway() + call(b"next", 9))
        self.assertEqual(sequences(web.peer.received), [1, 2, 3, 4])
        play.say(web.peer, reply(sequence=2) + reply(b"next", 4))
        self.assertEqual(waits.received, reply())
        self.assertEqual(len(web.peers), 1)

    def test_an_exception_of_the_protocol_ends_the_connection_in_time(self) -> None:
        play, web = self.pipelined()
        self.warm(play, web)
        bad, good = (play.client(call()) for _ in range(2))
        play.say(web.peer, thrown(PROTOCOL_ERROR, sequence=2))
        self.assertEqual(bad.received, thrown(PROTOCOL_ERROR))
        self.assertIsNone(web.peer.lost)
        play.say(web.peer, reply(sequence=3))
        self.assertEqual(good.received, reply())
        self.assertTrue(web.peer.eof)

    def test_other_exceptions_do_not(self) -> None:
        play, web = self.pipelined()
        self.warm(play, web)
        play.client(call())
        play.say(web.peer, thrown(UNKNOWN_METHOD, sequence=2))
        play.client(call())
        self.assertEqual(len(web.peers), 1)
        play.say(web.peer, reply(sequence=3))

    def test_an_endpoint_that_is_removed_finishes(self) -> None:
        play, web = self.pipelined()
        play.serve(81)
        self.warm(play, web)
        clients = [play.client(call()) for _ in range(2)]
        play.bind("web", 81)
        play.advance()
        play.say(web.peer, reply(sequence=2) + reply(sequence=3))
        self.assertEqual([client.received for client in clients], [reply()] * 2)
        self.assertTrue(web.peer.eof)

    def test_a_bounded_pool(self) -> None:
        pool = {"hostConnectionPool": {"maxSize": 1}}
        play, web = self.pipelined(2, client=pool)
        self.warm(play, web)
        clients = [play.client(call()) for _ in range(3)]
        self.assertEqual(sequences(web.peer.received), [1, 2, 3])
        play.say(web.peer, reply(sequence=2))
        self.assertEqual(sequences(web.peer.received), [1, 2, 3, 4])
        play.say(web.peer, reply(sequence=3) + reply(sequence=4))
        self.assertEqual([client.received for client in clients], [reply()] * 3)
        self.assertEqual(len(web.peers), 1)

    def test_what_nobody_asked_for(self) -> None:
        play, web = self.pipelined()
        self.warm(play, web)
        play.say(web.peer, reply(sequence=1))
        self.assertIsNotNone(web.peer.lost)
        client = play.client(call())
        play.say(web.peer, reply(sequence=1))
        self.assertEqual(client.received, reply())

    def test_an_endpoint_that_says_no_more(self) -> None:
        play, web = self.pipelined()
        self.warm(play, web)
        clients = [play.client(call(b"put")) for _ in range(2)]
        web.peer.finish()
        play.advance()
        for client in clients:
            self.assertIn(b"L5D-2002", client.received)
        self.assertIsNotNone(web.peer.lost)

    def test_an_endpoint_that_says_no_more_while_it_rests(self) -> None:
        play, web = self.pipelined()
        self.warm(play, web)
        web.peer.finish()
        play.advance()
        after = play.client(call())
        play.say(web.peer, reply(sequence=1))
        self.assertEqual((after.received, len(web.peers)), (reply(), 2))

    def test_what_died_while_it_rested_is_nobodys_fault(self) -> None:
        play, web = self.pipelined(service=AGAIN)
        self.warm(play, web)
        clients = [play.client(call()) for _ in range(2)]
        lost = web.peer
        lost.abort()
        play.advance()
        for peer in web.peers:
            if peer is not lost:
                for sequence in sequences(peer.received):
                    play.say(peer, reply(sequence=sequence))
        self.assertEqual([client.received for client in clients], [reply()] * 2)
        # The first of the two was that which found it dead.
        self.assertEqual(play.number("client/#/fake/web/failures"), 1)

    def test_one_that_does_not_read(self) -> None:
        play, web = self.pipelined(client={"requestAttemptTimeoutMs": 1000})
        self.warm(play, web)
        web.peer.pause()
        clients = [play.client(call(b"put", body=filled(60_000))) for _ in range(3)]
        play.advance(1.5)
        for client in clients:
            self.assertIn(b"L5D-2006", client.received)
        self.assertTrue(all(peer.lost is not None or peer.gone for peer in web.peers))

    def test_pending_is_none_at_last(self) -> None:
        play, web = self.pipelined()
        self.warm(play, web)
        for client in [play.client(call()) for _ in range(2)]:
            client.abort()
            play.advance()
        self.assertEqual(play.number("client/#/fake/web/pending"), 0)
        self.assertEqual(play.number("service/svc/pending"), 0)
