"""The contract of networks with TLS on Twisted."""

from __future__ import annotations

from functools import partial

from tests.contracts.network import network_contract
from tests.net.tls_rig import secured

from linkerd.net.network import StockNetwork


class Tls13Test(network_contract(partial(secured, StockNetwork, "TLSv1.3"))):  # type: ignore[misc]
    """TLS 1.3."""


class Tls12Test(network_contract(partial(secured, StockNetwork, "TLSv1.2"))):  # type: ignore[misc]
    """TLS 1.2."""
