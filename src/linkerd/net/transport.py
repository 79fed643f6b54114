"""A connected TCP socket driven by the engine: send at once, receive when ready.

In come a non-blocking socket and the `Connection` that speaks on it; out go its callbacks. The
transport holds bytes only while the kernel's send buffer is full, so an idle connection holds none.
"""

from __future__ import annotations

import errno
import socket
import struct
from typing import TYPE_CHECKING

from linkerd.net.connection import NO_TRANSPORT, Transport
from linkerd.net.engine import BROKEN, READ, WRITE

if TYPE_CHECKING:
    from linkerd.net.connection import Connection
    from linkerd.net.engine import Engine

CHUNK = 65536
JOIN_UP_TO = 16384
RESET = struct.pack("ii", 1, 0)


class SocketTransport(Transport):
    """A socket on the engine.

    `interest` is what the engine watches for now (0: the descriptor is not registered). After
    `finish` the writing side is shut; after `close` or `abort` nothing is called any more but
    `connection_lost`.
    """

    __slots__ = ("closing", "engine", "finishing", "interest", "out", "sock", "why")

    def __init__(self, engine: Engine, sock: socket.socket, connection: Connection) -> None:
        super().__init__(connection, sock.fileno())
        self.engine = engine
        self.sock = sock
        self.out: list[bytes | memoryview] = []
        self.interest = 0
        self.closing = False
        self.finishing = False
        self.why = ""

    def start(self) -> None:
        """Begin to watch, and tell the connection."""
        self.want(READ)
        self.connection.connected(self)

    def want(self, events: int) -> None:
        """Watch for exactly these events."""
        if events == self.interest or self.fd < 0:
            return
        if self.interest == 0:
            self.engine.watch(self, events)
        elif events == 0:
            self.engine.forget(self)
        else:
            self.engine.change(self, events)
        self.interest = events

    # -- reading

    def readable(self) -> None:
        """Receive once and hand it on; level-triggered waiting brings the rest."""
        try:
            data = self.sock.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self.drop(reason(error))
            return
        if data:
            self.bytes_in += len(data)
            self.connection.data_received(data)
        else:
            # End of file is level-triggered too: stop watching for it.
            self.want(self.interest & ~READ)
            if self.finishing and not self.out:
                self.drop("")
            else:
                self.connection.eof_received()

    def ready(self, events: int) -> None:
        if self.fd < 0:
            return
        if events == 0:
            self.drop(self.why)
            return
        if events & WRITE:
            self.flush()
        if events & READ and self.interest & READ:
            self.readable()
        elif events & BROKEN:
            self.broken()

    def broken(self) -> None:
        """Both directions are over; data may still wait to be read unless reading is on."""
        if self.interest & READ:
            self.readable()
        else:
            error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            self.drop(reason(OSError(error, "")) if error else "closed by peer")

    def pause(self) -> None:
        self.want(self.interest & ~READ)

    def resume(self) -> None:
        if not self.closing:
            self.want(self.interest | READ)

    # -- writing

    def write(self, data: bytes) -> bool:
        if self.out:
            self.out.append(data)
            self.waiting += len(data)
            return False
        try:
            sent = self.sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self.give_up(reason(error))
            return True
        self.bytes_out += sent
        if sent == len(data):
            return True
        self.keep(data, sent)
        return False

    def write_pair(self, first: bytes, second: bytes) -> bool:
        if self.out or len(second) <= JOIN_UP_TO:
            return self.write(first + second)
        try:
            sent = self.sock.sendmsg((first, second))
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self.give_up(reason(error))
            return True
        self.bytes_out += sent
        if sent == len(first) + len(second):
            return True
        if sent < len(first):
            self.keep(first, sent)
            self.out.append(second)
            self.waiting += len(second)
        else:
            self.keep(second, sent - len(first))
        return False

    def keep(self, data: bytes, sent: int) -> None:
        """Hold the unsent rest and wait for room."""
        rest = memoryview(data)[sent:]
        self.out.append(rest)
        self.waiting += len(rest)
        self.want(self.interest | WRITE)

    def flush(self) -> None:
        """Send what waits; when all is gone tell the connection, or carry out a pending close."""
        out = self.out
        try:
            while out:
                piece = out[0]
                sent = self.sock.send(piece)
                self.bytes_out += sent
                self.waiting -= sent
                if sent < len(piece):
                    out[0] = memoryview(piece)[sent:]
                    return
                del out[0]
        except BlockingIOError:
            return
        except OSError as error:
            self.drop(reason(error))
            return
        self.want(self.interest & ~WRITE)
        if self.closing:
            self.drop("")
        elif self.finishing:
            self.shut()
        else:
            self.connection.drained()

    def give_up(self, why: str) -> None:
        """A write failed in the middle of somebody's call: report the loss after this turn."""
        if self.fd >= 0 and not self.why:
            self.why = why
            self.engine.lost(self)

    # -- ending

    def finish(self) -> None:
        self.finishing = True
        if not self.out:
            self.shut()

    def shut(self) -> None:
        """Say that no more will be written."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            self.give_up(reason(error))

    def close(self) -> None:
        self.closing = True
        if self.out:
            self.want(WRITE)
        elif not self.why:
            self.why = ""
            self.engine.lost(self)
            self.want(0)

    def abort(self) -> None:
        if self.fd >= 0:
            try:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            except OSError:
                pass
            self.out = []
            self.close()

    def fail(self, why: str) -> None:
        self.drop(why)

    def drop(self, why: str) -> None:
        """Forget the socket now and tell the connection, once."""
        if self.fd < 0:
            return
        if self.interest:
            self.engine.forget(self)
            self.interest = 0
        self.fd = -1
        self.engine.discard(self.sock)
        self.out = []
        self.waiting = 0
        connection = self.connection
        connection.connection_lost(why)
        connection.transport = NO_TRANSPORT


def reason(error: OSError) -> str:
    """A short stable text for a socket error."""
    if error.errno in (errno.ECONNRESET, errno.EPIPE):
        return "connection reset by peer"
    if error.errno == errno.ETIMEDOUT:
        return "connection timed out"
    return (error.strerror or errno.errorcode.get(error.errno or 0, "socket error")).lower()
