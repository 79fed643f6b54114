"""One connection to an endpoint: answers in any cut, and what makes it unusable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from tests.client.test_endpoint import Dialler, World
from tests.support.memory import RESET, TestServer

from linkerd.net.exchange import BY_CHUNKS, BY_CLOSE, BY_LENGTH, NO_BODY
from linkerd.net.socket_options import SocketOptions

if TYPE_CHECKING:
    from linkerd.wire.http1 import ResponseHead

BODY = b"hello world"
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + BODY
CHUNKS = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
)
TRAILERS = CHUNKS[:-2] + b"X-Sum: 1\r\n\r\n"
CLOSE = b"HTTP/1.1 200 OK\r\n\r\n" + BODY
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"


class Reader(Dialler):
    """Keeps the answer; gives the connection back at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.interim: list[int] = []
        self.heads: list[int] = []
        self.framing = -1
        self.body = b""
        self.trailers = b""
        self.ends = 0
        self.lost = ""
        self.bad = False

    def informed(self, head: ResponseHead) -> None:
        self.interim.append(head.status)

    def answered(self, head: ResponseHead, body: bytes, framing: int, complete: bool) -> None:
        self.heads.append(head.status)
        self.framing = framing
        self.body += body
        if complete:
            self.end()

    def answer_data(self, data: bytes) -> None:
        self.body += data

    def answer_end(self, trailers: bytes) -> None:
        self.trailers = trailers
        self.end()

    def end(self) -> None:
        self.ends += 1
        self.connection.released()

    def endpoint_lost(self, why: str, bad_answer: bool) -> None:
        self.lost = why
        self.bad = bad_answer


class Talk:
    """A request is under way; the endpoint says the rest."""

    def __init__(self, method: bytes = b"GET") -> None:
        self.world = World()
        self.server = TestServer(self.world.network, 80)
        self.reader = Reader()
        self.world.endpoint.dial(self.reader)
        self.world.network.pump()
        self.connection: Any = self.reader.connection
        self.connection.begin(self.reader, method)
        self.connection.transport.write(b"request")
        self.world.network.pump()

    def hear(self, data: bytes) -> Reader:
        self.server.peer.send(data)
        self.world.network.pump()
        return self.reader

    def end(self, how: str) -> Reader:
        getattr(self.server.peer, how)()
        self.world.network.pump()
        return self.reader

    @property
    def pooled(self) -> bool:
        return self.world.endpoint.idle == [self.connection]


def test_an_answer_to_nothing_is_nobodys() -> None:
    talk = Talk()
    talk.hear(LENGTH)
    talk.world.endpoint.idle.remove(talk.connection)
    talk.connection.begin(talk.reader, b"POST")
    talk.hear(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
    assert talk.reader.heads == [200]
    assert (talk.reader.lost, talk.reader.bad) == ("an answer that nobody asked for", False)
    assert talk.connection.untouched
    assert not talk.pooled


def test_what_was_sent_is_not_untouched() -> None:
    talk = Talk()
    talk.end("abort")
    assert talk.reader.lost
    assert not talk.connection.untouched


def test_an_end_of_file_takes_it_out_of_the_pool_at_once() -> None:
    talk = Talk()
    talk.hear(LENGTH)
    assert talk.pooled
    talk.connection.eof_received()
    assert not talk.pooled


def test_for_http_1_0_only_keep_alive_keeps_it() -> None:
    for fields, kept in ((b"", False), (b"Connection: keep-alive\r\n", True)):
        talk = Talk()
        talk.connection.explicit = True
        talk.hear(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + fields + b"\r\n")
        assert talk.pooled is kept


@given(
    st.sampled_from([(LENGTH, BY_LENGTH), (CHUNKS, BY_CHUNKS), (TRAILERS, BY_CHUNKS)]),
    st.lists(st.integers(min_value=1, max_value=60), min_size=1),
)
def test_an_answer_reads_the_same_however_it_is_cut(
    answer: tuple[bytes, int], cuts: list[int]
) -> None:
    talk = Talk()
    data, framing = b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer[0], answer[1]
    at = turn = 0
    while at < len(data):
        talk.hear(data[at : at + cuts[turn % len(cuts)]])
        at += cuts[turn % len(cuts)]
        turn += 1
    reader = talk.reader
    assert (reader.interim, reader.heads, reader.body) == ([103], [200], BODY)
    assert (reader.framing, reader.ends, reader.lost) == (framing, 1, "")
    assert reader.trailers == (b"X-Sum: 1\r\n" if answer[0] is TRAILERS else b"")
    assert talk.pooled


def test_no_body_where_there_can_be_none() -> None:
    for method, answer in (
        (b"HEAD", LENGTH[: -len(BODY)]),
        (b"HEAD", CHUNKS[:47]),
        (b"GET", EMPTY),
    ):
        talk = Talk(method)
        reader = talk.hear(answer)
        assert (reader.framing, reader.body, reader.ends) == (NO_BODY, b"", 1), answer
        assert talk.pooled


def test_a_body_until_close() -> None:
    talk = Talk()
    assert talk.hear(CLOSE).framing == BY_CLOSE
    assert talk.reader.ends == 0
    reader = talk.end("close")
    assert (reader.body, reader.ends, reader.lost) == (BODY, 1, "")
    assert not talk.pooled
    assert talk.world.endpoint.open == 0


def test_a_reset_of_a_body_until_close_is_a_loss() -> None:
    talk = Talk()
    talk.hear(CLOSE)
    reader = talk.end("abort")
    assert (reader.ends, reader.lost, reader.bad) == (0, "connection reset by peer", False)


def test_an_end_before_the_end_is_a_loss() -> None:
    for data in (LENGTH, CHUNKS):
        for size in range(len(data)):
            talk = Talk()
            if size:
                talk.hear(data[:size])
            reader = talk.end("close")
            assert (reader.ends, reader.lost) == (0, "connection closed by peer")
            assert talk.world.endpoint.open == 0


def test_an_end_in_the_middle_of_an_upload_is_a_loss_at_once() -> None:
    talk = Talk()
    talk.server.peer.pause()
    talk.connection.transport.write(b"x" * 200_000)
    assert talk.connection.transport.blocked
    talk.connection.eof_received()
    assert talk.reader.lost == "connection closed by peer"
    talk.world.network.pump()
    assert talk.world.endpoint.open == 0


def test_a_request_that_is_still_going_out_makes_it_unusable() -> None:
    talk = Talk()
    talk.server.peer.pause()
    talk.connection.transport.write(b"x" * 200_000)
    talk.hear(LENGTH)
    assert talk.reader.ends == 1
    assert not talk.pooled
    assert talk.world.endpoint.open == 0


def test_surplus_makes_it_unusable() -> None:
    for data in (LENGTH, CHUNKS, TRAILERS, EMPTY):
        talk = Talk()
        reader = talk.hear(data + b"x")
        assert (reader.ends, reader.lost) == (1, ""), data
        assert not talk.pooled
        assert talk.world.endpoint.open == 0


def test_connection_close_makes_it_unusable() -> None:
    for field in (b"Connection: close", b"Connection: a, close"):
        talk = Talk()
        talk.hear(LENGTH.replace(b"\r\n\r\n", b"\r\n" + field + b"\r\n\r\n"))
        assert talk.reader.ends == 1
        assert not talk.pooled


def test_1_0_keeps_it_only_where_it_says_so() -> None:
    old = LENGTH.replace(b"1.1", b"1.0")
    for answer, kept in (
        (old, False),
        (old.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n"), True),
    ):
        talk = Talk()
        talk.hear(answer)
        assert talk.pooled is kept


def test_what_is_not_http_is_a_bad_answer_and_a_reset() -> None:
    talk = Talk()
    reader = talk.hear(b"220 smtp.example ESMTP\r\n")
    assert reader.bad
    assert reader.lost
    assert talk.server.peer.lost == "connection reset by peer"


def test_endless_interim_answers_are_a_bad_answer() -> None:
    talk = Talk()
    reader = talk.hear(b"HTTP/1.1 102 Processing\r\n\r\n" * 20)
    assert (len(reader.interim), reader.bad) == (16, True)


def test_fresh_until_the_first_byte_of_an_answer() -> None:
    talk = Talk()
    assert talk.connection.fresh
    talk.hear(LENGTH[:1])
    assert not talk.connection.fresh
    talk.hear(LENGTH[1:])
    talk.world.endpoint.idle.clear()
    talk.connection.begin(talk.reader, b"GET")
    assert talk.connection.fresh
    assert talk.connection.served == 2


class Stuck(Reader):
    """Is told of a loss."""

    def endpoint_lost(self, why: str, bad_answer: bool) -> None:
        self.lost = why
        self.bad = bad_answer


def stuck_world() -> tuple[World, TestServer]:
    """An endpoint that may be silent for 4 s, and a server that is."""
    world = World()
    world.client.set_options(SocketOptions(read_timeout_ms=4000))
    return world, TestServer(world.network, 80)


def test_an_endpoint_that_is_silent_for_too_long() -> None:
    world, server = stuck_world()
    reader = Stuck()
    world.endpoint.dial(reader)
    world.network.pump()
    reader.connection.begin(reader, b"GET")
    reader.connection.transport.write(b"GET / HTTP/1.1\r\n\r\n")
    world.network.advance(3.9)
    assert reader.lost == ""
    world.network.advance(1.5)
    assert (reader.lost, reader.bad) == ("no byte came for 4 s", False)
    assert server.peer.lost == RESET
    assert world.client.scope.counter("read_timeout").value == 1


def test_a_connection_that_rests_is_silent_too() -> None:
    world, server = stuck_world()
    connection = world.dial().connection
    connection.rest()
    assert world.endpoint.idle == [connection]
    world.network.advance(5.5)
    assert (world.endpoint.idle, world.endpoint.open) == ([], 0)
    assert server.peer.lost == RESET


def test_a_connection_whose_time_is_over_is_nobodys_any_more() -> None:
    world, _ = stuck_world()
    connection = world.dial().connection
    connection.rest()
    connection.timed_out("no byte came")
    assert world.endpoint.idle == []
    world.network.pump()
    assert world.endpoint.open == 0
