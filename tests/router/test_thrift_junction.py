"""Thrift calls get their names: from the prefix, the service, the method, and TTwitter's header."""

from __future__ import annotations

from tests.router.calls import ThriftCase, call, reply

from linkerd.wire.thrift_contexts import DEADLINE, deadline_value
from linkerd.wire.thrift_message import framed
from linkerd.wire.thrift_values import BINARY
from linkerd.wire.ttwitter import RequestHeader, upgrade_call


def headed(header: RequestHeader, data: bytes) -> bytes:
    return framed(header.written(BINARY), data[4:])


class Names(ThriftCase):
    def test_all_calls_have_one_name(self) -> None:
        play = self.thrift()
        play.serve(80, reply())
        play.client(call())
        self.assertEqual([each.name for each in play.bindings.by_service.values()], ["/svc"])

    def test_service_and_method(self) -> None:
        play = self.thrift(thriftMethodInDst=True)
        play.client(call(b"Users:find"))
        self.assertEqual(
            [each.name for each in play.bindings.by_service.values()], ["/svc/Users/find"]
        )

    def test_a_method_that_is_no_path(self) -> None:
        play = self.thrift(thriftMethodInDst=True)
        client = play.client(call(b"a b"))
        self.assertIn(b"(L5D-1001)", client.received)


class Upgraded(ThriftCase):
    def test_is_answered_here_and_headers_are_taken_off(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(upgrade_call(BINARY))
        self.assertTrue(client.take())
        self.assertEqual(web.peers, [])
        play.say(client, headed(RequestHeader(), call()))
        self.assertEqual(web.peer.received, call())
        play.say(web.peer, reply())
        self.assertEqual(client.received, framed(b"\0", reply()[4:]))

    def test_destination_and_delegations(self) -> None:
        play = self.play(protocol="thrift", dtab="/svc => /$/nil")
        play.bind("web", 80)
        web = play.serve(80)
        header = RequestHeader()
        header.destination = b"/users"
        header.delegations = [(b"/svc/users", b"/#/fake/web")]
        client = play.client(upgrade_call(BINARY))
        play.say(client, headed(header, call()))
        self.assertEqual(web.peer.received, call())

    def test_bad_delegations_are_told(self) -> None:
        play = self.thrift()
        header = RequestHeader()
        header.delegations = [(b"svc", b"/#/fake/web")]
        client = play.client(upgrade_call(BINARY))
        play.say(client, headed(header, call()))
        self.assertIn(b"Internal error processing add", client.received)

    def test_a_deadline_ends_the_call(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        now_ns = int(play.runtime.wall() * 1e9)
        header = RequestHeader()
        header.contexts = [(DEADLINE, deadline_value(now_ns, now_ns + 500_000_000))]
        client = play.client(upgrade_call(BINARY))
        play.say(client, headed(header, call()))
        self.assertEqual(web.peer.received, call())
        client.take()
        play.advance(0.6)
        self.assertIn(b"Internal error processing add", client.received)

    def test_one_that_has_passed_reaches_nobody(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        now_ns = int(play.runtime.wall() * 1e9)
        header = RequestHeader()
        header.contexts = [(DEADLINE, deadline_value(now_ns - 2, now_ns - 1))]
        client = play.client(upgrade_call(BINARY))
        play.say(client, headed(header, call()))
        self.assertEqual(web.peers, [])
        self.assertIn(b"Internal error processing add", client.received)

    def test_only_the_first_call_can_ask_for_it(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call())
        play.say(web.peer, reply())
        web.peer.take()
        play.say(client, upgrade_call(BINARY))
        self.assertEqual(web.peer.received, upgrade_call(BINARY))
