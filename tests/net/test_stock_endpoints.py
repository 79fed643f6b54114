"""Stock endpoints without descriptors: ports pause, dials fail for a reason of their own."""

from __future__ import annotations

import errno
from typing import Any

from tests.support.memory import Given, Recorder
from twisted.internet import defer, error
from twisted.internet.address import IPv4Address
from twisted.trial.unittest import SynchronousTestCase

from linkerd.net.descriptors import Descriptors
from linkerd.net.endpoints import NoDescriptor
from linkerd.net.stock_endpoints import StockClientEndpoint, StockServerEndpoint
from linkerd.net.wheel import Wheel

WANT = error.ConnectBindError(errno.EMFILE, "Too many open files")


class Under:
    """Twisted's endpoint and its port."""

    def __init__(self, result: Any = None) -> None:
        self.result = result
        self.factory: Any = None
        self.reading = True
        self.connected = True
        self.disconnecting = False

    def connect(self, factory: Any) -> defer.Deferred[Any]:
        self.factory = factory
        if isinstance(self.result, Exception):
            return defer.fail(self.result)
        return defer.succeed(factory.buildProtocol(None))

    def listen(self, factory: Any) -> defer.Deferred[Any]:
        self.factory = factory
        return defer.succeed(self)

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", "127.0.0.1", 80)

    def stopReading(self) -> None:
        self.reading = False

    def startReading(self) -> None:
        self.reading = True


class Dialling(SynchronousTestCase):
    def test_the_connection_is_the_result(self) -> None:
        recorder = Recorder()
        endpoint = StockClientEndpoint(Under(), 1 << 20)
        self.assertIs(self.successResultOf(endpoint.connect(Given(recorder))), recorder)

    def test_nothing_is_dialled_with_descriptors_that_are_kept_back(self) -> None:
        under = Under()
        endpoint = StockClientEndpoint(under, 3)
        self.failureResultOf(endpoint.connect(Given(Recorder())), NoDescriptor)
        self.assertIsNone(under.factory)

    def test_a_want_of_descriptors_is_told_from_a_refusal(self) -> None:
        for why, kind in ((WANT, NoDescriptor), (error.ConnectionRefusedError(), None)):
            endpoint = StockClientEndpoint(Under(why), 1 << 20)
            failure = self.failureResultOf(endpoint.connect(Given(Recorder())))
            self.assertEqual(failure.check(NoDescriptor), kind)


class Accepting(SynchronousTestCase):
    def listen(self, accepted: int) -> Under:
        descriptors = Descriptors(1024)
        descriptors.accepted = accepted
        self.wheel = Wheel(0.05)
        under = Under()
        endpoint = StockServerEndpoint(under, descriptors, self.wheel, lambda: 100.0)
        self.assertIs(self.successResultOf(endpoint.listen(Given(Recorder()))), under)
        return under

    def test_it_pauses_at_the_bound_and_resumes(self) -> None:
        under = self.listen(500)
        under.factory.accepted(499)
        self.assertTrue(under.reading)
        under.factory.accepted(500)
        self.assertFalse(under.reading)
        self.wheel.sweep(101.0)
        self.assertTrue(under.reading)

    def test_it_stays_paused_without_room(self) -> None:
        under = self.listen(2)
        under.factory.accepted(9)
        self.wheel.sweep(101.0)
        self.assertFalse(under.reading)

    def test_a_closed_port_is_not_read_again(self) -> None:
        under = self.listen(500)
        under.factory.accepted(500)
        under.connected = False
        self.wheel.sweep(101.0)
        self.assertFalse(under.reading)
