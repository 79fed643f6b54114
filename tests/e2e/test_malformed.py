"""Malformed messages over real sockets: refused or closed on, never passed on, no traceback."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.support.processes import free_ports
from tests.support.proxy import inet
from tests.wire.corpus import BROKEN_BODIES, MALFORMED
from tests.wire.corpus_answers import BAD_ANSWERS, ODD_ANSWERS
from tests.wire.corpus_disguises import DISGUISES
from tests.wire.corpus_odd import ODD
from tests.wire.corpus_streams import STREAMS, Stream
from tests.wire.through import Seen, StrictReader, answer_to, in_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Start
    from tests.support.backends import Recorder
    from tests.support.proxy import Proxy

STATUSES = {*range(400, 500), 501, 505}


@pytest.fixture
def recorded(start: Start, recorder: Recorder) -> Proxy:
    """Proxy that leads every Host to the recorder, with an idle connection to it at hand."""
    proxy = start(f"/svc => /$/inet/127.0.0.1/{recorder.port} ; /svc/* => /svc ;")
    assert proxy.get()[0] == 200
    recorder.received = b""
    return proxy


def statuses(answer: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"^HTTP/1\.1 (\d{3}) ", answer, re.MULTILINE)]


def test_malformed_heads(recorded: Proxy, recorder: Recorder) -> None:
    assert len(MALFORMED) >= 60
    wrong = []
    for case in MALFORMED:
        answer = recorded.say(case.raw)
        found = statuses(answer)
        refused = len(found) <= 1 and set(found) <= STATUSES & set(case.statuses)
        if not refused or recorder.received:
            wrong.append((case.name, found, recorder.received))
            recorder.received = b""
        if found:
            assert b"connection: close" in answer.lower(), case.name
    assert wrong == []
    assert recorded.get()[0] == 200


def test_broken_bodies(recorded: Proxy, recorder: Recorder) -> None:
    """What comes in one piece is refused before anything of it is passed on."""
    wrong = []
    for case in BROKEN_BODIES:
        found = statuses(recorded.say(case.raw))
        if not set(found) <= set(case.statuses) or recorder.received:
            wrong.append((case.name, found, recorder.received))
            recorder.received = b""
    assert wrong == []


def test_broken_bodies_that_come_late(recorded: Proxy, recorder: Recorder) -> None:
    """The head is passed on by then; the back end must not take the request for complete."""
    for case in BROKEN_BODIES:
        head, mark, body = case.raw.partition(b"\r\n\r\n")
        recorder.received = b""
        with socket.create_connection(("127.0.0.1", recorded.port), 5) as sock:
            sock.sendall(head + mark)
            recorded.wait_until(lambda: b"\r\n\r\n" in recorder.received, "passed on", 5)
            sock.sendall(body)
            sock.shutdown(socket.SHUT_WR)
            try:
                while sock.recv(65536):
                    pass
            except ConnectionResetError:
                pass
        assert b"\r\n0\r\n\r\n" not in recorder.received, case.name


def test_malformed_after_a_good_request(recorded: Proxy) -> None:
    """The good one is answered; the other ends the connection."""
    good = b"GET / HTTP/1.1\r\nHost: web\r\n\r\n"
    for case in MALFORMED[::5]:
        found = statuses(recorded.say(good + case.raw))
        assert found[0] == 200, case.name
        assert set(found[1:]) <= set(case.statuses), case.name


def test_nothing_is_smuggled(recorded: Proxy, recorder: Recorder) -> None:
    """No reading of these gives a back end a second request."""
    inner = b"GET /smuggled HTTP/1.1\r\nHost: web\r\n\r\n"
    length = b"Content-Length: %d\r\n" % len(inner)
    for raw in (
        b"POST / HTTP/1.1\r\nHost: web\r\n"
        + length
        + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\nContent-Length: 9\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: web\r\nContent-Length: +0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: web\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ):
        found = statuses(recorded.say(raw + inner))
        assert found in ([400], [501]), raw
    recorded.get("/last")
    assert b"smuggled" not in recorder.received


def test_odd_requests_are_served(recorded: Proxy) -> None:
    for case in ODD:
        found = statuses(recorded.say(case.raw, patience_s=0.03))
        assert found, case.name
        # Without a Host the request is good, but the router's identifier has nothing to go by.
        assert set(found) == {200 if case.host else 400}, (case.name, found)


@contextmanager
def answering(port: int) -> Iterator[list[bytes]]:
    """Back end that gives the first of the listed answers to each request, then closes."""
    answers: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", port))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                if connection.recv(65536):
                    connection.sendall(answers[0])

    threading.Thread(target=serve, daemon=True).start()
    yield answers
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_malformed_answers(start: Start) -> None:
    (port,) = free_ports(1)
    proxy = start(inet(port), "client: {failureAccrual: {kind: none}}")
    request = b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n"
    with answering(port) as answers:
        for case in BAD_ANSWERS:
            answers[:] = [case[1]]
            answer = proxy.say(request)
            assert statuses(answer) == [502], case[0]
            assert b"l5d-err: L5D-200" in answer, case[0]
        for odd in ODD_ANSWERS:
            answers[:] = [odd.whole()]
            found = statuses(proxy.say(request))
            assert found, odd.name
            assert found != [502], odd.name


class StrictBackend:
    """Reads with `h11`, answers what is complete, and keeps it in `seen`."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.seen: list[Seen] = []
        self.unclean: list[bytes] = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        reader = StrictReader()
        with connection:
            try:
                while data := connection.recv(65536):
                    for seen in reader.feed(data):
                        self.seen.append(seen)
                        connection.sendall(answer_to(seen))
                    self.unclean += reader.unclean
                    if reader.unclean:
                        return
            except OSError:
                return

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def exchange(port: int, pieces: list[bytes], case: Stream) -> tuple[list[int], bool]:
    """Send the pieces; the final statuses that came, and whether the proxy closed."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                sock.sendall(piece)
            if case.end:
                sock.shutdown(socket.SHUT_WR)
            while True:
                found = [each for each in statuses(answer) if each >= 200]
                # Where the proxy does not close, a little patience shows that no more comes.
                waits = case.closed or len(found) < len(case.answers)
                sock.settimeout(5 if waits else 0.01)
                data = sock.recv(65536)
                if not data:
                    return found, True
                answer += data
        except TimeoutError:
            return found, False
        except (ConnectionResetError, BrokenPipeError):
            return [each for each in statuses(answer) if each >= 200], True


def test_streams(start: Start) -> None:
    """Whatever a client hides in its bytes, the back end sees the requests that it should."""
    backend = StrictBackend()
    proxy = start(f"/svc => /$/inet/127.0.0.1/{backend.port} ; /svc/* => /svc ;",
                  "client: {failureAccrual: {kind: none}}")  # fmt: skip
    wrong = []
    for case in (*STREAMS, *DISGUISES[::3]):
        for pieces in ([case.raw], in_pieces(case.raw)):
            backend.seen.clear()
            found, closed = exchange(proxy.port, pieces, case)
            good = len(found) == len(case.answers) and closed is case.closed
            good = good and all(
                each in some for each, some in zip(found, case.answers, strict=True)
            )
            if not good or backend.seen != list(case.seen) or backend.unclean:
                wrong.append((case.name, len(pieces), found, closed, backend.seen, backend.unclean))
                backend.unclean.clear()
    backend.close()
    assert wrong == []
