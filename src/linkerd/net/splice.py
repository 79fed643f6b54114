"""Bulk from one socket to another, through the kernel and not through this process.

In come a source, a target and, for a body, how many bytes; out goes `Connection.spliced` on the
source's side when a body is through. A pipe is held only while a body moves, or while there are
bytes of a relay in it, and there is a bound to how many there are; without one, or on another
carrier, all is received and sent as ever. Owned by the engine.
"""

from __future__ import annotations

import fcntl
import os
import sys
from typing import TYPE_CHECKING

from linkerd.net.engine import READ, WRITE
from linkerd.net.errors import reason

if TYPE_CHECKING:
    from linkerd.net.engine import Engine
    from linkerd.net.transport import SocketTransport

PIPE_SIZE = 262144
MOST_PIPES = 256
KEPT_PIPES = 32
# How much is received at once where it goes through this process.
CHUNK = 65536
# A relay that moves less at a time is no bulk any more.
BULK = 16384
# Below this a pipe costs more than it saves.
SPLICE_FROM = 131072
FLAGS = getattr(os, "SPLICE_F_MOVE", 0) | getattr(os, "SPLICE_F_NONBLOCK", 0)
CAN_SPLICE = hasattr(os, "splice")


class Pipe:
    """A pair of descriptors; `inside` bytes are between them."""

    __slots__ = ("inside", "reading", "writing")

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.inside = 0
        try:
            fcntl.fcntl(self.writing, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        except OSError:
            pass  # the user's share of pipe memory is used up; the default size does as well

    def close(self) -> None:
        """Give the descriptors back."""
        os.close(self.reading)
        os.close(self.writing)


class Pipes:
    """The pipes of one engine: some kept for the next body, never more than a bound in use.

    `bound` is the number from which on descriptors are kept for others.
    """

    __slots__ = ("bound", "free", "used")

    def __init__(self, bound: int = sys.maxsize) -> None:
        self.bound = bound
        self.free: list[Pipe] = []
        self.used = 0

    def take(self) -> Pipe | None:
        """An empty pipe, or None if there can be no more."""
        if not CAN_SPLICE or self.used >= MOST_PIPES:
            return None
        try:
            pipe = self.free.pop() if self.free else Pipe()
        except OSError:
            return None
        if pipe.writing >= self.bound:
            pipe.close()
            return None
        self.used += 1
        return pipe

    def give(self, pipe: Pipe) -> None:
        """A pipe is no longer used; one with bytes in it is no good to anybody."""
        self.used -= 1
        if pipe.inside or len(self.free) >= KEPT_PIPES:
            pipe.close()
        else:
            self.free.append(pipe)

    def close(self) -> None:
        """Close those that rest."""
        while self.free:
            self.free.pop().close()


class Splice:
    """`left` bytes on their way from the source, the last of them perhaps still in the pipe."""

    __slots__ = ("left", "pipe", "pipes", "source", "target")

    def __init__(
        self, pipes: Pipes, pipe: Pipe, source: SocketTransport, target: SocketTransport, left: int
    ) -> None:
        self.pipes = pipes
        self.pipe: Pipe | None = pipe
        self.source = source
        self.target = target
        self.left = left

    def pump(self) -> None:
        """The source has bytes: move what there is."""
        pipe = self.pipe
        source = self.source
        if pipe is None:
            return
        try:
            moved = os.splice(source.fd, pipe.writing, min(self.left, PIPE_SIZE), flags=FLAGS)
        except BlockingIOError:
            if source.why:
                source.drop(source.why)
            return
        except OSError as error:
            source.drop(reason(error))
            return
        if moved == 0:
            self.end()
            source.end_of_file()
            return
        source.bytes_in += moved
        pipe.inside += moved
        self.left -= moved
        self.push()

    def push(self) -> None:
        """The pipe has bytes: hand on what the target takes."""
        pipe = self.pipe
        target = self.target
        if pipe is None:
            return
        try:
            while pipe.inside:
                moved = os.splice(pipe.reading, target.fd, pipe.inside, flags=FLAGS)
                pipe.inside -= moved
                target.bytes_out += moved
        except BlockingIOError:
            if self.left:
                self.source.want(self.source.interest & ~READ)
                target.want(target.interest | WRITE)
                return
        except OSError as error:
            self.end()
            target.give_up(reason(error))
            return
        if self.left == 0:
            self.finish(pipe)
        elif target.interest & WRITE:
            target.want(target.interest & ~WRITE)
            self.source.want(self.source.interest | READ)

    def finish(self, pipe: Pipe) -> None:
        """The source has given all; what the target has not taken yet waits as ever."""
        source = self.source
        target = self.target
        rest = os.read(pipe.reading, pipe.inside) if pipe.inside else b""
        pipe.inside = 0
        source.want(source.interest | READ)
        self.end()
        if rest:
            target.write(rest)
        source.connection.spliced()

    def end(self) -> None:
        """Nothing moves any more; may be called again."""
        pipe = self.pipe
        target = self.target
        self.pipe = None
        self.source.pulling = None
        target.feeding = None
        if target.interest & WRITE and not target.out:
            # It waited for room, and has nothing of its own to send.
            target.want(target.interest & ~WRITE)
        if pipe is not None:
            self.pipes.give(pipe)


class Relay(Splice):
    """All that arrives, for as long as it arrives in bulk; then bytes are received as before."""

    __slots__ = ()

    def __init__(self, pipes: Pipes, source: SocketTransport, target: SocketTransport) -> None:
        self.pipes = pipes
        self.pipe = None
        self.source = source
        self.target = target
        self.left = 0

    def pump(self) -> None:
        source = self.source
        pipe = self.pipe = self.pipes.take()
        if pipe is None:
            self.end()
            source.readable()
            return
        try:
            moved = os.splice(source.fd, pipe.writing, PIPE_SIZE, flags=FLAGS)
        except BlockingIOError:
            self.end()
            if source.why:
                source.drop(source.why)
            return
        except OSError as error:
            source.drop(reason(error))
            return
        if moved == 0:
            self.end()
            source.end_of_file()
            return
        source.bytes_in += moved
        pipe.inside = moved
        self.push()
        if moved < BULK and self.pipe is None and source.pulling is self:
            self.end()

    def push(self) -> None:
        pipe = self.pipe
        target = self.target
        if pipe is None:
            return
        try:
            while pipe.inside:
                moved = os.splice(pipe.reading, target.fd, pipe.inside, flags=FLAGS)
                pipe.inside -= moved
                target.bytes_out += moved
        except BlockingIOError:
            self.source.want(self.source.interest & ~READ)
            target.want(target.interest | WRITE)
            return
        except OSError as error:
            self.end()
            target.give_up(reason(error))
            return
        self.pipe = None
        self.pipes.give(pipe)
        if target.interest & WRITE:
            target.want(target.interest & ~WRITE)
            self.source.want(self.source.interest | READ)


def splice(source: SocketTransport, target: SocketTransport, size: int) -> bool:
    """Begin to move a body of `size` bytes; False where that cannot be, or does not pay."""
    if size < SPLICE_FROM or not are_free(source, target):
        return False
    pipes = pipes_of(source.engine)
    pipe = pipes.take()
    if pipe is None:
        return False
    # What comes next will be the head of an answer, with as little of its body as possible.
    source.chunk = CHUNK
    source.pulling = target.feeding = Splice(pipes, pipe, source, target, size)
    return True


def relay(source: SocketTransport, target: SocketTransport) -> bool:
    """Begin to move what comes; False where that cannot be."""
    if not CAN_SPLICE or not are_free(source, target):
        return False
    source.chunk = CHUNK
    source.pulling = target.feeding = Relay(pipes_of(source.engine), source, target)
    return True


def are_free(source: SocketTransport, target: SocketTransport) -> bool:
    """Whether nothing is under way between the two that would be overtaken, and none ends."""
    if source.pulling is not None or target.feeding is not None or target.fd < 0:
        return False
    target.flush()
    return not (target.out or target.why or source.why or source.eof or source.closing)


def pipes_of(engine: Engine) -> Pipes:
    """The pipes of an engine."""
    if engine.pipes is None:
        engine.pipes = Pipes(engine.descriptors.accepted)
    return engine.pipes
