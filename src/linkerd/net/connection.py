"""The hot base classes of the data plane: who moves bytes, and who is told about them.

A `Transport` owns one socket (or stands for one in memory or on Twisted's stock transports); a
`Connection` is what a protocol factory builds per socket. They call each other directly, without
Deferreds or queues. Whoever made the pair owns it until `connection_lost`, which comes exactly
once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from linkerd.net.security import TlsFacts


class Source:
    """A descriptor that the engine may watch: a transport, a listening socket, the reactor.

    `fd` is -1 where there is none (memory, Twisted's stock transports, after the end).
    """

    __slots__ = ("fd",)

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def readable(self) -> None:
        """The descriptor can be read and nothing else is known about it."""

    def ready(self, events: int) -> None:
        """Any other combination of events; 0 means that a write found the peer gone."""

    def flush(self) -> None:
        """Send what was written since the last turn."""

    def fail(self, why: str) -> None:
        """An exception of ours escaped while this source was served: give it up."""


class Transport(Source):
    """One open byte stream, as a `Connection` sees it.

    `peer` and `host` are (address, port) pairs, `bytes_in` and `bytes_out` totals so far. `blocked`
    tells that the peer takes no more for now: `Connection.drained` will say when it does.
    """

    __slots__ = ("blocked", "bytes_in", "bytes_out", "connection", "host", "peer")

    def __init__(self, connection: Connection, fd: int = -1) -> None:
        super().__init__(fd)
        self.connection = connection
        self.peer: tuple[str, int] = ("", 0)
        self.host: tuple[str, int] = ("", 0)
        self.bytes_in = 0
        self.bytes_out = 0
        self.blocked = False

    certificate: Certificate | None = None
    """What the peer has shown of itself; only a transport with TLS has one."""
    tls: TlsFacts | None = None
    """What was agreed on in the handshake, on a transport with TLS."""

    def hand_over(self, connection: Connection) -> None:
        """From now on tell this connection what happens; its `connected` is the caller's part."""
        self.connection = connection

    def write(self, data: bytes) -> bool:
        """Send, by the end of the engine's turn; False: stop feeding until `drained`."""
        raise NotImplementedError

    def write_pair(self, first: bytes, second: bytes) -> bool:
        """Send two pieces as one write, without joining them where they are large."""
        raise NotImplementedError

    def sent(self) -> int:
        """How many bytes the system has taken so far; `write` may hold more."""
        return self.bytes_out

    def acknowledged(self) -> int:
        """How many bytes the peer has taken; -1 if none wait to be sent to it."""
        return self.sent() if self.blocked else -1

    def has_ended(self) -> bool:
        """Whether the peer's end of file has been read."""
        return False

    def splice_to(self, target: Transport, size: int) -> bool:
        """Give the next `size` bytes that arrive straight to `target`, if that can be done here.

        True: the connection hears of them by `spliced`, when they are through, and nobody else
        writes to `target` before.
        """
        return False

    def relay_to(self, target: Transport) -> bool:
        """Give what arrives straight to `target`, while it comes in bulk, if that can be done here.

        True: the connection hears nothing of those bytes, but of their end as ever.
        """
        return False

    def pause(self) -> None:
        """Read nothing until `resume`, but for a piece that has already been announced."""
        raise NotImplementedError

    def resume(self) -> None:
        """Read again."""
        raise NotImplementedError

    def finish(self) -> None:
        """Send what waits, then close for writing; reading goes on until the peer closes too."""
        raise NotImplementedError

    def close(self) -> None:
        """Send what waits, then close."""
        raise NotImplementedError

    def abort(self) -> None:
        """Close at once with a reset: the peer must not take what it got for complete."""
        raise NotImplementedError


class Connection:
    """What happens on one byte stream; subclasses speak a protocol."""

    __slots__ = ("transport",)

    def __init__(self) -> None:
        self.transport: Transport = NO_TRANSPORT

    def connected(self, transport: Transport) -> None:
        """The stream is open."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes arrived."""
        raise NotImplementedError

    def eof_received(self) -> None:
        """The peer will send no more; the other direction may still be open. Default: close."""
        self.transport.close()

    def drained(self) -> None:
        """All that `write` had kept back is with the kernel now."""

    def spliced(self) -> None:
        """All that `Transport.splice_to` was asked for has gone to the other transport."""

    def timed_out(self, why: str) -> None:
        """No byte has moved for longer than `socketOptions` allow. Default: break off."""
        self.transport.abort()

    def peer_gone(self) -> None:
        """While reading is paused: the peer takes nothing more, but left bytes to be read.

        Default: `resume` will bring them, and then the end.
        """

    def connection_lost(self, why: str) -> None:
        """The stream is gone; `why` is empty after an orderly end. Called exactly once."""


class NoTransport(Transport):
    """Stands where no transport is: before `connected` and after `connection_lost`."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type]

    def write(self, data: bytes) -> bool:
        return True

    def write_pair(self, first: bytes, second: bytes) -> bool:
        return True

    def pause(self) -> None:
        pass

    def resume(self) -> None:
        pass

    def finish(self) -> None:
        pass

    def close(self) -> None:
        pass

    def abort(self) -> None:
        pass


NO_TRANSPORT = NoTransport()
