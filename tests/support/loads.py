"""Load generators: many requests at set times, and what became of each.

`open_loop` sends at a rate, whether or not answers come, over as many keep-alive connections as
that takes; `closed_loop` keeps a number of connections busy. Both give one `Sample` per request.
Times are `time.monotonic` seconds.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PATIENCE_S = 10.0
"""An answer that takes longer than this has failed."""

now = time.monotonic  # noqa: TID251


@dataclass
class Sample:
    """One request: when it was sent and answered, and how."""

    sent: float
    done: float = 0.0
    status: int = 0
    backend: str = ""
    body: bytes = b""
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether it was answered with 200."""
        return self.status == 200


@dataclass
class Report:
    """All samples of a run. `refused` counts connections that could not be opened."""

    samples: list[Sample] = field(default_factory=list)
    refused: int = 0

    def failed(self) -> list[Sample]:
        """Samples that were not answered with 200."""
        return [each for each in self.samples if not each.ok]

    def unanswered(self) -> list[Sample]:
        """Samples of requests that were sent and never answered in full."""
        return [each for each in self.samples if not each.status]

    def shares(self) -> dict[str, float]:
        """Part of the answers that came from each back end."""
        count: dict[str, int] = {}
        for sample in self.samples:
            count[sample.backend] = count.get(sample.backend, 0) + 1
        return {name: number / len(self.samples) for name, number in count.items()}

    def late_ms(self, quantile: float) -> float:
        """Latency at a quantile, in milliseconds."""
        times = sorted((each.done - each.sent) * 1000 for each in self.samples if each.ok)
        return times[min(len(times) - 1, int(len(times) * quantile))]


class Connection(asyncio.Protocol):
    """A keep-alive connection that carries one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.waiting: asyncio.Future[None] | None = None
        self.sample: Sample
        self.data = b""
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    async def ask(self, raw: bytes, sample: Sample) -> None:
        """Send a request and fill the sample in."""
        self.sample = sample
        self.data = b""
        self.waiting = asyncio.get_running_loop().create_future()
        sample.sent = now()
        self.transport.write(raw)
        try:
            await asyncio.wait_for(self.waiting, PATIENCE_S)
        except TimeoutError:
            sample.error = "timed out"
            self.transport.abort()
        sample.done = now()

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, mark, body = self.data.partition(b"\r\n\r\n")
        if not mark or self.waiting is None:
            return
        lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        if len(body) < int(fields.get("content-length", "0")):
            return
        self.sample.status = int(lines[0].split(" ")[1])
        self.sample.backend = fields.get("x-backend", "")
        self.sample.body = body
        if fields.get("connection") == "close":
            self.closed = True
            self.transport.close()
        self.end()

    def end(self) -> None:
        """Wake who waits."""
        waiting, self.waiting = self.waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self.waiting is not None:
            self.sample.error = f"connection lost: {exc}"
        self.end()


class Caller:
    """Opens connections and keeps those that are idle; the last used goes first."""

    def __init__(self, port: int, host: str, path: str) -> None:
        self.port = port
        self.raw = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
        self.idle: list[Connection] = []
        self.report = Report()

    async def connection(self) -> Connection | None:
        """An open connection, or None (and counted) if there can be none."""
        while self.idle:
            connection = self.idle.pop()
            if not connection.closed:
                return connection
        try:
            _, opened = await asyncio.get_running_loop().create_connection(
                Connection, "127.0.0.1", self.port
            )
        except OSError:
            self.report.refused += 1
            return None
        return opened

    async def call(self, scheduled: float) -> bool:
        """One request; False if there was no connection for it."""
        connection = await self.connection()
        if connection is None:
            return False
        sample = Sample(scheduled)
        self.report.samples.append(sample)
        await connection.ask(self.raw, sample)
        if not connection.closed:
            self.idle.append(connection)
        return True

    def close(self) -> None:
        """Close what is idle."""
        for connection in self.idle:
            connection.transport.close()


async def _open_loop(
    caller: Caller,
    rate: float,
    seconds: float,
    events: Sequence[tuple[float, Callable[[], object]]],
) -> None:
    loop = asyncio.get_running_loop()
    begin = now()
    calls = []
    pending = sorted(events, key=lambda event: event[0])
    acts = [
        loop.call_later(at, lambda act=act: calls.append(loop.run_in_executor(None, act)))
        for at, act in pending
    ]
    for number in range(int(rate * seconds)):
        due = begin + number / rate
        wait = due - now()
        if wait > 0:
            await asyncio.sleep(wait)
        calls.append(asyncio.ensure_future(caller.call(due)))
    await asyncio.gather(*calls)
    for act in acts:
        act.cancel()
    caller.close()


def open_loop(
    port: int,
    rate: float,
    seconds: float,
    host: str = "web",
    path: str = "/",
    events: Sequence[tuple[float, Callable[[], object]]] = (),
) -> Report:
    """Send `rate` GETs a second for `seconds`; `events` are (second, what to do then)."""
    caller = Caller(port, host, path)
    asyncio.run(_open_loop(caller, rate, seconds, events))
    return caller.report


async def _closed_loop(
    caller: Caller,
    connections: int,
    seconds: float,
    event: tuple[float, Callable[[], object]],
    think_s: float,
) -> None:
    loop = asyncio.get_running_loop()
    end = now() + seconds
    done: list[asyncio.Future[object]] = []
    loop.call_later(event[0], lambda: done.append(loop.run_in_executor(None, event[1])))

    async def one(number: int) -> None:
        while now() < end and await caller.call(now()):
            await asyncio.sleep(think_s * number / connections)

    await asyncio.gather(*[one(number) for number in range(connections)])
    await asyncio.gather(*done)
    caller.close()


def closed_loop(
    port: int,
    connections: int,
    seconds: float,
    event: tuple[float, Callable[[], object]],
    host: str = "web",
    path: str = "/",
    think_s: float = 0.0,
) -> Report:
    """Keep `connections` busy for `seconds`, or until no connection can be opened any more.

    `event` is (second, what to do then). After an answer each caller pauses for a time of its own,
    from nothing to `think_s`.
    """
    caller = Caller(port, host, path)
    asyncio.run(_closed_loop(caller, connections, seconds, event, think_s))
    return caller.report
