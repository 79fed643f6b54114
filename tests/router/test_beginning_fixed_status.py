"""Names that are an HTTP status and nothing else: the router answers in place of an endpoint."""

from __future__ import annotations

from typing import Any

from tests.router.playbook import ADDR_PENDING, BAD, GET, GOOD, OK, Playbook, PlaybookCase, post

from linkerd.name.addr import AddrBound
from linkerd.namer.builtin import STATUS_META
from linkerd.router.limit import Limit

CLIENT = "client/#/fake/web/"
READ_AGAIN = {"responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}}


def status(code: int) -> AddrBound:
    return AddrBound(frozenset(), ((STATUS_META, code),))


class FixedStatus(PlaybookCase):
    def at(self, code: int, **settings: Any) -> Playbook:
        play = self.play(**settings)
        play.addresses("web", status(code))
        return play

    def test_it_is_the_answer(self) -> None:
        play = self.at(404)
        client = play.client(GET + GET.replace(b"GET", b"HEAD") + GET)
        seen = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n" + GOOD + b"\r\n"
        self.assertEqual(client.received, seen * 3)
        self.assertIsNone(client.lost)

    def test_it_is_classified_and_counted_as_any_other(self) -> None:
        play = self.at(503)
        client = play.client(GET)
        seen = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n" + BAD + b"\r\n"
        self.assertEqual(client.received, seen)
        for scope in (CLIENT, "service/svc/web/", "server/127.0.0.1/4140/"):
            self.assertEqual(play.number(scope + "requests"), 1, scope)
            self.assertEqual(play.number(scope + "failures"), 1, scope)
        self.assertEqual(play.number(CLIENT + "service/svc/web/failures"), 1)
        self.assertEqual(play.number(CLIENT + "status/503"), 1)
        self.assertEqual(play.number("server/127.0.0.1/4140/status/503"), 1)

    def test_answers_without_content(self) -> None:
        for code, line in ((204, b"204 No Content"), (304, b"304 Not Modified")):
            client = self.at(code).client(GET + GET)
            self.assertEqual(client.received, (b"HTTP/1.1 " + line + b"\r\n" + GOOD + b"\r\n") * 2)

    def test_a_trace_of_an_answer_without_content(self) -> None:
        trace = GET.replace(b"GET", b"TRACE")[:-2] + b"l5d-add-context: 1\r\n\r\n"
        client = self.at(204).client(trace + GET)
        self.assertEqual(client.received, (b"HTTP/1.1 204 No Content\r\n" + GOOD + b"\r\n") * 2)

    def test_a_trace_of_any_other(self) -> None:
        trace = GET.replace(b"GET", b"TRACE")[:-2] + b"l5d-add-context: 1\r\n\r\n"
        client = self.at(404).client(trace)
        self.assertIn(b"\naddresses: []\nselected address: \n", client.received)

    def test_it_may_be_any_final_status(self) -> None:
        client = self.at(599).client(GET)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 599 \r\nContent-Length: 0\r\n"))

    def test_an_interim_status_ends_no_request(self) -> None:
        client = self.at(100).client(GET)
        self.assert_error(client, 502, "L5D-1103", "Unable to route request!")

    def test_requests_with_bodies(self) -> None:
        play = self.at(200)
        seen = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + GOOD
        client = play.client(post(len(GET)) + GET + GET)
        self.assertEqual(client.received, (seen + b"\r\n") * 2)
        client = play.client(post(6000) + b"x")
        self.assertEqual(client.received, seen + b"Connection: close\r\n\r\n")

    def test_old_clients(self) -> None:
        client = self.at(200).client(GET.replace(b"1.1", b"1.0"))
        self.assertIn(b"\r\nContent-Length: 0\r\n", client.received)
        self.assertTrue(client.received.endswith(b"\r\nConnection: close\r\n\r\n"))

    def test_waiting_requests_are_answered_when_it_is_known(self) -> None:
        play = self.play()
        play.addresses("web", ADDR_PENDING)
        client = play.client(GET + GET)
        self.assertEqual(client.received, b"")
        play.addresses("web", status(404))
        play.advance()
        self.assertEqual(client.received.count(b"HTTP/1.1 404 "), 2)
        self.assertEqual([each for each in play.armed() if isinstance(each, Limit)], [])

    def test_endpoints_may_take_its_place(self) -> None:
        play = self.at(404)
        client = play.client(GET)
        play.web(OK)
        client.take()
        play.say(client, GET)
        self.assertTrue(client.take().startswith(b"HTTP/1.1 200 OK\r\n"))
        play.bind("web")
        play.say(client, GET)
        self.assert_error(client, 502, "L5D-1103", "Unable to route request!")

    def test_a_failure_may_be_tried_elsewhere(self) -> None:
        """As a way to inject faults: the next try may take another branch."""
        play = self.at(500, dtab="/svc/a => /#/fake/web & 2 * /#/fake/good", service=READ_AGAIN)
        play.bind("good", 81)
        play.serve(81, OK)
        client = play.client(GET.replace(b"web", b"a") * 20)
        self.assertEqual(client.received.count(b"HTTP/1.1 200 "), 20)
        self.assertGreater(play.number(CLIENT + "failures"), 0)
        self.assertGreater(play.number("service/svc/a/retries/total"), 0)

    def test_where_there_is_no_other_way_it_is_not_tried_again(self) -> None:
        play = self.at(500, service=READ_AGAIN)
        client = play.client(GET)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 500 Internal Server Error\r\n"))
        self.assertEqual(play.number(CLIENT + "failures"), 1)
