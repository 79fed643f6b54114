"""Callers in real time: GETs at a steady rate, each timed from the instant it was due.

In: a port and a rate. Out: samples, one a request: when it was due, how long after that the answer
was there, and whether it was a 200. Requests go out whether or not earlier ones are answered, over
as many kept connections as that takes. Nothing is sent twice, whatever happens.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import cast

REQUEST = b"GET / HTTP/1.1\r\nHost: any\r\n\r\n"
PATIENCE_S = 5.0
"""An answer that takes longer has failed."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One request; times in seconds, `due` since the load began."""

    due: float
    took: float
    good: bool


class Calling(asyncio.Protocol):
    """A kept connection that carries one request at a time; `due` is that of the one under way."""

    def __init__(self, callers: Callers) -> None:
        self.callers = callers
        self.transport: asyncio.Transport
        self.due = -1.0
        self.patience: asyncio.TimerHandle | None = None
        self.data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def ask(self, due: float) -> None:
        """Send a request."""
        self.due = due
        self.data = b""
        self.transport.write(REQUEST)
        left = due + PATIENCE_S - self.callers.loop.time()
        self.patience = self.callers.loop.call_later(left, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, mark, body = self.data.partition(b"\r\n\r\n")
        if not mark or self.due < 0.0:
            return
        head = head.lower()
        length = head.partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]
        if len(body) < int(length or 0):
            return
        self.done(head[9:12] == b"200")
        if length and b"\r\nconnection: close" not in head:
            self.callers.idle.append(self)
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.due >= 0.0:
            self.done(False)
        elif self in self.callers.idle:
            self.callers.idle.remove(self)

    def done(self, good: bool) -> None:
        """A request is over."""
        if self.patience is not None:
            self.patience.cancel()
        self.callers.done(self.due, good)
        self.due = -1.0


class Callers:
    """The load on one port."""

    def __init__(self, port: int, rate: float) -> None:
        self.port = port
        self.rate = rate
        self.loop = asyncio.get_running_loop()
        self.idle: list[Calling] = []
        self.opening: set[asyncio.Task[None]] = set()
        self.samples: list[Sample] = []
        self.began = 0.0
        self.count = 0

    async def run(self, seconds: float) -> None:
        """Send for so long, then wait for what is under way."""
        loop = self.loop
        self.began = loop.time()
        self.count = int(self.rate * seconds)
        for number in range(self.count):
            due = self.began + number / self.rate
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            if self.idle:
                self.idle.pop().ask(due)
            else:
                task = asyncio.ensure_future(self.open(due))
                self.opening.add(task)
                task.add_done_callback(self.opening.discard)
        while len(self.samples) < self.count:
            await asyncio.sleep(0.05)
        for each in self.idle:
            each.transport.close()

    async def open(self, due: float) -> None:
        """Ask on a connection of one's own."""
        try:
            opened = self.loop.create_connection(lambda: Calling(self), "127.0.0.1", self.port)
            _, calling = await asyncio.wait_for(opened, PATIENCE_S)
        except OSError:
            self.done(due, False)
        else:
            calling.ask(due)

    def done(self, due: float, good: bool) -> None:
        """A request that was due then is over."""
        self.samples.append(Sample(due - self.began, self.loop.time() - due, good))
