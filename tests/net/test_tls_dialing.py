"""Dials with TLS: whose sockets are closed when nobody wants them any more."""

from __future__ import annotations

import socket
from functools import partial
from typing import TYPE_CHECKING

from tests.contracts.network import network_contract
from tests.net.tls_rig import tls_world

from linkerd.net.network import EngineNetwork

if TYPE_CHECKING:
    from tests.contracts.tls_network import TlsWorld


async def a_dial_that_is_cancelled_leaves_no_socket(world: TlsWorld) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(5)
    world.sockets.append(listening)
    client = world.dial(listening.getsockname()[1], world.dialling())
    accepted, _ = await world.in_thread(listening.accept)
    accepted.settimeout(5)
    world.sockets.append(accepted)
    assert (await world.in_thread(lambda: accepted.recv(65536)))[:1] == b"\x16"
    client.result.cancel()
    assert await world.in_thread(lambda: ended(accepted))


def ended(sock: socket.socket) -> bool:
    """Whether the peer closes or resets, after what it has still to say."""
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


DIALLING_RULES = (a_dial_that_is_cancelled_leaves_no_socket,)


class TlsDialingTest(network_contract(partial(tls_world, EngineNetwork), DIALLING_RULES)):  # type: ignore[misc]
    """On the engine."""
