"""The contract of TLS on Twisted."""

from __future__ import annotations

from functools import partial

from tests.contracts.network import network_contract
from tests.contracts.tls_network import TLS_CONTRACT
from tests.net.tls_rig import tls_world

from linkerd.net.network import StockNetwork


class TlsTest(network_contract(partial(tls_world, StockNetwork), TLS_CONTRACT)):  # type: ignore[misc]
    """All rules."""
