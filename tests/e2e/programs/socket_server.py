"""WebSocket echo server on the library websockets: `socket_server.py PORT`.

It pings every 50 ms and gives a client up that leaves a ping unanswered for a second.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import websockets

if TYPE_CHECKING:
    from websockets.server import WebSocketServerProtocol

MIB = 1 << 20


async def echo(socket: WebSocketServerProtocol) -> None:
    """Send back what comes, until the client says goodbye."""
    async for message in socket:
        await socket.send(message)


async def main(port: int) -> None:
    """Serve until killed."""
    options = {"ping_interval": 0.05, "ping_timeout": 1, "max_size": 16 * MIB}
    async with websockets.serve(echo, "127.0.0.1", port, subprotocols=["echo"], **options):
        await asyncio.Future()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
