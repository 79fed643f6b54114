"""A connected TCP socket driven by the engine: receive when ready, send in the same turn.

In come a non-blocking socket and the `Connection` that speaks on it; out go its callbacks. The
transport holds bytes only while the kernel's send buffer is full, so an idle connection holds none.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import TYPE_CHECKING

from linkerd.net.connection import NO_TRANSPORT, Transport
from linkerd.net.descriptors import unacknowledged
from linkerd.net.engine import BROKEN, READ, WRITE
from linkerd.net.errors import reason
from linkerd.net.splice import CHUNK, relay, splice

if TYPE_CHECKING:
    from linkerd.net.connection import Connection
    from linkerd.net.engine import Engine
    from linkerd.net.splice import Splice

# How much is read at once: more while reads come back full and the other side keeps up, so that
# bulk costs fewer system calls, and what a slow reader leaves here stays small.
MAX_CHUNK = 262144
# From this size on a piece is sent at once, while it is in the processor's cache.
BULK = 16384
HIGH_WATER = 65536
PIECES = 64
RESET = struct.pack("ii", 1, 0)


class SocketTransport(Transport):
    """A socket on the engine.

    `interest` is what the engine watches for now; 0 still tells that the peer is gone. After
    `finish` the writing side is shut; after `close` or `abort` nothing is called any more but
    `connection_lost`. `eof` tells that the peer's end has been read, `why` that a write failed:
    then what the peer sent before is still delivered. `pulling` takes what arrives past us,
    `feeding` brings what goes out.
    """

    __slots__ = (
        "chunk",
        "closing",
        "engine",
        "eof",
        "feeding",
        "finishing",
        "interest",
        "out",
        "pulling",
        "sock",
        "waiting",
        "watched",
        "why",
    )

    def __init__(self, engine: Engine, sock: socket.socket, connection: Connection) -> None:
        super().__init__(connection, sock.fileno())
        self.engine = engine
        self.sock = sock
        self.out: list[bytes | memoryview] = []
        self.interest = 0
        self.watched = False
        self.closing = False
        self.eof = False
        self.finishing = False
        self.pulling: Splice | None = None
        self.feeding: Splice | None = None
        self.waiting = 0
        self.chunk = CHUNK
        self.why = ""

    def start(self) -> None:
        """Begin to watch, and tell the connection."""
        self.want(READ)
        self.connection.connected(self)

    def take_over(self, interest: int) -> None:
        """Take the place of who is watched on this socket for `interest`."""
        self.watched = True
        self.interest = interest
        self.engine.table[self.fd] = self

    def want(self, events: int) -> None:
        """Watch for exactly these events."""
        if self.fd < 0:
            return
        if not self.watched:
            self.watched = True
            self.engine.watch(self, events)
        elif events != self.interest:
            self.engine.change(self, events)
        self.interest = events

    def unwatch(self) -> None:
        """Hear nothing any more, not even that the peer is gone."""
        if self.watched:
            self.watched = False
            self.engine.forget(self)
        self.interest = 0

    # -- reading

    def readable(self) -> None:
        """Receive once and hand it on; level-triggered waiting brings the rest."""
        if not self.interest & READ:
            # Paused or closed after the event was reported: another's turn in the same batch.
            return
        if self.pulling is not None:
            self.pulling.pump()
            return
        try:
            data = self.sock.recv(self.chunk)
        except BlockingIOError:
            if self.why:
                self.drop(self.why)
            return
        except OSError as error:
            self.drop(reason(error))
            return
        if data:
            size = len(data)
            self.bytes_in += size
            if size == CHUNK:
                self.chunk = MAX_CHUNK
            elif self.chunk > CHUNK > size:
                # Room for a megabyte costs ten times as much as receiving a small request.
                self.chunk = CHUNK
            self.connection.data_received(data)
        else:
            self.end_of_file()

    def end_of_file(self) -> None:
        """All that the peer sent is read. Its end is level-triggered too: stop watching for it."""
        self.eof = True
        if self.why or (self.finishing and not self.out):
            self.drop(self.why)
            return
        self.want(self.interest & ~READ)
        self.connection.eof_received()

    def ready(self, events: int) -> None:
        if self.fd < 0:
            return
        if events == 0:
            self.over()
            return
        if events & WRITE:
            if self.feeding is not None:
                self.feeding.push()
            else:
                self.flush()
        if events & READ and self.interest & READ:
            self.readable()
        elif events & BROKEN:
            self.broken()

    def over(self) -> None:
        """Nothing more can or shall be written: deliver what is left to read, and end."""
        if self.closing or self.eof:
            self.drop(self.why)
        elif self.interest & READ:
            self.want(READ)
            while self.fd >= 0 and self.interest & READ:
                self.readable()
        else:
            self.broken()

    def broken(self) -> None:
        """Both directions are over; what the peer sent before can still be read."""
        if self.interest & READ:
            self.readable()
        elif self.closing or self.eof:
            error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            self.drop(reason(OSError(error, os.strerror(error))) if error else self.why)
        else:
            self.broken_while_paused()

    def broken_while_paused(self) -> None:
        """End at once only if nothing is left to read; `resume` finds out about the rest.

        Such a socket is ready all the time, so it must not be watched meanwhile.
        """
        if self.pulling is not None:
            # It has bytes of ours, and asks for more when they have gone.
            self.unwatch()
            self.connection.peer_gone()
            return
        try:
            unread = self.sock.recv(1, socket.MSG_PEEK)
            ended = not unread
        except BlockingIOError:
            unread = b""
            ended = False
        except OSError as error:
            self.drop(reason(error))
            return
        if unread:
            self.unwatch()
            self.connection.peer_gone()
        elif ended and self.finishing:
            # Both sides have said their last word, each in its own time: nobody has gone away.
            self.end_of_file()
        else:
            self.drop(self.why or "closed by peer")

    def pause(self) -> None:
        self.chunk = CHUNK
        self.want(self.interest & ~READ)

    def resume(self) -> None:
        if not (self.closing or self.eof):
            self.want(self.interest | READ)
            if self.why:
                self.engine.lost(self)

    # -- writing

    def write(self, data: bytes) -> bool:
        self.out.append(data)
        self.waiting += len(data)
        if not self.interest & WRITE:
            engine = self.engine
            if engine.turning and len(data) < BULK:
                engine.outbox.append(self)
            else:
                self.flush()
        if self.waiting > HIGH_WATER:
            self.blocked = True
        return not self.blocked

    def write_pair(self, first: bytes, second: bytes) -> bool:
        if len(second) < BULK:
            return self.write(first + second)
        self.out.append(first)
        self.waiting += len(first)
        return self.write(second)

    def acknowledged(self) -> int:
        if not self.interest & WRITE:
            return -1
        return self.bytes_out - unacknowledged(self.fd)

    def has_ended(self) -> bool:
        return self.eof

    def splice_to(self, target: Transport, size: int) -> bool:
        return type(target) is SocketTransport and splice(self, target, size)

    def relay_to(self, target: Transport) -> bool:
        return type(target) is SocketTransport and relay(self, target)

    def flush(self) -> None:
        """Send what waits, by one system call; the rest when there is room."""
        out = self.out
        if not out:
            return
        try:
            sent = self.sock.send(out[0]) if len(out) == 1 else self.sock.sendmsg(out[:PIECES])
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self.give_up(reason(error))
            return
        self.bytes_out += sent
        self.waiting -= sent
        if self.waiting == 0:
            out.clear()
            if self.blocked or self.closing or self.finishing:
                self.flushed()
        else:
            self.keep_from(sent)
            self.blocked = True
            self.want(self.interest | WRITE)

    def keep_from(self, sent: int) -> None:
        """Keep what comes behind the first `sent` bytes."""
        out = self.out
        while sent >= len(out[0]):
            sent -= len(out[0])
            del out[0]
        if sent:
            rest = memoryview(out[0])[sent:]
            # A view keeps all of its piece: of what is mostly sent, hold the rest alone.
            out[0] = bytes(rest) if sent > len(rest) else rest

    def flushed(self) -> None:
        """All is sent, after it had to wait or before an end."""
        self.want(self.interest & ~WRITE)
        if self.closing:
            self.depart()
        elif self.finishing:
            self.blocked = False
            self.shut()
        elif self.blocked:
            self.blocked = False
            self.connection.drained()

    def give_up(self, why: str) -> None:
        """End after this turn, because this is in the middle of somebody's call."""
        if self.fd >= 0:
            self.out.clear()
            self.waiting = 0
            self.why = self.why or why
            self.engine.lost(self)

    # -- ending

    def finish(self) -> None:
        if not (self.finishing or self.closing):
            self.finishing = True
            if not self.out:
                self.shut()

    def shut(self) -> None:
        """Say that no more will be written."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            self.give_up(reason(error))
            return
        if self.eof:
            self.give_up("")

    def close(self) -> None:
        self.closing = True
        if self.out:
            self.want(self.interest & WRITE)
        else:
            self.interest = 0
            self.depart()

    def depart(self) -> None:
        """All is sent, and the socket is to be closed."""
        self.give_up("")

    def abort(self) -> None:
        if self.fd >= 0:
            try:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            except OSError:
                pass
            self.out = []
            self.waiting = 0
            self.closing = True
            self.interest = 0
            self.give_up("")

    def fail(self, why: str) -> None:
        self.drop(why)

    def drop(self, why: str) -> None:
        """Forget the socket now and tell the connection, once."""
        if self.fd < 0:
            return
        if self.pulling is not None:
            self.pulling.end()
        if self.feeding is not None:
            self.feeding.end()
        # The system forgets a descriptor that is closed.
        self.watched = False
        self.interest = 0
        self.engine.table.pop(self.fd, None)
        self.fd = -1
        self.engine.discard(self.sock)
        self.out = []
        self.waiting = 0
        connection = self.connection
        try:
            connection.connection_lost(why)
        finally:
            connection.transport = NO_TRANSPORT
