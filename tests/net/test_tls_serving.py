"""Ports with TLS on the engine, when they close."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.contracts.network import network_contract
from tests.net.tls_rig import tls_world

from linkerd.net.network import EngineNetwork

if TYPE_CHECKING:
    from tests.contracts.tls_network import TlsWorld


async def who_has_said_nothing_is_let_go(world: TlsWorld) -> None:
    server = world.listen(world.serving())
    sock = world.bare(server)
    await world.settle()
    await server.stop()
    assert await world.in_thread(lambda: sock.recv(1)) == b""


async def a_factory_that_gives_nothing_ends_the_stream(world: TlsWorld) -> None:
    serving = world.serving()
    server = world.listen(serving)
    server.refuse = True
    client = world.dial(server.port, world.dialling())
    client.end_with_peer = True
    await world.until(lambda: client.failure or client.lost is not None)
    assert server.peers == []


RULES = (who_has_said_nothing_is_let_go, a_factory_that_gives_nothing_ends_the_stream)


class TlsServingTest(network_contract(partial(tls_world, EngineNetwork), RULES)):  # type: ignore[misc]
    """All rules."""
