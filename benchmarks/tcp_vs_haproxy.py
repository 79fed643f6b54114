"""Runs the proxy beside HAProxy, with splice on, and prints what raw TCP costs each of them.

    .venv/bin/python benchmarks/tcp_vs_haproxy.py --rounds 3
    .venv/bin/python benchmarks/tcp_vs_haproxy.py --loads bulk16,connect --engine twisted

`pingpong`: 64 connections, each with 64 bytes there and back at a time. `connect`: connect, 64
bytes there and back, close, one after the other. `bulk1` and `bulk16`: a server that sends as fast
as it can, to one client and to sixteen. `hold`: memory for each of 9,000 connections that rest. In
each round all proxies are measured one after the other; of the rounds the lowest CPU time counts.
All of it is on loopback and bounded in time.
"""

from __future__ import annotations

import argparse
import os
import resource
import selectors
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from measure import Cpus, Failed, cpu_seconds, free_ports, memory_kib, program
from thrift_vs_envoy import now, running

if TYPE_CHECKING:
    from collections.abc import Callable

WARM_S = 1.0
MIB = 1 << 20
HELD = 9000
PIECE = b"x" * 64
THROWN_AWAY = socket.MSG_TRUNC
"""What comes is taken and not copied, so that the client does not hold the others up."""

LINKERD = """
admin: {{ip: 127.0.0.1, port: {admin}}}
routers:
- protocol: tcp
  identifier: {{kind: io.l5d.static, path: /any}}
  dtab: /svc => /$/inet/127.0.0.1/{backend} ;
  servers: [{{port: {port}}}]
"""
HAPROXY = """
global
  nbthread 1
  maxconn 9500
  maxpipes 256
defaults
  mode tcp
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  option splice-request
  option splice-response
listen any
  bind 127.0.0.1:{port}
  server s 127.0.0.1:{backend}
"""
BACK_END = """
import asyncio, os, resource, socket, sys, tempfile, threading
resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
class Echo(asyncio.Protocol):
    def connection_made(self, transport): self.transport = transport
    def data_received(self, data): self.transport.write(data)
async def echo():
    loop = asyncio.get_running_loop()
    await loop.create_server(Echo, "127.0.0.1", int(sys.argv[1]), backlog=4096)
    await asyncio.Event().wait()
def feed(sock, file):
    try:
        while True: os.sendfile(sock.fileno(), file.fileno(), 0, 1 << 20)
    except OSError: pass
def source():
    file = tempfile.TemporaryFile()
    file.write(bytes(1 << 20))
    file.flush()
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    while True:
        sock, _ = listening.accept()
        threading.Thread(target=feed, args=(sock, file), daemon=True).start()
if sys.argv[2] == "source": source()
asyncio.run(echo())
"""


def connected(port: int) -> socket.socket:
    """A connection to the proxy."""
    sock = socket.create_connection(("127.0.0.1", port), 10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def pingpong(port: int, seconds: float) -> float:
    """Pieces there and back."""
    waiting = selectors.DefaultSelector()
    for _ in range(64):
        sock = connected(port)
        sock.sendall(PIECE)
        waiting.register(sock, selectors.EVENT_READ)
    done = 0
    end = now() + seconds
    while now() < end:
        for key, _ in waiting.select(1.0):
            sock = key.fileobj  # type: ignore[assignment]
            if sock.recv(4096) != PIECE:
                raise Failed("a piece did not come back")
            done += 1
            sock.sendall(PIECE)
    for key in list(waiting.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    return done


def connect(port: int, seconds: float) -> float:
    """Connections, each with a piece there and back."""
    done = 0
    end = now() + seconds
    while now() < end:
        with connected(port) as sock:
            sock.sendall(PIECE)
            if sock.recv(4096) != PIECE:
                raise Failed("a piece did not come back")
        done += 1
    return done


def bulk(connections: int) -> Callable[[int, float], float]:
    """A load of so many connections that read; it gives MiB."""

    def load(port: int, seconds: float) -> float:
        waiting = selectors.DefaultSelector()
        room = bytearray(MIB)
        for _ in range(connections):
            waiting.register(connected(port), selectors.EVENT_READ)
        size = 0
        end = now() + seconds
        while now() < end:
            for key, _ in waiting.select(1.0):
                got = key.fileobj.recv_into(room, MIB, THROWN_AWAY)  # type: ignore[union-attr]
                if not got:
                    raise Failed("a connection was closed")
                size += got
        for key in list(waiting.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        return size / MIB

    return load


LOADS: dict[str, tuple[str, str, Callable[[int, float], float]]] = {
    "pingpong": ("echo", "us a piece", pingpong),
    "connect": ("echo", "us a connection", connect),
    "bulk1": ("source", "us a MiB", bulk(1)),
    "bulk16": ("source", "us a MiB", bulk(16)),
}


def held_kib(pid: int, port: int) -> float:
    """Memory for each connection that rests, in KiB."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
    connected(port).close()
    before = memory_kib(pid)
    held = [connected(port) for _ in range(HELD)]
    for sock in held:
        sock.sendall(PIECE)
    for sock in held:
        sock.recv(4096)
    found = (memory_kib(pid) - before) / HELD
    for sock in held:
        sock.close()
    return found


def command(name: str, folder: Path, port: int, backend: int) -> list[str]:
    """Write a proxy's configuration; gives its command."""
    file = folder / f"{name}.conf"
    (admin,) = free_ports(1)
    text = LINKERD if name == "linkerd" else HAPROXY
    file.write_text(text.format(admin=admin, backend=backend, port=port))
    if name == "linkerd":
        return [str(Path(sys.executable).with_name("linkerd")), str(file)]
    found = program("haproxy", "apt-get install --no-install-recommends haproxy")
    return [found, "-db", "-f", str(file)]


def measure(name: str, load: str, folder: Path, cpus: Cpus, seconds: float) -> float:
    """CPU time for each of what the load counts, in microseconds; or KiB for each connection."""
    port, backend = free_ports(2)
    sort, _, run = LOADS.get(load, ("echo", "", pingpong))
    behind = [sys.executable, "-c", BACK_END, str(backend), sort]
    with (
        running(behind, cpus.client, backend, folder / "behind.log"),
        running(command(name, folder, port, backend), cpus.proxy, port, folder / name) as pid,
    ):
        if load == "hold":
            return held_kib(pid, port)
        run(port, WARM_S)
        before = cpu_seconds(pid)
        done = run(port, seconds)
        return (cpu_seconds(pid) - before) * 1e6 / done


def main() -> None:
    """Measure, and print a line for each load."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--loads", default="pingpong,connect,bulk1,bulk16,hold")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--engine", default="auto")
    arguments = parser.parse_args()
    os.environ["LINKERD_ENGINE"] = arguments.engine
    cpus = Cpus.choose()
    if cpus.client is not None:
        os.sched_setaffinity(0, {cpus.client})
    with tempfile.TemporaryDirectory() as folder:
        for load in arguments.loads.split(","):
            best = {
                name: min(
                    measure(name, load, Path(folder), cpus, arguments.seconds)
                    for _ in range(1 if load == "hold" else arguments.rounds)
                )
                for name in ("haproxy", "linkerd")
            }
            unit = LOADS[load][1] if load in LOADS else "KiB a connection"
            figures = ", ".join(f"{name} {cost:.1f}" for name, cost in best.items())
            print(f"{load:9} {unit}: {figures} = {best['linkerd'] / best['haproxy']:.2f}")


if __name__ == "__main__":
    main()
