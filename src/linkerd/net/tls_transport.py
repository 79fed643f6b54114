"""A socket on the engine with TLS: OpenSSL reads and writes the socket itself, by the `ssl` module.

In come records, out goes what was in them, as many together as one turn brings; what is written
leaves in records as full as can be. Made by a handshake that is done; owned like its base class.

Nothing that was decrypted stays inside of OpenSSL: it takes no more from the kernel than one
record, and each read asks for a whole one. So the descriptor's readiness tells all there is to know
(but for `held`), and a pause leaves everything in the kernel.
"""

from __future__ import annotations

import os
import socket
import ssl
from typing import TYPE_CHECKING

from linkerd.net.descriptors import unacknowledged
from linkerd.net.engine import READ, WRITE
from linkerd.net.errors import reason
from linkerd.net.splice import CHUNK
from linkerd.net.tls_errors import lost
from linkerd.net.tls_facts import parsed
from linkerd.net.transport import MAX_CHUNK, SocketTransport

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from linkerd.net.connection import Connection, Transport
    from linkerd.net.engine import Engine
    from linkerd.net.security import Security, TlsFacts
    from linkerd.net.tls_stream import TlsStream

RECORD = 16384
# After a record as large as this there is likely to be another; to ask in vain costs a microsecond.
LARGE = 4096


class TlsTransport(SocketTransport):
    """A stream with TLS.

    `held`: read already, but the connection does not want it now; b"" is the peer's close_notify.
    `crossed`: WRITE if reading waits for room, READ if writing waits for the peer (0: neither), as
    happens where keys change. `farewell`: what is left to send of our own close_notify.
    """

    __slots__ = (
        "crossed",
        "der",
        "farewell",
        "held",
        "keeps",
        "reminded",
        "security",
        "shown",
        "stream",
        "tls",
    )

    def __init__(
        self,
        engine: Engine,
        sock: socket.socket,
        stream: TlsStream,
        connection: Connection,
        security: Security,
        facts: TlsFacts,
    ) -> None:
        super().__init__(engine, sock, connection)
        self.stream = stream
        self.security = security
        self.tls: TlsFacts = facts
        self.der = stream.getpeercert(True) or b""
        self.shown: Certificate | None = None
        self.held: bytes | None = None
        self.reminded = False
        self.crossed = 0
        self.farewell = b""
        # A client's session can be kept only when its tickets have come, with the first bytes.
        self.keeps = not (stream.server_side or facts.resumed)

    @property
    def certificate(self) -> Certificate | None:  # type: ignore[override]
        """What the peer has shown, parsed when it is asked for."""
        if self.shown is None and self.der:
            self.shown = parsed(self.der)
        return self.shown

    # -- reading

    def readable(self) -> None:
        """Read what is there, up to a bound, and hand it on at once."""
        if not self.interest & READ:
            return
        if self.crossed == READ:
            self.crossed = 0
            self.flush()
        data = self.held
        if data is None:
            data = self.read_record()
            if data is None:
                return
        else:
            self.held = None
        if not data:
            self.end_of_file()
            return
        why = ""
        if len(data) >= LARGE:
            data, why = self.read_more(data)
        self.bytes_in += len(data)
        if self.keeps:
            self.keep_session()
        self.connection.data_received(data)
        if why:
            self.drop(why)

    def read_record(self) -> bytes | None:
        """One record; b"" is the peer's close_notify, None that there is nothing to tell."""
        try:
            return self.stream.read(RECORD)
        except ssl.SSLZeroReturnError:
            return b""
        except ssl.SSLWantReadError:
            if self.why:
                self.drop(self.why)
        except ssl.SSLWantWriteError:
            self.crossed = WRITE
            self.want(self.interest | WRITE)
        except OSError as error:
            self.drop(lost(error))
        return None

    def read_more(self, data: bytes) -> tuple[bytes, str]:
        """Join what follows a large record; also why the stream has ended behind it."""
        read = self.stream.read
        pieces = [data]
        size = len(data)
        why = ""
        try:
            while size < self.chunk:
                data = read(RECORD)
                if not data:
                    self.end_later()
                    break
                pieces.append(data)
                size += len(data)
                if len(data) < LARGE:
                    break
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except ssl.SSLZeroReturnError:
            self.end_later()
        except OSError as error:
            why = lost(error)
        self.chunk = MAX_CHUNK if size >= CHUNK else CHUNK
        return b"".join(pieces), why

    def end_later(self) -> None:
        """The peer's close_notify came right behind its bytes."""
        self.held = b""
        self.remind()

    def keep_session(self) -> None:
        """Remember how to come to this peer again at less cost."""
        self.keeps = False
        session = self.stream.session
        if session is not None and (session.has_ticket or self.tls.version != "TLSv1.3"):
            self.security.keep_session(self.peer, self.stream.context, session)

    def ready(self, events: int) -> None:
        if self.fd < 0:
            return
        if events == 0 and self.reminded:
            self.reminded = False
            if self.held is not None:
                self.readable()
            return
        if events & WRITE and self.crossed == WRITE:
            self.crossed = 0
            if not self.out:
                self.want(self.interest & ~WRITE)
            self.readable()
        super().ready(events)

    def resume(self) -> None:
        super().resume()
        if self.held is not None and self.interest & READ:
            self.remind()

    def remind(self) -> None:
        """Have `held` looked at after this turn, for the kernel knows nothing of it."""
        if not self.reminded:
            self.reminded = True
            self.engine.lost(self)

    def broken(self) -> None:
        over = self.closing or (self.finishing and self.eof)
        if over and not (self.waiting or self.interest & WRITE):
            # A peer that is gone has answered our close_notify with a reset.
            self.drop(self.why)
        else:
            super().broken()

    def broken_while_paused(self) -> None:
        """Only a record that can be read tells what is left; it is held for `resume`."""
        if self.held is None:
            self.held = self.read_record()
            if self.fd < 0 or self.crossed:
                return
        if self.held:
            self.unwatch()
            self.connection.peer_gone()
        elif self.held is not None and self.finishing:
            self.held = None
            self.end_of_file()
        else:
            self.drop(self.why or "closed by peer")

    # -- writing

    def splice_to(self, target: Transport, size: int) -> bool:
        return False

    def relay_to(self, target: Transport) -> bool:
        return False

    def acknowledged(self) -> int:
        if not self.interest & WRITE:
            return -1
        return max(self.bytes_out - unacknowledged(self.fd), 0)

    def flush(self) -> None:
        """Send what waits, record by record; the rest when there is room."""
        out = self.out
        if not out:
            if self.farewell or (self.closing and self.interest & WRITE):
                self.flushed()
            return
        write = self.stream.write
        try:
            while out:
                piece = out[0]
                if len(piece) < RECORD and len(out) > 1:
                    piece = self.join()
                # OpenSSL sends one record of it. After a failure the same bytes must come again.
                sent = write(piece) if piece else 0
                self.bytes_out += sent
                self.waiting -= sent
                if sent == len(piece):
                    del out[0]
                else:
                    out[0] = memoryview(piece)[sent:]
        except ssl.SSLWantWriteError:
            self.wait_for_room()
            return
        except ssl.SSLWantReadError:
            self.crossed = READ
            self.blocked = True
            return
        except OSError as error:
            self.give_up(lost(error))
            return
        if self.blocked or self.closing or self.finishing:
            self.flushed()

    def join(self) -> bytes | memoryview:
        """Fill a record from the first pieces."""
        out = self.out
        pieces: list[bytes | memoryview] = []
        room = RECORD
        while out and room:
            piece = out[0]
            if len(piece) > room:
                pieces.append(memoryview(piece)[:room])
                out[0] = memoryview(piece)[room:]
                break
            pieces.append(piece)
            room -= len(piece)
            del out[0]
        joined = b"".join(pieces)
        out.insert(0, joined)
        return joined

    def wait_for_room(self) -> None:
        """The kernel takes no more; do not keep a large piece for its small rest."""
        rest = self.out[0]
        if isinstance(rest, memoryview) and len(rest) < len(rest.obj) // 2:  # type: ignore[arg-type]
            self.out[0] = bytes(rest)
        self.blocked = True
        self.want(self.interest | WRITE)

    # -- ending

    def depart(self) -> None:
        """Say that this was all before the socket is closed."""
        if self.farewell:
            self.want(self.interest | WRITE)
            return
        if not self.finishing and self.fd >= 0:
            try:
                self.stream.shutdown()
            except ssl.SSLWantWriteError:
                self.want(self.interest | WRITE)
                return
            except (OSError, ValueError):
                pass  # it is sent, and the peer's own is not waited for; or the peer is gone
        super().depart()

    def flushed(self) -> None:
        if not self.farewell:
            super().flushed()
            return
        self.shut()
        if not self.farewell:
            self.want(self.interest & ~WRITE)

    def shut(self) -> None:
        """Say that no more will be written, in TLS and then in TCP."""
        if not self.farewell:
            self.farewell = close_notify(self.sock, self.stream)
        try:
            if self.farewell:
                sent = self.sock.send(self.farewell)
                self.farewell = self.farewell[sent:]
            if not self.farewell:
                self.sock.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            pass
        except OSError as error:
            self.give_up(reason(error))
            return
        if self.farewell:
            self.want(self.interest | WRITE)
        elif self.eof or self.closing:
            self.give_up("")

    def drop(self, why: str) -> None:
        if self.fd >= 0:
            try:
                super().drop(why)
            finally:
                self.security.closed(self)


def close_notify(sock: socket.socket, stream: TlsStream) -> bytes:
    """What OpenSSL would send for an end of our direction; b"" if it has sent it.

    The `ssl` module has one call for an end of both directions: where the peer still sends, that
    call takes its bytes for a breach of the protocol and the stream is lost. So OpenSSL gets a
    silent peer for as long as the call takes.
    """
    fd = sock.fileno()
    try:
        kept = os.dup(fd)
    except OSError:
        return said(stream)
    try:
        near, silent = socket.socketpair()
    except OSError:
        os.close(kept)
        return said(stream)
    with near, silent:
        near.setblocking(False)
        silent.setblocking(False)
        os.dup2(near.fileno(), fd, inheritable=False)
        try:
            said(stream)
        finally:
            os.dup2(kept, fd, inheritable=False)
            os.close(kept)
        try:
            return silent.recv(RECORD)
        except BlockingIOError:
            return b""


def said(stream: TlsStream) -> bytes:
    """Send close_notify; nothing is left to be sent then."""
    try:
        stream.shutdown()
    except (OSError, ValueError):
        pass  # the peer's own close_notify has not come
    return b""
