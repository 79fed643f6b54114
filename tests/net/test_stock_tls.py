"""Dials with TLS on Twisted: the same rules as on the engine."""

from __future__ import annotations

from functools import partial

from tests.contracts.network import network_contract
from tests.net.test_tls_dialing import DIALLING_RULES
from tests.net.tls_rig import tls_world

from linkerd.net.network import StockNetwork


class StockDialingTest(network_contract(partial(tls_world, StockNetwork), DIALLING_RULES)):  # type: ignore[misc]
    """All rules."""
