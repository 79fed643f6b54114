"""Listening and dialling on the engine: backlogs, missing descriptors, failing factories."""

from __future__ import annotations

import errno
import os
import resource
import socket
from typing import TYPE_CHECKING, Any

from tests.net.rig import Rig, ended
from tests.support.memory import Given, Recorder
from twisted.internet import defer
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import (
    IListeningPort,
    IStreamClientEndpoint,
    IStreamServerEndpoint,
)
from twisted.trial import unittest

from linkerd.net.endpoints import (
    ACCEPTS_PER_EVENT,
    ConnectionFactory,
    DialFailed,
    EngineClientEndpoint,
    EnginePort,
    EngineServerEndpoint,
    address_of,
)
from linkerd.net.socket_options import SocketOptions
from linkerd.net.wheel import Wheel

if TYPE_CHECKING:
    from linkerd.net.connection import Connection


class Keeping(ConnectionFactory):
    """Keeps the connections it made."""

    def __init__(self) -> None:
        self.made: list[Recorder] = []
        self.failing = 0

    def connection(self) -> Connection | None:
        if self.failing:
            self.failing -= 1
            raise ZeroDivisionError
        self.made.append(Recorder())
        return self.made[-1]


def options_of(recorder: Recorder) -> tuple[int, int]:
    """TCP_NODELAY and SO_KEEPALIVE of a stream."""
    sock: socket.socket = recorder.transport.sock  # type: ignore[attr-defined]
    no_delay = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    return no_delay, sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


class FailsToConnect(Recorder):
    def connected(self, transport: Any) -> None:
        super().connected(transport)
        raise ZeroDivisionError


class EndpointTest(unittest.SynchronousTestCase):
    def setUp(self) -> None:
        self.rig = Rig()
        self.addCleanup(self.rig.close)
        self.wheel = Wheel()

    def listen(self, factory: ConnectionFactory, **how: Any) -> EnginePort:
        how = {"ip": "127.0.0.1", "port": 0, "backlog": 1024, **how}
        endpoint = EngineServerEndpoint(self.rig.engine, self.wheel, **how)
        port: EnginePort = self.successResultOf(endpoint.listen(factory))
        self.addCleanup(port.sock.close)
        return port

    def dial_raw(self, port: EnginePort) -> socket.socket:
        sock = socket.create_connection(port.address, timeout=5)
        self.rig.sockets.append(sock)
        return sock

    def dial(
        self, address: tuple[str, int], connection: Connection | None = None
    ) -> defer.Deferred[Any]:
        endpoint = EngineClientEndpoint(self.rig.engine, self.wheel, address, 3.0)
        return endpoint.connect(Given(connection or Recorder()))


class ListeningTest(EndpointTest):
    def test_addresses(self) -> None:
        port = self.listen(Keeping())
        host = port.getHost()
        assert host == IPv4Address("TCP", "127.0.0.1", port.address[1])
        assert host.port > 0
        assert address_of(("::1", 80)) == IPv6Address("TCP", "::1", 80)

    def test_interfaces(self) -> None:
        assert IListeningPort.providedBy(self.listen(Keeping()))
        assert IStreamServerEndpoint.implementedBy(EngineServerEndpoint)
        assert IStreamClientEndpoint.implementedBy(EngineClientEndpoint)

    def test_a_port_that_is_taken(self) -> None:
        port = self.listen(Keeping())
        endpoint = EngineServerEndpoint(
            self.rig.engine, self.wheel, "127.0.0.1", port.address[1], 1
        )
        error = self.failureResultOf(endpoint.listen(Keeping()), CannotListenError).value
        assert error.port == port.address[1]
        assert error.socketError.errno == errno.EADDRINUSE

    def test_an_inherited_socket(self) -> None:
        inherited = socket.create_server(("127.0.0.1", 0))
        factory = Keeping()
        port = self.listen(factory, ip="192.0.2.9", port=1, sock=inherited)
        assert port.address == inherited.getsockname()
        self.dial_raw(port)
        self.rig.turn_until(lambda: factory.made)

    def test_ipv6(self) -> None:
        try:
            port = self.listen(Keeping(), ip="::1")
        except unittest.FailTest:
            raise unittest.SkipTest("no IPv6 here") from None
        recorder = Recorder()
        self.dial(("::1", port.address[1]), recorder)
        self.rig.turn_until(lambda: recorder.connects)
        assert recorder.transport.peer == ("::1", port.address[1])

    def test_the_address_of_a_stream_where_all_are_listened_on(self) -> None:
        factory = Keeping()
        port = self.listen(factory, ip="0.0.0.0")
        sock = socket.create_connection(("127.0.0.2", port.address[1]), timeout=5)
        self.rig.sockets.append(sock)
        self.rig.turn_until(lambda: factory.made)
        assert factory.made[0].transport.host == ("127.0.0.2", port.address[1])

    def test_options_of_accepted_streams(self) -> None:
        for on in (1, 0):
            factory = Keeping()
            factory.options = SocketOptions(no_delay=bool(on), keep_alive=bool(on))
            self.dial_raw(self.listen(factory))
            self.rig.turn_until(lambda made=factory.made: made)
            assert options_of(factory.made[0]) == (on, on)

    def test_stopping_takes_the_backlog_in(self) -> None:
        """Also where it is longer than what one event may accept."""
        factory = Keeping()
        port = self.listen(factory)
        count = ACCEPTS_PER_EVENT + 20
        sockets = [self.dial_raw(port) for _ in range(count)]
        stopped = port.stopListening()
        assert len(factory.made) == count
        self.rig.engine.settle()
        self.successResultOf(stopped)
        for each in factory.made:
            each.send(b"hello")
        self.rig.turn_all()
        assert {sock.recv(10) for sock in sockets} == {b"hello"}
        with self.assertRaises(ConnectionRefusedError):
            self.dial_raw(port)

    def test_stopping_twice(self) -> None:
        port = self.listen(Keeping())
        first, second = port.stopListening(), port.stopListening()
        self.rig.engine.settle()
        self.successResultOf(first)
        self.successResultOf(second)

    def test_one_port_does_not_hold_the_engine(self) -> None:
        factory = Keeping()
        port = self.listen(factory)
        for _ in range(ACCEPTS_PER_EVENT + 20):
            self.dial_raw(port)
        accepted = []
        for _ in range(3):
            self.rig.engine.turn(1)
            accepted.append(len(factory.made))
        assert accepted == [1, 1 + ACCEPTS_PER_EVENT, ACCEPTS_PER_EVENT + 20]

    def test_a_failing_factory_costs_one_stream_only(self) -> None:
        factory = Keeping()
        factory.failing = 1
        port = self.listen(factory)
        first, second = self.dial_raw(port), self.dial_raw(port)
        self.rig.turn_until(lambda: factory.made)
        assert len(self.flushLoggedErrors(ZeroDivisionError)) == 1
        assert first.recv(1) == b""
        factory.made[0].send(b"x")
        self.rig.turn_all()
        assert second.recv(1) == b"x"

    def test_a_connection_that_fails_at_once_ends_alone(self) -> None:
        broken = FailsToConnect()
        port = self.listen(Given(broken))
        sock = self.dial_raw(port)
        self.rig.turn_until(ended(broken))
        assert broken.lost == "internal error"
        assert len(self.flushLoggedErrors(ZeroDivisionError)) == 1
        assert sock.recv(1) == b""
        assert port.fd in self.rig.engine.table, "the port goes on"


class DescriptorsTest(EndpointTest):
    def test_without_descriptors_accepting_pauses_and_resumes(self) -> None:
        factory = Keeping()
        port = self.listen(factory)
        waiting = [self.dial_raw(port) for _ in range(3)]
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        probe = os.dup(0)
        os.close(probe)
        resource.setrlimit(resource.RLIMIT_NOFILE, (probe, hard))
        try:
            assert self.rig.turn_all() == 1, "it must not spin meanwhile"
            assert port.fd not in self.rig.engine.table
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert factory.made == []
        self.wheel.sweep(self.rig.now + 0.05)
        assert self.rig.turn_all() == 0
        self.wheel.sweep(self.rig.now + 0.3)
        self.rig.turn_until(lambda: len(factory.made) == len(waiting))

    def test_stopping_while_accepting_is_paused(self) -> None:
        port = self.listen(Keeping())
        port.shedding.begin("too many open files")
        stopped = port.stopListening()
        self.wheel.sweep(self.rig.now + 1)
        self.rig.engine.settle()
        self.successResultOf(stopped)
        assert self.rig.engine.table == {}

    def test_a_dial_without_descriptors_fails_in_its_deferred(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        probe = os.dup(0)
        os.close(probe)
        resource.setrlimit(resource.RLIMIT_NOFILE, (probe, hard))
        try:
            result = self.dial(self.rig.listening.getsockname())
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert self.failureResultOf(result, DialFailed).value.string == "too many open files"


class DiallingTest(EndpointTest):
    def test_options(self) -> None:
        for on in (1, 0):
            recorder = Recorder()
            given = Given(recorder)
            given.options = SocketOptions(no_delay=bool(on), keep_alive=bool(on))
            address = self.rig.listening.getsockname()
            endpoint = EngineClientEndpoint(self.rig.engine, self.wheel, address, 1.0)
            endpoint.connect(given)
            self.rig.turn_until(lambda told=recorder: told.connects)
            assert options_of(recorder) == (on, on)
            recorder.abort()

    def test_the_connection_is_the_result(self) -> None:
        recorder = Recorder()
        result = self.dial(self.rig.listening.getsockname(), recorder)
        self.rig.turn_until(lambda: recorder.connects)
        assert self.successResultOf(result) is recorder
        assert recorder.transport.peer == self.rig.listening.getsockname()
        far, host = self.rig.listening.accept()
        far.close()
        assert recorder.transport.host == host

    def test_refusal_has_a_short_cause(self) -> None:
        closed = socket.create_server(("127.0.0.1", 0))
        address = closed.getsockname()
        closed.close()
        result = self.dial(address)
        self.rig.turn_until(lambda: result.called)
        assert self.failureResultOf(result, DialFailed).value.string == "connection refused"
        assert self.rig.engine.table == {}

    def test_a_name_is_not_asked_for(self) -> None:
        result = self.dial(("localhost", 80))
        assert self.failureResultOf(result, DialFailed).value.string == "not an ip address"

    def test_a_zone_is_of_this_machine_or_a_failure(self) -> None:
        result = self.dial(("fe80::1%nosuch0", 80))
        self.failureResultOf(result, DialFailed)

    def test_time_is_up(self) -> None:
        full = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.rig.sockets.append(full)
        for _ in range(2):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
            self.rig.sockets.append(sock)
        result = self.dial(full.getsockname())
        self.rig.turn_all()
        self.wheel.sweep(self.rig.now + 2.9)
        self.assertNoResult(result)
        self.wheel.sweep(self.rig.now + 3.2)
        assert self.failureResultOf(result, DialFailed).value.string == "connection timed out"
        assert self.rig.engine.table == {}

    def test_success_lets_go_of_the_time_limit(self) -> None:
        recorder = Recorder()
        result = self.dial(self.rig.listening.getsockname(), recorder)
        self.rig.turn_until(lambda: recorder.connects)
        self.successResultOf(result)
        [limits] = self.wheel.slots.values()
        assert limits[0].dialing is None  # type: ignore[attr-defined]
        self.wheel.sweep(self.rig.now + 10)
        assert recorder.lost is None

    def test_cancelling_closes_the_socket(self) -> None:
        result = self.dial(self.rig.listening.getsockname())
        result.cancel()
        self.failureResultOf(result, defer.CancelledError)
        assert self.rig.engine.table == {}
        [sock] = self.rig.engine.closing
        self.rig.engine.settle()
        assert sock.fileno() == -1  # type: ignore[attr-defined]

    def test_a_connection_that_fails_at_once_is_no_result(self) -> None:
        broken = FailsToConnect()
        result = self.dial(self.rig.listening.getsockname(), broken)
        self.rig.turn_until(ended(broken))
        assert self.failureResultOf(result, DialFailed).value.string == "internal error"
        assert len(self.flushLoggedErrors(ZeroDivisionError)) == 1

    def test_a_failing_factory(self) -> None:
        factory = Keeping()
        factory.failing = 1
        endpoint = EngineClientEndpoint(
            self.rig.engine, self.wheel, self.rig.listening.getsockname(), 3.0
        )
        result = endpoint.connect(factory)
        self.rig.turn_until(lambda: result.called)
        assert self.failureResultOf(result, DialFailed).value.string == "refused by the factory"
        assert len(self.flushLoggedErrors(ZeroDivisionError)) == 1
