"""Runs the proxy at full load for minutes, and says what it lost and what it kept.

    .venv/bin/python benchmarks/soak.py --minutes 10

wrk asks for small answers as fast as it gets them. Beside it callers of our own mix: answers from
nothing to a megabyte, by length and in chunks; bodies small, long and in chunks; connections that
are kept, and such that are closed after each request; clients that leave in the middle. Every few
seconds one of the three back ends is stopped, as a deployment would (it finishes what it has), and
started again; long bodies, which cannot be sent twice, go to a fourth that stays. Each answer is
compared with what was asked for.

A line every ten seconds: requests and errors so far, p50 and p99 of our own callers, RSS, open
descriptors, the worst lag of the event loop. At the end: the slope of RSS over the second half, and
descriptors and connections after some seconds of quiet. The exit status is 1 if a request failed,
if the log has a traceback, or if connections are left over. wrk is optional. All of it is on
loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random  # noqa: TID251 - a load, not the proxy
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path

from measure import PROC, Failed, cpu_seconds, free_ports, program, started

now = time.monotonic  # noqa: TID251

CALLERS = 32
TELL_S = 10.0
QUIET_S = 6.0
SIZES = (0, 1, 100, 1000, 5000, 20_000, 100_000, 300_000, 1_000_000)
TROUBLE = re.compile(r"Traceback|Unhandled|reason of our own")

CONFIG = """
admin: {{ip: 127.0.0.1, port: {admin}}}
namers: [{{kind: io.l5d.fs, rootDir: {folder}/disco}}]
routers:
- protocol: http
  dtab: /svc => /#/io.l5d.fs ;
  servers: [{{ip: 127.0.0.1, port: {port}}}]
"""


class BackEnd:
    """Answers `/SIZE` with so many bytes, `/chunks/SIZE` in chunks; takes bodies and counts them.

    On SIGTERM it accepts no more and ends each connection behind the exchange in progress.
    """

    def __init__(self) -> None:
        self.ending = False
        self.resting: set[asyncio.StreamWriter] = set()
        self.open: set[asyncio.StreamWriter] = set()

    async def serve(self, port: int) -> None:
        """Until SIGTERM."""
        server = await asyncio.start_server(self.exchanges, "127.0.0.1", port, backlog=1024)
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await stop.wait()
        self.ending = True
        server.close()
        for writer in list(self.resting):
            writer.close()
        while self.open:
            await asyncio.sleep(0.01)

    async def exchanges(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.open.add(writer)
        try:
            while not self.ending:
                self.resting.add(writer)
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                self.resting.discard(writer)
                taken = await self.body(reader, head)
                await self.answer(writer, head.split(" ")[1], taken)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.resting.discard(writer)
            self.open.discard(writer)
            writer.close()

    async def body(self, reader: asyncio.StreamReader, head: str) -> int:
        """Read a body; its length."""
        taken = 0
        if "transfer-encoding: chunked" in head:
            while size := int(await reader.readuntil(b"\r\n"), 16):
                taken += len(await reader.readexactly(size))
                await reader.readexactly(2)
            await reader.readuntil(b"\r\n")
        elif found := re.search(r"content-length: (\d+)", head):
            while taken < int(found[1]):
                piece = await reader.read(min(65536, int(found[1]) - taken))
                if not piece:
                    raise asyncio.IncompleteReadError(b"", None)
                taken += len(piece)
        return taken

    async def answer(self, writer: asyncio.StreamWriter, path: str, taken: int) -> None:
        """Answer with what the path asks for."""
        size = int(path.rpartition("/")[2])
        close = "Connection: close\r\n" if self.ending else ""
        head = f"HTTP/1.1 200 OK\r\nX-Taken: {taken}\r\n{close}"
        if path.startswith("/chunks/"):
            writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
            while size:
                piece = min(size, 10_000)
                writer.write(b"%x\r\n%b\r\n" % (piece, b"x" * piece))
                size -= piece
                await writer.drain()
            writer.write(b"0\r\n\r\n")
        else:
            writer.write(f"{head}Content-Length: {size}\r\n\r\n".encode() + b"x" * size)
        await writer.drain()


class Callers:
    """The mixed load: how many requests, which errors, how late."""

    def __init__(self, port: int, seed: int) -> None:
        self.port = port
        self.chance = random.Random(seed)
        self.done = 0
        self.left = 0
        self.errors: Counter[str] = Counter()
        self.late: list[float] = []

    async def run(self, end: float) -> None:
        """One caller, until then."""
        stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while now() < end:
            begin = now()
            try:
                if stream is None:
                    stream = await asyncio.open_connection("127.0.0.1", self.port)
                kept = await asyncio.wait_for(self.call(*stream), 20)
                self.done += 1
                self.late.append(now() - begin)
            except Exception as error:
                self.errors[f"{type(error).__name__}: {error}"[:150]] += 1
                kept = False
            if not kept and stream is not None:
                stream[1].close()
                stream = None

    async def call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request; whether the connection can be used again."""
        chance = self.chance
        size, length = chance.choice(SIZES), 0
        path = f"/{chance.choice(('', 'chunks/'))}{size}"
        close = chance.random() < 0.2
        kind = chance.choice(("get", "get", "small", "long", "chunked"))
        fields = "Connection: close\r\n" if close else ""
        host, body = "web", b""
        if kind != "get":
            length = chance.choice((1, 100, 4000) if kind == "small" else (10_000, 400_000))
            body = b"y" * length
            host = "web" if kind == "small" else "up"
        if kind == "chunked":
            fields += "Transfer-Encoding: chunked\r\n"
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (length, body)
        elif body:
            fields += f"Content-Length: {length}\r\n"
        method = "PUT" if body else "GET"
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n".encode() + body)
        if chance.random() < 0.02:
            await asyncio.sleep(chance.random() * 0.01)
            writer.transport.abort()
            self.left += 1
            return False
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        got = await BackEnd().body(reader, head)
        if not head.startswith("http/1.1 200 "):
            raise ValueError(head.replace("\r\n", " "))
        if got != size or f"x-taken: {length}\r\n" not in head:
            raise ValueError(f"{got} bytes instead of {size}")
        return not close and "connection: close" not in head


class Watch:
    """What the proxy keeps, over time."""

    def __init__(self, pid: int, admin: int) -> None:
        self.pid = pid
        self.admin = admin
        self.sizes: list[tuple[float, float]] = []

    def metrics(self) -> dict[str, float]:
        """All metrics."""
        url = f"http://127.0.0.1:{self.admin}/admin/metrics.json"
        with urllib.request.urlopen(url, timeout=10) as answer:
            found: dict[str, float] = json.load(answer)
        return found

    def look(self) -> tuple[float, int]:
        """RSS in MiB, open descriptors."""
        status = (PROC / str(self.pid) / "status").read_text()
        found = re.search(r"VmRSS:\s+(\d+)", status)
        rss = int(found[1]) / 1024 if found else 0.0
        self.sizes.append((now(), rss))
        return rss, len(list((PROC / str(self.pid) / "fd").iterdir()))

    def slope(self) -> float:
        """MiB an hour, over the second half."""
        half = self.sizes[len(self.sizes) // 2 :]
        if len(half) < 3:
            return 0.0
        return statistics.linear_regression(*zip(*half, strict=True)).slope * 3600


async def restarts(commands: list[list[str]], logs: Path, every: float, end: float) -> int:
    """Keep the back ends running, stop and start one after the other; how often that was."""

    def start(number: int) -> subprocess.Popen[bytes]:
        with (logs / f"back-end-{number}").open("ab") as output:
            return subprocess.Popen(commands[number], stdin=subprocess.DEVNULL, stderr=output)

    running = [start(number) for number in range(len(commands))]
    count = 0
    try:
        while now() + every < end:
            await asyncio.sleep(every)
            number = count % (len(running) - 1)
            running[number].terminate()
            await asyncio.to_thread(running[number].wait)
            running[number] = start(number)
            count += 1
        await asyncio.sleep(max(end - now(), 0) + 2 * QUIET_S)
    finally:
        for each in running:
            each.kill()
    return count


async def soak(options: argparse.Namespace, folder: Path, watch: Watch, port: int) -> Callers:
    """The load, and a line now and then."""
    end = now() + options.minutes * 60
    callers = Callers(port, options.seed)
    calling = [asyncio.ensure_future(callers.run(end)) for _ in range(CALLERS)]
    print("  time   requests  errors  p50 ms  p99 ms   RSS MiB   fds  lag ms   CPU", flush=True)
    begin, cpu = now(), cpu_seconds(watch.pid)
    while now() < end:
        told = now()
        while now() < min(told + TELL_S, end):
            await asyncio.sleep(1)
            watch.look()
        late, callers.late = sorted(callers.late) or [0.0], []
        rss, fds = watch.look()
        lag = (await asyncio.to_thread(watch.metrics)).get("l5d/loop_lag_ms.max", 0)
        spent, cpu = cpu_seconds(watch.pid) - cpu, cpu_seconds(watch.pid)
        print(
            f"{now() - begin:5.0f} s {callers.done:10} {sum(callers.errors.values()):7}"
            f" {late[len(late) // 2] * 1000:7.1f} {late[int(len(late) * 0.99)] * 1000:7.1f}"
            f" {rss:9.1f} {fds:5} {lag:7.0f} {spent / TELL_S * 100:4.0f} %",
            flush=True,
        )
    await asyncio.gather(*calling)
    return callers


async def measured(options: argparse.Namespace, folder: Path) -> bool:
    """One run; whether it was without fault."""
    port, admin, *backends = free_ports(6)
    (folder / "disco").mkdir()
    lines = [f"127.0.0.1 {each}\n" for each in backends]
    (folder / "disco" / "web").write_text("".join(lines[:3]))
    (folder / "disco" / "up").write_text(lines[3])
    (folder / "disco" / "any").write_text(lines[3])
    config = folder / "linkerd.yaml"
    config.write_text(CONFIG.format(folder=folder, port=port, admin=admin))
    serving = [[sys.executable, __file__, "serve", str(each)] for each in backends]
    end = now() + options.minutes * 60
    restarting = asyncio.ensure_future(restarts(serving, folder, options.restart, end))
    await asyncio.sleep(1)
    command = [str(Path(sys.executable).with_name("linkerd")), str(config)]
    with started(command, None, port, folder / "log") as (pid, _):
        watch = Watch(pid, admin)
        first = watch.look()[1]
        heavy = wrk(options, port)
        callers = await soak(options, folder, watch, port)
        said = (await asyncio.to_thread(heavy.communicate))[0].decode() if heavy else ""
        await asyncio.sleep(QUIET_S)
        metrics = await asyncio.to_thread(watch.metrics)
        rss, fds = watch.look()
        last = metrics[f"rt/http/server/127.0.0.1/{port}/connections"]
        troubles = TROUBLE.findall((folder / "log").read_text())
        slope = watch.slope()
    restarting.cancel()
    wrong = re.findall(r"Socket errors: .*|Non-2xx.*", said)
    rate = re.findall(r"(\d+) requests in", said)
    print(f"\nwrk: {rate[0] if rate else 'not run'} requests {wrong or ''}")
    print(f"our callers: {callers.done} requests, {callers.left} left, {dict(callers.errors)}")
    print(f"RSS slope over the second half {slope:+.1f} MiB/h, at rest {rss:.1f} MiB")
    print(f"descriptors {first} before, {fds} at rest; {last:.0f} connections of clients left")
    print(f"tracebacks in the log: {len(troubles)}")
    return not (callers.errors or wrong or troubles or last)


def wrk(options: argparse.Namespace, port: int) -> subprocess.Popen[bytes] | None:
    """The heavy part of the load, if wrk is there."""
    try:
        binary = program("wrk", "apt-get install --no-install-recommends wrk")
    except Failed as error:
        print(error, file=sys.stderr)
        return None
    command = [binary, "-t1", f"-c{options.connections}", f"-d{int(options.minutes * 60)}s"]
    command += ["--timeout", "10s", "-H", "Host: web", f"http://127.0.0.1:{port}/100"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)


def main() -> int:
    """Soak and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--connections", type=int, default=64, help="of wrk")
    parser.add_argument("--restart", type=float, default=7.0, help="seconds between two restarts")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        return 0 if asyncio.run(measured(options, Path(name))) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(BackEnd().serve(int(sys.argv[2])))
    else:
        sys.exit(main())
