"""Sends random bytes both ways through the proxy for minutes and compares every one of them.

    .venv/bin/python benchmarks/tcp_soak.py --minutes 10

Connections come and go, a number of them at once. Each says how much goes which way, from nothing
to 64 MiB, then both sides send at the same time, in pieces of any size, some with pauses, some read
slowly; either may end first. What they send follows from a number, so each side knows each byte
that has to come, in its order. Some connections are reset in the middle by one side: then what came
must be the beginning of what was sent. At the end: connections, bytes, and what the proxy holds.
The exit status is 1 if a byte was lost or wrong, an end came too early, or the log has a traceback.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random  # noqa: TID251 - a load, not the proxy
import struct
import sys
import tempfile
import urllib.request
from pathlib import Path

from measure import free_ports, memory_kib
from tcp_vs_haproxy import LINKERD
from thrift_vs_envoy import now, running

HEAD = struct.Struct(">QQQQ?")
PIECE = 1 << 16
LARGEST = 64 << 20
AT_ONCE = 24


def sizes(rng: random.Random) -> int:
    """How much goes one way: mostly little, now and then very much."""
    return min(LARGEST, int(2 ** rng.uniform(0, 27))) if rng.random() > 0.1 else 0


class Tally:
    """What has been seen."""

    def __init__(self) -> None:
        self.connections = 0
        self.served = 0
        self.resets = 0
        self.bytes = 0
        self.faults: list[str] = []


async def send(writer: asyncio.StreamWriter, seed: int, size: int, stop: int) -> None:
    """Send what follows from `seed`, then end; with `stop`, break off there."""
    data, how = random.Random(seed), random.Random(seed + 1)
    left = size
    while left:
        piece = data.randbytes(PIECE)[:left]
        left -= len(piece)
        at = 0
        while at < len(piece):
            to = at + how.randrange(1, PIECE + 1)
            writer.write(piece[at:to])
            at = to
        await writer.drain()
        if how.random() < 0.002:
            await asyncio.sleep(how.random() * 0.2)
        if stop and size - left > stop:
            writer.transport.abort()
            return
    writer.write_eof()


async def receive(
    reader: asyncio.StreamReader, seed: int, size: int, cut: bool, tally: Tally
) -> None:
    """Compare what comes with what follows from `seed`; `cut`: it may break off."""
    data, how = random.Random(seed), random.Random(seed + 2)
    slow = how.random() < 0.2
    left = size
    held = b""
    try:
        while got := await reader.read(1 << 18):
            tally.bytes += len(got)
            held += got
            while left and len(held) >= min(PIECE, left):
                wanted = data.randbytes(PIECE)[:left]
                if held[: len(wanted)] != wanted:
                    tally.faults.append("bytes are wrong")
                    return
                held = held[len(wanted) :]
                left -= len(wanted)
            if slow:
                await asyncio.sleep(0.002)
    except ConnectionError:
        if not cut:
            tally.faults.append("a reset that nobody has sent")
        return
    wanted = data.randbytes(PIECE)[:left]
    if held != wanted[: len(held)]:
        tally.faults.append("bytes are wrong at the end")
    elif not cut and len(held) != left:
        tally.faults.append(f"{left - len(held)} of {size} bytes are missing")


async def behind(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tally: Tally) -> None:
    """The server's side of a connection."""
    cut = False
    try:
        up_seed, up, down_seed, down, cut = HEAD.unpack(await reader.readexactly(HEAD.size))
        await asyncio.gather(
            receive(reader, up_seed, up, cut, tally), send(writer, down_seed, down, 0)
        )
    except asyncio.IncompleteReadError as error:
        if error.partial:
            tally.faults.append("a head in part")
    except OSError as error:
        if not cut:
            tally.faults.append(f"the server's side: {error}")
    finally:
        tally.served += 1
        writer.close()


async def client(port: int, rng: random.Random, tally: Tally) -> None:
    """The client's side of one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    up, down = sizes(rng), sizes(rng)
    up_seed, down_seed = rng.getrandbits(60), rng.getrandbits(60)
    cut = up > 1000 and rng.random() < 0.1
    writer.write(HEAD.pack(up_seed, up, down_seed, down, cut))
    tally.connections += 1
    tally.resets += cut
    stop = rng.randrange(1, up) if cut else 0
    try:
        await asyncio.gather(
            send(writer, up_seed, up, stop), receive(reader, down_seed, down, cut, tally)
        )
    except OSError as error:
        if not cut:
            tally.faults.append(f"the client's side: {error}")
    finally:
        writer.close()


async def clients(port: int, until: float, seed: int, tally: Tally) -> None:
    """Connections one after the other."""
    rng = random.Random(seed)
    while now() < until:
        await client(port, rng, tally)


async def run(minutes: float, port: int, backend: int, pid: int) -> Tally:
    """Load for so long."""
    tally = Tally()
    server = await asyncio.start_server(
        lambda reader, writer: behind(reader, writer, tally), "127.0.0.1", backend
    )
    until = now() + minutes * 60.0
    work = asyncio.gather(*[clients(port, until, seed, tally) for seed in range(AT_ONCE)])
    while not work.done():
        await asyncio.wait([work], timeout=10.0)
        print(
            f"{tally.connections} connections, {tally.resets} of them reset on purpose,"
            f" {tally.bytes >> 20} MiB, {memory_kib(pid)} KiB, faults: {tally.faults[:3]}",
            flush=True,
        )
    work.result()
    for _ in range(100):
        if tally.served < tally.connections:
            await asyncio.sleep(0.1)
    if tally.served != tally.connections:
        tally.faults.append(f"{tally.connections - tally.served} connections never came")
    server.close()
    return tally


def main() -> int:
    """Load, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        admin, port, backend = free_ports(3)
        file = folder / "linkerd.yaml"
        file.write_text(LINKERD.format(admin=admin, backend=backend, port=port))
        command = [str(Path(sys.executable).with_name("linkerd")), str(file)]
        log = folder / "linkerd.log"
        with running(command, None, admin, log) as pid:
            tally = asyncio.run(run(arguments.minutes, port, backend, pid))
            with urllib.request.urlopen(f"http://127.0.0.1:{admin}/connections.json") as answer:
                left = json.load(answer)
        output = log.read_text()
    print(f"{len(tally.faults)} faults; {len(left)} connections are left over")
    return 1 if tally.faults or left or "Traceback" in output else 0


if __name__ == "__main__":
    sys.exit(main())
