"""A whole proxy in memory, between a client that sends bytes and a back end that reads strictly.

`Through.requests` tells what reached the back end, as `h11` reads it, and what the client got;
`Through.answer` what a client got of an answer, and what became of the connection it came by. One
proxy serves many cases, so what one leaves behind would show in the next.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import h11
from tests.router.playbook import Playbook
from tests.support.memory import TestServer

if TYPE_CHECKING:
    from tests.support.memory import Recorder

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok\r\n"
PROBE = b"GET /probe HTTP/1.1\r\nHost: web\r\n\r\n"
STATUS = re.compile(rb"^HTTP/1\.1 ([2-9]\d\d) ", re.MULTILINE)
# What no reader can take for anything else: the only kind of head that may leave a proxy.
CLEAN = re.compile(
    rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [!-~]+ HTTP/1\.[01]\r\n"
    rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~\x80-\xff]*\r\n)*\r\n"
)


class Seen(NamedTuple):
    """A complete request at the back end."""

    method: bytes
    target: bytes
    body: bytes


class Outcome(NamedTuple):
    """`seen` reached the back end; `answers` are the final statuses the client got.

    `closed`: the client's connection is at its end. `unclean` is what the back end could not read.
    """

    seen: list[Seen]
    answers: list[int]
    closed: bool
    unclean: list[bytes]


class Got(NamedTuple):
    """An answer at the client. `complete`: it ended where it says; `kept`: its connection is used
    again."""

    status: int
    body: bytes
    complete: bool
    kept: bool


def in_pieces(data: bytes, most: int = 400) -> list[bytes]:
    """Single bytes; long ones in at most this many pieces."""
    step = max(1, -(-len(data) // most))
    return [data[at : at + step] for at in range(0, len(data), step)]


class StrictReader:
    """What one connection of a back end brings: complete requests, and what must not have come.

    The end of a request is where `h11` finds it; each begins with a new reader, since the proxy
    decides what is kept open and the back end asks nobody.
    """

    def __init__(self) -> None:
        self.raw = b""
        self.unclean: list[bytes] = []
        self.begin_anew(b"")

    def begin_anew(self, left: bytes) -> None:
        """Read the next request."""
        self.reader = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
        if left:
            self.reader.receive_data(left)
        self.raw = left
        self.first: tuple[bytes, bytes] = (b"", b"")
        self.body = b""

    def feed(self, data: bytes) -> list[Seen]:
        """The requests that have become complete."""
        found = []
        self.raw += data
        try:
            self.reader.receive_data(data)
            while True:
                event = self.reader.next_event()
                if isinstance(event, h11.Request):
                    self.first = (bytes(event.method), bytes(event.target))
                    if CLEAN.match(self.raw) is None:
                        self.unclean.append(self.raw)
                elif isinstance(event, h11.Data):
                    self.body += bytes(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    found.append(Seen(*self.first, self.body))
                    self.begin_anew(self.reader.trailing_data[0])
                else:
                    return found
        except h11.RemoteProtocolError as error:
            self.unclean.append(str(error).encode() + b": " + self.raw)
            return found


def answer_to(seen: Seen) -> bytes:
    """What the back end answers."""
    return ANSWER[:-4] if seen.method == b"HEAD" else ANSWER


class Through:
    """One proxy. `settings` are keys of its router."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("dtab", "/svc/* => /#/fake/web")
        settings.setdefault("client", {"failureAccrual": {"kind": "none"}})
        self.play = Playbook(**settings)
        self.play.bind("web", 80)
        self.server = TestServer(self.play.network, 80, on_data=self.arrived)
        self.readers: dict[Recorder, StrictReader] = {}
        self.seen: list[Seen] = []
        self.unclean: list[bytes] = []

    # -- requests

    def arrived(self, peer: Recorder) -> None:
        """The back end reads on, and answers what is complete."""
        reader = self.readers.setdefault(peer, StrictReader())
        for seen in reader.feed(peer.take()):
            self.seen.append(seen)
            peer.send(answer_to(seen))
        if reader.unclean:
            self.unclean += reader.unclean
            peer.abort()

    def requests(self, pieces: list[bytes], end: bool = False) -> Outcome:
        """Send the pieces, one after another; `end`: half-close behind them."""
        self.seen.clear()
        self.unclean.clear()
        client = self.play.client()
        for piece in pieces:
            if client.lost is not None or client.eof:
                break
            client.send(piece)
            self.play.advance()
        if end and client.lost is None:
            client.finish()
            self.play.advance(1.0)
        answers = [int(each) for each in STATUS.findall(client.received)]
        outcome = Outcome([*self.seen], answers, client.eof or client.lost is not None,
                          [*self.unclean])  # fmt: skip
        self.leave(client)
        return outcome

    def leave(self, client: Recorder) -> None:
        """The client goes away; the next request must find nothing of it."""
        if client.lost is None:
            client.abort()
        self.play.advance(0.2)
        self.seen.clear()
        probe = self.play.client(PROBE)
        if STATUS.findall(probe.received) != [b"200"] or self.seen != [
            Seen(b"GET", b"/probe", b"")
        ]:
            raise AssertionError(f"something was left behind: {self.seen} {probe.received!r}")
        probe.abort()
        self.play.advance()
        self.play.clients.clear()

    # -- answers

    def answer(self, request: bytes, pieces: list[bytes], end: str = "") -> Got:
        """Answer `request` with the pieces; `end` is what the back end does then."""
        self.server.on_data = None
        for peer in self.server.peers:
            peer.on_data = None
        self.server.peers.clear()
        for idle in list(self.play.the_endpoint().idle) if self.play.bindings.by_client else []:
            idle.transport.abort()
        self.play.advance()
        client = self.play.client(request)
        peer = self.server.peer
        for piece in pieces:
            if peer.lost is None:
                peer.send(piece)
                self.play.advance()
        if end and peer.lost is None:
            getattr(peer, end)()
            self.play.advance()
        got = read_answer(client, request[: request.index(b" ")])
        kept = peer.lost is None and bool(self.play.the_endpoint().idle)
        if client.lost is None:
            client.abort()
        if peer.lost is None:
            peer.abort()
        self.play.advance(0.2)
        self.play.clients.clear()
        return got._replace(kept=kept)


def read_answer(client: Recorder, method: bytes) -> Got:
    """The client's answer as `h11` reads it."""
    reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    reader.send(h11.Request(method=method, target="/", headers=[("Host", "web")]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(client.received)
    if client.eof or client.lost == "":
        reader.receive_data(b"")
    status = 0
    body = b""
    while True:
        try:
            event = reader.next_event()
        except h11.RemoteProtocolError:
            return Got(status, body, False, False)
        if isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            return Got(status, body, True, False)
        elif not isinstance(event, h11.InformationalResponse):
            return Got(status, body, False, False)
