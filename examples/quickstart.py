"""Runs the proxy on `examples/quickstart.yaml` with the demo back ends beside it.

The proxy becomes this very process, so that signals and its exit code are its own. The back ends
run in a child that ends when the proxy does, however that comes about: the proxy holds the only
writing end of the pipe on which the child waits. The child also says what to try, once the proxy
answers on its admin port, which it opens last.
"""

# ruff: noqa: N802 - Twisted calls these methods by its own names
from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import demo_backends
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectError
from twisted.internet.protocol import Protocol
from twisted.internet.stdio import StandardIO
from twisted.internet.task import deferLater, react

ROOT = Path(__file__).resolve().parent.parent
CONFIG = "examples/quickstart.yaml"
PROXY_PORT = 4140
ADMIN_PORT = 9990

GREETING = f"""
The proxy is ready. Try, in another terminal:

curl -H 'Host: web' http://127.0.0.1:{PROXY_PORT}/
curl -H 'Host: slow' http://127.0.0.1:{PROXY_PORT}/
curl -H 'Host: web' -H 'l5d-dtab: /svc/web => /svc/slow' http://127.0.0.1:{PROXY_PORT}/

Admin page: http://127.0.0.1:{ADMIN_PORT}/
Try next: echo '127.0.0.1 18081' > examples/disco/mine; then ask for 'Host: mine'.
Ctrl-C ends it.
"""


class Closed(Protocol):
    """Reads a stream that says nothing, to learn of its end."""

    def __init__(self) -> None:
        self.end: Deferred[None] = Deferred()

    def connectionLost(self, reason: object = None) -> None:
        """Tell that the stream has ended."""
        self.end.callback(None)


class Ping(Protocol):
    """Asks the admin port whether the proxy is ready."""

    def __init__(self) -> None:
        self.answer: Deferred[bytes] = Deferred()
        self._received = b""

    def connectionMade(self) -> None:
        """Ask."""
        assert self.transport is not None
        self.transport.write(
            b"GET /admin/ping HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )

    def dataReceived(self, data: bytes) -> None:
        """Collect the answer."""
        self._received += data

    def connectionLost(self, reason: object = None) -> None:
        """The answer is complete."""
        self.answer.callback(self._received)


async def greet(reactor: Any) -> None:
    """Say what to try as soon as the proxy is ready."""
    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", ADMIN_PORT, timeout=1)
    while True:
        try:
            ping = await connectProtocol(endpoint, Ping())
            if b" 200 " in await ping.answer:
                break
        except ConnectError:
            pass
        await deferLater(reactor, 0.05)
    print(GREETING, flush=True)


async def beside(reactor: Any) -> None:
    """Be the child: serve until the proxy is gone."""
    closed = Closed()
    StandardIO(closed, reactor=reactor)
    await demo_backends.listen(reactor)
    greeting = Deferred.fromCoroutine(greet(reactor))
    greeting.addErrback(lambda _: None)
    await closed.end


def taken_ports() -> list[int]:
    """Which of the ports needed here somebody else listens on."""
    taken = []
    for port in (PROXY_PORT, ADMIN_PORT, *(b.port for b in demo_backends.BACKENDS)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                taken.append(port)
    return taken


def main() -> None:
    """Start the child, then become the proxy."""
    os.chdir(ROOT)
    if taken := taken_ports():
        for port in taken:
            print(f"Port {port} on 127.0.0.1 is taken; `ss -ltnp` shows by whom.", file=sys.stderr)
        print("Stop that program, then start again.", file=sys.stderr)
        sys.exit(1)
    reading, writing = os.pipe()
    with open(reading, "rb") as stdin:
        subprocess.Popen([sys.executable, __file__, "--beside"], stdin=stdin)
    os.set_inheritable(writing, True)
    # A shell that starts this in the background has Ctrl-C ignored; twistd would keep that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    twistd = str(Path(sys.executable).parent / "twistd")
    os.execv(twistd, [twistd, "--nodaemon", "--pidfile=", "linkerd", CONFIG])


if __name__ == "__main__":
    if sys.argv[1:] == ["--beside"]:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        react(beside)
    else:
        main()
