"""A Thrift call on its way: sent, answered, unanswered, repeated, or told why not."""

from __future__ import annotations

from tests.router.calls import THROWN, ThriftCase, call, filled, oneway, reply, thrown

from linkerd.wire.thrift_result import INTERNAL_ERROR, PROTOCOL_ERROR, UNKNOWN_METHOD
from linkerd.wire.thrift_values import COMPACT

CLIENT = "client/#/fake/web/"
SERVICE = "service/svc/"
AGAIN = {
    "responseClassifier": {"kind": "io.l5d.thrift", "idempotentMethods": ["add"]},
}


class Calls(ThriftCase):
    def test_goes_out_and_comes_back_as_it_is(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call(body=b"\x08\x00\x01\x00\x00\x00\x05\x00"))
        self.assertEqual(web.peer.received, call(body=b"\x08\x00\x01\x00\x00\x00\x05\x00"))
        play.say(web.peer, reply(body=b"\x08\x00\x00\x00\x00\x00\x05\x00"))
        self.assertEqual(client.received, reply(body=b"\x08\x00\x00\x00\x00\x00\x05\x00"))
        self.assertEqual(play.number(SERVICE + "success"), 1)
        self.assertEqual(play.number(CLIENT + "success"), 1)

    def test_in_the_compact_form(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call(form=COMPACT, sequence=-1))
        play.say(web.peer, reply(form=COMPACT, sequence=-1))
        self.assertEqual(client.received, reply(form=COMPACT, sequence=-1))

    def test_pipelined_ones_are_answered_in_order(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call(sequence=1) + call(sequence=2))
        self.assertEqual(web.peer.take(), call(sequence=1))
        play.say(web.peer, reply(sequence=1))
        self.assertEqual(web.peer.take(), call(sequence=2))
        play.say(web.peer, reply(sequence=2))
        self.assertEqual(client.received, reply(sequence=1) + reply(sequence=2))
        self.assertEqual(len(web.peers), 1)

    def test_a_declared_exception_is_a_success(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call())
        play.say(web.peer, reply(body=THROWN))
        self.assertEqual(client.received, reply(body=THROWN))
        self.assertEqual(play.number(SERVICE + "success"), 1)

    def test_an_exception_of_the_protocol_is_a_failure(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call())
        play.say(web.peer, thrown(INTERNAL_ERROR))
        self.assertEqual(client.received, thrown(INTERNAL_ERROR))
        self.assertEqual(play.number(SERVICE + "failures"), 1)
        self.assertEqual(len(play.the_endpoint().idle), 1)

    def test_after_trouble_in_the_protocol_a_connection_is_not_used_again(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        play.client(call())
        play.say(web.peer, thrown(PROTOCOL_ERROR))
        self.assertEqual(play.the_endpoint().idle, [])

    def test_an_answer_to_another_call_is_none(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call())
        play.say(web.peer, reply(sequence=9))
        self.assertIn(b"Internal error processing add", client.received)
        self.assertIn(b"(L5D-", client.received)
        self.assertIsNotNone(web.peer.lost)


class Oneway(ThriftCase):
    def test_waits_for_nobody(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(oneway() + call())
        self.assertEqual(web.peer.received, oneway() + call())
        play.say(web.peer, reply())
        self.assertEqual(client.received, reply())
        self.assertEqual(play.number(SERVICE + "success"), 2)
        self.assertEqual(len(web.peers), 1)

    def test_is_told_nothing_of_trouble(self) -> None:
        play = self.thrift()
        client = play.client(oneway())
        self.assertEqual(client.received, b"")
        self.assertIsNone(client.lost)
        self.assertEqual(play.number(SERVICE + "failures"), 1)


class Trouble(ThriftCase):
    def test_no_connection(self) -> None:
        play = self.thrift()
        client = play.client(call())
        self.assertIn(b"Internal error processing add", client.received)
        self.assertIn(b"Unable to establish connection", client.received)
        self.assertIn(b"(L5D-200", client.received)
        self.assertIsNone(client.lost)

    def test_a_lost_endpoint_fails_its_call_only(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call(sequence=1) + call(sequence=2))
        web.peer.abort()
        play.advance()
        play.say(web.peers[1], reply(sequence=2))
        self.assertIn(b"L5D-2002", client.received)
        self.assertTrue(client.received.endswith(reply(sequence=2)))

    def test_an_idempotent_method_is_called_again(self) -> None:
        play = self.thrift(service=AGAIN)
        web = play.serve(80)
        client = play.client(call())
        web.peer.abort()
        play.advance()
        play.say(web.peers[1], reply())
        self.assertEqual(client.received, reply())
        self.assertEqual(play.number(SERVICE + "retries/total"), 1)

    def test_a_failed_answer_is_tried_again_and_not_passed_on(self) -> None:
        play = self.thrift(service=AGAIN)
        web = play.serve(80)
        client = play.client(call())
        play.say(web.peer, thrown(INTERNAL_ERROR))
        play.say(web.peer, reply())
        self.assertEqual(client.received, reply())

    def test_time_is_up(self) -> None:
        play = self.thrift(service={"totalTimeoutMs": 100})
        web = play.serve(80)
        client = play.client(call())
        play.advance(0.2)
        self.assertIn(b"L5D-2007", client.received)
        self.assertIsNotNone(web.peer.lost)

    def test_a_client_that_leaves_frees_the_endpoint(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call())
        client.abort()
        play.advance()
        self.assertIsNotNone(web.peer.lost)


class Large(ThriftCase):
    def test_a_call_and_an_answer_in_pieces(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        body = filled(200_000)
        client = play.client()
        sent = call(body=body)
        for at in range(0, len(sent), 50_000):
            play.say(client, sent[at : at + 50_000])
        play.advance()
        self.assertEqual(web.peer.received, sent)
        play.say(web.peer, reply(body=body))
        self.assertEqual(client.received, reply(body=body))
        self.assertEqual(len(play.the_endpoint().idle), 1)

    def test_a_call_that_breaks_off(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call(body=filled(200_000))[:100_000])
        client.abort()
        play.advance()
        self.assertIsNotNone(web.peer.lost)

    def test_an_answer_that_breaks_off_is_not_taken_for_complete(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call())
        play.say(web.peer, reply(body=filled(200_000))[:100_000])
        web.peer.abort()
        play.advance(3.0)
        self.assertEqual(client.received, reply(body=filled(200_000))[:100_000])
        self.assertIsNotNone(client.lost)


class Blame(ThriftCase):
    def test_unknown_methods_eject_nobody(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client()
        for number in range(10):
            play.say(client, call(sequence=number))
            play.say(web.peer, thrown(UNKNOWN_METHOD, sequence=number))
        self.assertEqual(play.number(SERVICE + "failures"), 10)
        self.assertEqual(play.number(CLIENT + "failure_accrual/removals"), 0)

    def test_failing_ones_are_ejected(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client()
        for number in range(5):
            play.say(client, call(sequence=number))
            play.say(web.peer, thrown(INTERNAL_ERROR, sequence=number))
        self.assertEqual(play.number(CLIENT + "failure_accrual/removals"), 1)
