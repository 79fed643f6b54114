"""The resolver that a program has installed into the reactor."""

from __future__ import annotations

from typing import Any

from twisted.internet._resolver import GAIResolver
from twisted.internet.address import IPv4Address
from twisted.trial.unittest import SynchronousTestCase

from linkerd.namer.dns_plugged import plugged

HOSTS = {"web": ["10.0.0.1", "10.0.0.2"], "none": []}


class Resolver:
    """Knows HOSTS."""

    def resolveHostName(self, receiver: Any, host: str) -> None:
        receiver.resolutionBegan(None)
        for address in HOSTS[host]:
            receiver.addressResolved(IPv4Address("TCP", address, 0))
        receiver.resolutionComplete()


class Reactor:
    """Has a resolver."""

    def __init__(self, resolver: Any) -> None:
        self.nameResolver = resolver


class Plugged(SynchronousTestCase):
    def test_an_installed_resolver_is_used(self) -> None:
        lookup = plugged(Reactor(Resolver()))
        assert lookup is not None
        self.assertEqual(self.successResultOf(lookup("web")), frozenset(HOSTS["web"]))
        self.assertEqual(self.successResultOf(lookup("none")), frozenset())

    def test_twisteds_stock_resolver_is_not(self) -> None:
        self.assertIsNone(plugged(Reactor(GAIResolver(None, lambda: None))))  # type: ignore[arg-type]
        self.assertIsNone(plugged(object()))
