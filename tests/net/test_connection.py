"""The base classes: what they do by themselves, and what the absent transport swallows."""

from __future__ import annotations

import pytest

from linkerd.net.connection import NO_TRANSPORT, Connection, Source, Transport


class Closing(Transport):
    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.closes = 0

    def close(self) -> None:
        self.closes += 1


def test_a_connection_has_a_transport_at_all_times() -> None:
    connection = Connection()
    assert connection.transport is NO_TRANSPORT
    transport = Closing(connection)
    connection.connected(transport)
    assert connection.transport is transport


def test_by_default_the_end_of_the_peer_is_the_end() -> None:
    connection = Connection()
    transport = Closing(connection)
    connection.connected(transport)
    connection.eof_received()
    assert transport.closes == 1


def test_what_need_not_be_said_is_not_asked_for() -> None:
    connection = Connection()
    connection.drained()
    connection.peer_gone()
    connection.connection_lost("")
    source = Source(7)
    source.readable()
    source.ready(0)
    source.flush()
    source.fail("")
    assert source.fd == 7


def test_bytes_must_be_received_by_somebody() -> None:
    with pytest.raises(NotImplementedError):
        Connection().data_received(b"x")


@pytest.mark.parametrize("call", ["pause", "resume", "finish", "close", "abort"])
def test_an_absent_transport_swallows_every_call(call: str) -> None:
    getattr(NO_TRANSPORT, call)()
    assert NO_TRANSPORT.write(b"x")
    assert NO_TRANSPORT.write_pair(b"x", b"y")
    assert (NO_TRANSPORT.bytes_out, NO_TRANSPORT.peer, NO_TRANSPORT.fd) == (0, ("", 0), -1)
    with pytest.raises(NotImplementedError):
        getattr(Transport(Connection()), call)()


def test_a_transport_must_write() -> None:
    transport = Transport(Connection())
    with pytest.raises(NotImplementedError):
        transport.write(b"x")
    with pytest.raises(NotImplementedError):
        transport.write_pair(b"x", b"y")


def test_hot_classes_have_slots_only() -> None:
    for each in (Source(1), Transport(Connection()), Connection(), NO_TRANSPORT):
        assert not hasattr(each, "__dict__")
