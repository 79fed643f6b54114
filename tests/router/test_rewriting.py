"""Host on the way out, Location and Refresh on the way back, and the client's certificate."""

from __future__ import annotations

import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from tests.router.playbook import (
    CHUNKED_OK,
    DST,
    GET,
    GET_SEEN,
    GOOD,
    OK,
    OK_SEEN,
    VIA,
    Playbook,
    PlaybookCase,
)

from linkerd.name.addr import AddrBound, Address
from linkerd.router.client_cert import show_certificate

ADDED = VIA + DST
HOSTED = b"GET / HTTP/1.1\r\nHost: acme.co\r\n" + ADDED
FOUND = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"


class Addressed(PlaybookCase):
    def addressed(self, authority: object = "acme.co", **settings: Any) -> Playbook:
        """A playbook whose endpoint wants to be called by another name."""
        play = self.play(**settings)
        addresses = frozenset((Address("127.0.0.1", 80),))
        play.addresses("web", AddrBound(addresses, (("authority", authority),)))
        return play


class Requests(Addressed):
    def sent(self, request: bytes, authority: object = "acme.co") -> bytes:
        """What the endpoint gets."""
        play = self.addressed(authority)
        web = play.serve(80, OK)
        play.client(request)
        received = web.peer.received
        assert isinstance(received, bytes)
        return received

    def test_the_host_is_the_one_of_the_endpoints(self) -> None:
        self.assertEqual(self.sent(GET), HOSTED)

    def test_it_stays_where_it_was(self) -> None:
        request = b"GET / HTTP/1.1\r\nA: host: x\r\nhOST:web\r\nB: c\r\n\r\n"
        seen = b"GET / HTTP/1.1\r\nA: host: x\r\nHost: acme.co\r\nB: c\r\n" + ADDED
        self.assertEqual(self.sent(request), seen)

    def test_of_a_target_with_a_host(self) -> None:
        self.assertEqual(self.sent(b"GET http://web/ HTTP/1.1\r\nHost: x\r\n\r\n"), HOSTED)

    def test_of_a_request_without_one(self) -> None:
        play = self.addressed(identifier={"kind": "io.l5d.static", "path": "/web"})
        web = play.serve(80, FOUND + b"Location: http://acme.co/\r\n\r\n")
        client = play.client(b"GET / HTTP/1.0\r\n\r\n")
        self.assertTrue(web.peer.received.startswith(b"GET / HTTP/1.0\r\nHost: acme.co\r\n"))
        self.assertIn(b"Location: http://acme.co/\r\n", client.received)

    def test_not_of_connect_whose_target_it_is(self) -> None:
        play = self.addressed(
            connectEnabled=True, identifier={"kind": "io.l5d.static", "path": "/web"}
        )
        web = play.serve(80)
        play.client(b"CONNECT web:443 HTTP/1.1\r\nHost: web:443\r\n\r\n")
        self.assertIn(b"\r\nHost: web:443\r\n", web.peer.received)

    def test_a_body_that_an_endpoint_takes_slowly(self) -> None:
        play = self.play(window=1000)
        addresses = frozenset((Address("127.0.0.1", 80),))
        play.addresses("web", AddrBound(addresses, (("authority", "acme.co"),)))
        web = play.serve(80)
        client = play.client(b"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 9000\r\n\r\n")
        web.peer.pause()
        play.say(client, b"x" * 9000)
        web.peer.resume()
        play.advance()
        self.assertTrue(web.peer.received.endswith(b"x" * 9000))
        play.say(web.peer, OK)

    def test_what_is_no_host_is_not_used(self) -> None:
        for authority in ("a\r\nB: c", "a b", "é", "", 7):
            self.assertEqual(self.sent(GET, authority), GET_SEEN)

    def test_a_body_goes_with_it(self) -> None:
        post = b"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 2\r\n\r\nhi"
        self.assertTrue(self.sent(post).endswith(ADDED + b"hi"))

    def test_another_try_may_have_another_host(self) -> None:
        play = self.addressed(
            dtab="/svc/web => /#/fake/web | /#/fake/b",
            service={"responseClassifier": {"kind": "io.l5d.http.retryableRead5XX"}},
        )
        web = play.serve(80)
        client = play.client(GET)
        play.say(web.peer, b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
        addresses = frozenset((Address("127.0.0.1", 80),))
        play.addresses("web", AddrBound(addresses))
        self.assertEqual(web.peer.received, HOSTED * 2)
        play.say(web.peer, OK)
        play.say(client, GET)
        self.assertEqual(web.peer.received, HOSTED * 2 + GET_SEEN)
        play.say(web.peer, OK)


class Answers(Addressed):
    def given(self, *fields: bytes, authority: str = "acme.co", request: bytes = GET) -> bytes:
        """The field lines that the client gets behind the Content-Length."""
        play = self.addressed(authority)
        play.serve(80, FOUND + b"\r\n".join((*fields, b"", b"")))
        received: bytes = play.client(request).received
        return received.removeprefix(FOUND).removesuffix(GOOD + b"\r\n")

    def test_the_first_host_comes_back(self) -> None:
        for value, back in (
            (b"http://acme.co/a?b", b"http://web/a?b"),
            (b"https://ACME.CO", b"https://web"),
            (b"//acme.co?x", b"//web?x"),
            (b"http://me@acme.co/", b"http://me@web/"),
        ):
            self.assertEqual(self.given(b"Location: " + value), b"Location: " + back + b"\r\n")

    def test_in_refresh(self) -> None:
        given = self.given(b"refresh: 5; url='http://acme.co/x'")
        self.assertEqual(given, b"Refresh: 5; url='http://web/x'\r\n")

    def test_what_is_another_uri_stays(self) -> None:
        for value in (
            b"/acme.co/",
            b"http://acme.co:81/",
            b"http://acme.com/",
            b"http://www.acme.co/",
            b"http://a/?u=acme.co",
            b"http://acmexco/",
        ):
            line = b"location: " + value + b"\r\n"
            self.assertEqual(self.given(line[:-2]), line)

    def test_a_port_is_part_of_the_host(self) -> None:
        line = b"Location: http://acme.co:81/"
        self.assertEqual(self.given(line, authority="acme.co:81"), b"Location: http://web/\r\n")

    def test_other_fields_stay(self) -> None:
        line = b"Link: http://acme.co/\r\n"
        self.assertEqual(self.given(line[:-2]), line)

    def test_bodies_of_all_framings(self) -> None:
        for said in (
            (OK,),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"hi"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x" * 9999),
            (CHUNKED_OK + b"2\r\nhi\r\n", b"2\r\nhi\r\n", b"0\r\nA: b\r\n\r\n"),
            (CHUNKED_OK + b"2\r\nhi\r\n0\r\nA: b\r\n\r\n",),
        ):
            play = self.addressed()
            web = play.serve(80)
            client = play.client(GET + GET)
            for piece in said:
                play.say(web.peer, piece)
            self.assertEqual(client.take().count(b"HTTP/1.1 200 OK\r\n"), 1)
            play.say(web.peer, OK)
            self.assertEqual(client.take(), OK_SEEN)
            self.assertEqual(len(web.peers), 1)

    def test_interim_answers_and_tunnels(self) -> None:
        play = self.addressed()
        web = play.serve(80)
        client = play.client(GET[:-2] + b"Connection: upgrade\r\nUpgrade: x\r\n\r\n")
        play.say(web.peer, b"HTTP/1.1 103 Hints\r\n\r\n")
        self.assertEqual(client.take(), b"HTTP/1.1 103 Hints\r\n\r\n")
        play.say(web.peer, b"HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
        self.assertTrue(client.take().startswith(b"HTTP/1.1 101 Yes\r\n"))
        play.say(web.peer, b"abc")
        self.assertEqual(client.take(), b"abc")

    def test_losses(self) -> None:
        play = self.addressed()
        web = play.serve(80)
        client = play.client(GET)
        web.peer.abort()
        play.advance()
        self.assert_error(client, 502, "L5D-2002", "")

    def test_an_answer_that_is_too_large(self) -> None:
        play = self.addressed(streamingEnabled=False, maxResponseBodyKB=1)
        play.serve(80, b"HTTP/1.1 200 OK\r\nContent-Length: 1025\r\n\r\n")
        self.assert_error(play.client(GET), 502, "L5D-2010", "")


def certificate() -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start)
    return made.sign(key, SHA256())


class Certificates(PlaybookCase):
    def test_it_is_told_if_there_is_one(self) -> None:
        play = self.play(client={"forwardClientCert": True})
        web = play.web(OK)
        client = play.client(GET[:-2] + b"X-Forwarded-Client-Cert: forged\r\n\r\n")
        self.assertEqual(web.peer.received, GET_SEEN)
        (connection,) = play.listener.connections
        shown = certificate()
        connection.transport.certificate = shown
        play.say(client, GET)
        line = b"x-forwarded-client-cert: " + show_certificate(shown) + b"\r\n"
        self.assertEqual(web.peer.received, GET_SEEN + GET_SEEN[:-2] + line + b"\r\n")

    def test_nothing_is_told_without_the_key(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(GET)
        (connection,) = play.listener.connections
        connection.transport.certificate = certificate()
        play.say(client, GET)
        self.assertEqual(web.peer.received, GET_SEEN * 2)
