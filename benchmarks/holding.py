"""The two ends around a proxy under held connections: who holds them, and a patient back end.

    holding.py hold MODE PORT COUNT PERIOD_S      opens connections and keeps them; see `MODES`
    holding.py serve PORT                         answers /big with a megabyte, all else shortly

`hold` prints a line a second: how many are open, how many it had to open again. A connection that
is closed on is replaced at once. Both run until killed, on loopback.
"""

from __future__ import annotations

import asyncio
import errno
import select
import socket
import sys
import time
from dataclasses import dataclass

now = time.monotonic  # noqa: TID251

SOURCES = 8
"""Source addresses 127.0.0.2 and on: one alone has too few ports."""
OPENED_AT_ONCE = 25
STEP_S = 0.02
SMALL_WINDOW = 4096
SEGMENT = 1460
"""As on Ethernet: for loopback's large segments the system makes large send buffers."""
GONE = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR


@dataclass(frozen=True)
class Mode:
    """What is sent first, what once a period; `reads`: so many bytes are taken once a period."""

    first: bytes
    drip: bytes = b""
    reads: int = 0


MODES = {
    "idle": Mode(b""),
    "head": Mode(b"GET / HTTP/1.1\r\nHost: web\r\nX-Slow: ", b"a"),
    "body": Mode(
        b"PUT /up HTTP/1.1\r\nHost: web\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 8192, b"x"
    ),
    "read": Mode(b"GET /big HTTP/1.1\r\nHost: web\r\n\r\n", reads=64),
}


class Holder:
    """Open connections in a list; each is visited once a period."""

    def __init__(self, mode: Mode, port: int, count: int, period_s: float) -> None:
        self.mode = mode
        self.port = port
        self.count = count
        self.period_s = period_s
        self.epoll = select.epoll()
        self.open: dict[int, socket.socket] = {}
        self.opened = 0
        self.order: list[int] = []
        self.at = 0

    def dial(self) -> None:
        """Open one more."""
        sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        if self.mode.reads:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_WINDOW)
        sock.bind((f"127.0.0.{2 + self.opened % SOURCES}", 0))
        self.opened += 1
        if sock.connect_ex(("127.0.0.1", self.port)) not in (0, errno.EINPROGRESS):
            sock.close()
            return
        self.open[sock.fileno()] = sock
        self.order.append(sock.fileno())
        self.epoll.register(sock.fileno(), select.EPOLLOUT | GONE)

    def ready(self) -> None:
        """Send the first bytes on new connections, forget those that are gone."""
        for fd, events in self.epoll.poll(STEP_S):
            sock = self.open[fd]
            if events & GONE:
                self.drop(fd)
            else:
                self.epoll.modify(fd, GONE)
                self.send(fd, sock, self.mode.first)

    def send(self, fd: int, sock: socket.socket, data: bytes) -> None:
        """Send, if there is something and the connection still stands."""
        try:
            if data:
                sock.send(data)
        except BlockingIOError:
            pass
        except OSError:
            self.drop(fd)

    def visit(self, fd: int) -> None:
        """What is done once a period."""
        sock = self.open[fd]
        if self.mode.reads:
            try:
                if not sock.recv(self.mode.reads):
                    self.drop(fd)
            except BlockingIOError:
                pass
            except OSError:
                self.drop(fd)
        else:
            self.send(fd, sock, self.mode.drip)

    def drop(self, fd: int) -> None:
        """A connection is gone."""
        self.open.pop(fd).close()

    def run(self) -> None:
        """Hold on."""
        last = told = now()
        owed = 0.0
        while True:
            for _ in range(min(self.count - len(self.open), OPENED_AT_ONCE)):
                self.dial()
            self.ready()
            time.sleep(STEP_S / 2)
            owed += len(self.order) * (now() - last) / self.period_s
            last = now()
            for _ in range(min(int(owed), len(self.order))):
                owed -= 1
                self.at = (self.at + 1) % len(self.order)
                if self.order[self.at] in self.open:
                    self.visit(self.order[self.at])
            if last - told > 1:
                told = last
                self.order = list(self.open)
                self.at %= max(len(self.order), 1)
                print(len(self.open), max(self.opened - self.count, 0), flush=True)


async def serve(port: int) -> None:
    """A back end that takes bodies without end."""

    async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                left = int(length or 0)
                while left:
                    piece = await reader.read(min(left, 65536))
                    if not piece:
                        return
                    left -= len(piece)
                size = 1_000_000 if head.startswith(b"get /big ") else 100
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
                while size:
                    writer.write(b"x" * min(size, 16384))
                    size -= min(size, 16384)
                    await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = socket.create_server(("127.0.0.1", port), backlog=4096)
    # All that the back end has on its way would add up to more than the system has for TCP.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_WINDOW * 4)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = await asyncio.start_server(exchange, sock=listening)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        if sys.argv[1] == "serve":
            asyncio.run(serve(int(sys.argv[2])))
        else:
            Holder(MODES[sys.argv[2]], *map(int, sys.argv[3:5]), float(sys.argv[5])).run()
    except KeyboardInterrupt:
        pass
