"""Client on the library websockets: `socket_client.py CHECK URL` checks an echo server at URL."""

from __future__ import annotations

import asyncio
import os
import sys

import websockets

MIB = 1 << 20


async def messages(url: str) -> None:
    """Texts and bytes of many sizes, compressed and not, whole and in fragments."""
    for compression in ("deflate", None):
        async with websockets.connect(url, compression=compression, max_size=16 * MIB) as socket:
            names = [extension.name for extension in socket.extensions]
            assert names == (["permessage-deflate"] if compression else []), names
            for message in ("", "hello", "grüße", b"", os.urandom(MIB), b"x" * 8 * MIB):
                await socket.send(message)
                assert await socket.recv() == message
            await socket.send([b"one ", b"two ", b"three"])
            assert await socket.recv() == b"one two three"


async def many(url: str) -> None:
    """50 connections, of which each sends 40 messages before it reads."""

    async def one(number: int) -> None:
        async with websockets.connect(url) as socket:
            for turn in range(40):
                await socket.send(f"{number} {turn}")
            for turn in range(40):
                assert await socket.recv() == f"{number} {turn}"

    await asyncio.gather(*[one(number) for number in range(50)])


async def pings(url: str) -> None:
    """Both sides ping while nothing else is said."""
    async with websockets.connect(url) as socket:
        for _ in range(5):
            await asyncio.wait_for(await socket.ping(), 5)
            await asyncio.sleep(0.05)
        assert socket.open


async def quiet(url: str) -> None:
    """Nothing is said for longer than the proxy would wait for a request."""
    async with websockets.connect(url, ping_interval=None) as socket:
        await asyncio.sleep(1)
        await socket.send("still there")
        assert await asyncio.wait_for(socket.recv(), 5) == "still there"


async def stay(url: str) -> None:
    """20 connections that stay until this process is killed."""
    sockets = [await websockets.connect(url) for _ in range(20)]
    print("open", flush=True)
    await asyncio.sleep(60)
    sockets.clear()


async def close(url: str) -> None:
    """The code of a close reaches the other side and comes back."""
    async with websockets.connect(url, subprotocols=["other", "echo"]) as socket:
        assert socket.subprotocol == "echo"
        await socket.close(4000, "done")
        assert (socket.close_code, socket.close_reason) == (4000, "done")


async def refused(url: str) -> None:
    """An answer other than 101 is the answer."""
    status = 101
    try:
        async with websockets.connect(url, extra_headers={"l5d-dtab": "/svc => !"}):
            pass
    except websockets.InvalidStatusCode as error:
        status = error.status_code
    assert status == 502, status


CHECKS = {each.__name__: each for each in (messages, many, pings, quiet, stay, close, refused)}

if __name__ == "__main__":
    asyncio.run(CHECKS[sys.argv[1]](sys.argv[2]))
