"""Runs the proxy beside Envoy's thrift_proxy and prints what a Thrift call costs each of them.

    .venv/bin/python benchmarks/thrift_vs_envoy.py --rounds 3

Framed binary calls of about 100 bytes in a closed loop, each connection with one call at a time, to
an echoing back end. In each round both proxies are started, warmed up, loaded and ended, one after
the other; of the rounds the lowest CPU time per call counts. Each answer's length and sequence id
are compared with what was asked for. All of it is on loopback and every load is bounded in time.
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import peers
from measure import Cpus, Failed, cpu_seconds, free_ports, on_cpu, program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

now = time.monotonic  # noqa: TID251
LENGTH = struct.Struct(">i")
NAME = b"echo"
TEXT = b"x" * 70
WARM_S = 2.0

CONFIG = """
admin: {{ip: 127.0.0.1, port: {admin}}}
routers:
- protocol: thrift
  dtab: /svc => /$/inet/127.0.0.1/{backend} ;
  servers: [{{port: {port}}}]
"""
BACK_END = """
import asyncio, struct, sys
class Echo(asyncio.Protocol):
    def connection_made(self, transport): self.transport, self.held = transport, b""
    def data_received(self, data):
        data = self.held + data
        while len(data) >= 4 and len(data) >= 4 + struct.unpack(">i", data[:4])[0]:
            size = 4 + struct.unpack(">i", data[:4])[0]
            message, data = data[4:size], data[size:]
            reply = message[:3] + b"\\x02" + message[4:16] + b"\\x0b\\0\\0" + message[19:]
            self.transport.write(struct.pack(">i", len(reply)) + reply)
        self.held = data
async def main():
    await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", int(sys.argv[1]))
    await asyncio.Event().wait()
asyncio.run(main())
"""


def call(sequence: int) -> bytes:
    """A call in its frame: one string as argument."""
    head = b"\x80\x01\x00\x01" + LENGTH.pack(len(NAME)) + NAME + LENGTH.pack(sequence)
    message = head + b"\x0b\x00\x01" + LENGTH.pack(len(TEXT)) + TEXT + b"\0"
    return LENGTH.pack(len(message)) + message


def load(port: int, connections: int, seconds: float) -> int:
    """Call for so long, and give the number of answers. Raises `Failed` for one that is wrong."""
    waiting = selectors.DefaultSelector()
    done = 0
    for number in range(connections):
        sock = socket.create_connection(("127.0.0.1", port), 5)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        frame = call(number)
        waiting.register(sock, selectors.EVENT_READ, [frame, number, b""])
        sock.sendall(frame)
    end = now() + seconds
    while now() < end:
        for key, _ in waiting.select(1.0):
            sock = key.fileobj  # type: ignore[assignment]
            state = key.data
            data = state[2] + sock.recv(65536)
            frame = state[0]
            if len(data) < len(frame):
                if data == state[2]:
                    raise Failed("a connection was closed")
                state[2] = data
                continue
            if len(data) > len(frame) or LENGTH.unpack_from(data, 16)[0] != state[1]:
                raise Failed("an answer is not that of its call")
            state[2] = b""
            done += 1
            sock.sendall(frame)
    for key in list(waiting.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    return done


@contextmanager
def running(command: Sequence[str], cpu: int | None, port: int, log: Path) -> Iterator[int]:
    """Run `command` until the block ends; gives its pid once the port is open."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            on_cpu(cpu, command), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        end = now() + 20.0
        while not is_open(port):
            if process.poll() is not None or now() > end:
                raise Failed(f"{command[0]} does not listen:\n{log.read_text()}")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def is_open(port: int) -> bool:
    """Whether somebody listens."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def linkerd(folder: Path, port: int, backend: int) -> list[str]:
    """Write the configuration of the proxy; gives its command."""
    file = folder / "linkerd.yaml"
    (admin,) = free_ports(1)
    file.write_text(CONFIG.format(admin=admin, backend=backend, port=port))
    return [str(Path(sys.executable).with_name("linkerd")), str(file)]


def envoy(folder: Path, port: int, backend: int) -> list[str]:
    """Write the configuration of Envoy; gives its command."""
    kind = "type.googleapis.com/envoy.extensions.filters.network.thrift_proxy."
    at = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    to = {"socket_address": {"address": "127.0.0.1", "port_value": backend}}
    proxy = {
        "@type": kind + "v3.ThriftProxy",
        "stat_prefix": "x",
        "transport": "FRAMED",
        "protocol": "BINARY",
        "route_config": {
            "name": "r",
            "routes": [{"match": {"method_name": ""}, "route": {"cluster": "c"}}],
        },
        "thrift_filters": [
            {
                "name": "envoy.filters.thrift.router",
                "typed_config": {"@type": kind + "router.v3.Router"},
            }
        ],
    }
    listener = {
        "address": at,
        "filter_chains": [{"filters": [{"name": "t", "typed_config": proxy}]}],
    }
    cluster = {
        "name": "c",
        "connect_timeout": "1s",
        "load_assignment": {
            "cluster_name": "c",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": to}}]}],
        },
    }
    file = folder / "envoy.json"
    file.write_text(
        json.dumps({"static_resources": {"listeners": [listener], "clusters": [cluster]}})
    )
    binary = os.environ.get("ENVOY_BIN") or program("envoy", peers.ENVOY_PACKAGE)
    return [binary, "-c", str(file), "--concurrency", "1", "-l", "error", "--disable-hot-restart"]


PROXIES = {"linkerd": linkerd, "envoy": envoy}


def measure(name: str, folder: Path, cpus: Cpus, arguments: argparse.Namespace) -> float:
    """CPU time of one proxy per call, in microseconds."""
    port, backend = free_ports(2)
    echo = [sys.executable, "-c", BACK_END, str(backend)]
    command = PROXIES[name](folder, port, backend)
    with (
        running(echo, cpus.client, backend, folder / "echo.log"),
        running(command, cpus.proxy, port, folder / f"{name}.log") as pid,
    ):
        load(port, arguments.connections, WARM_S)
        before = cpu_seconds(pid)
        calls = load(port, arguments.connections, arguments.seconds)
        return (cpu_seconds(pid) - before) * 1e6 / calls


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, default=16)
    arguments = parser.parse_args()
    cpus = Cpus.choose()
    best = dict.fromkeys(PROXIES, float("inf"))
    try:
        with tempfile.TemporaryDirectory() as folder:
            for number in range(arguments.rounds):
                for name in PROXIES:
                    spent = measure(name, Path(folder), cpus, arguments)
                    best[name] = min(best[name], spent)
                    print(f"round {number + 1}: {name} {spent:.1f} us of CPU per call", flush=True)
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    ratio = best["linkerd"] / best["envoy"]
    print(f"lowest: linkerd {best['linkerd']:.1f} us, envoy {best['envoy']:.1f} us: {ratio:.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
