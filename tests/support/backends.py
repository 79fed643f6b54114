"""Back ends for tests: one of our own that can do what a test asks for, and real servers.

Run as a program, this file is the back end of our own: `backends.py NAME PORT DELAY_S IP`. The path
of a request says what it answers; every answer carries its name in `X-Backend`. The functions start
it, or a real server, on loopback and end it with the block. `Recorder` lives in the test's own
process and keeps every byte it gets.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from tests.support.processes import Program

PIECE = 65536
ZEROS = bytes(PIECE)


class Origin:
    """The back end of our own: one HTTP/1.1 exchange after another on each connection."""

    def __init__(self, name: str, delay_s: float) -> None:
        self.name = name
        self.delay_s = delay_s

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        try:
            while await self.exchange(reader, writer):
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False ends the connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        fields = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
        what, _, size = target.partition("?")[0].lstrip("/").partition("/")
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if fields.get("expect") == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = _body(reader, fields)
        if what == "echo":
            writer.write(self.head(200, {"Transfer-Encoding": "chunked"}))
            async for piece in body:
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await writer.drain()
            writer.write(b"0\r\n\r\n")
            return True
        digest, length = hashlib.sha256(), 0
        async for piece in body:
            digest.update(piece)
            length += len(piece)
        number = int(size) if size.isdigit() else 0
        if what in ("bytes", "chunks", "until-close"):
            return await self.stream(writer, method, what, number)
        status, content, extra = 200, f"{self.name}\n".encode(), {}
        if what == "status":
            status, content = number, b"" if number in (204, 304) else content
        elif what == "digest":
            content = json.dumps({"length": length, "sha256": digest.hexdigest()}).encode()
        elif what == "request":
            content = "\n".join(head).encode()
        elif what == "hints":
            writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")
        elif what == "trailers":
            writer.write(self.head(200, {"Transfer-Encoding": "chunked", "Trailer": "X-Sum"}))
            writer.write(b"5\r\nhello\r\n0\r\nX-Sum: 532\r\n\r\n")
            return True
        elif what == "break":
            writer.write(self.head(200, {"Content-Length": str(number or 100000)}) + b"half")
            return False
        if status not in (204, 304):
            extra = {"Content-Length": str(len(content))}
        writer.write(self.head(status, extra) + (b"" if method == "HEAD" else content))
        return fields.get("connection") != "close"

    async def stream(self, writer: asyncio.StreamWriter, method: str, what: str, size: int) -> bool:
        """Send a body of `size` zeros no faster than it is read."""
        framing = {
            "bytes": {"Content-Length": str(size)},
            "chunks": {"Transfer-Encoding": "chunked"},
            "until-close": {"Connection": "close"},
        }
        writer.write(self.head(200, framing[what]))
        for at in range(0, 0 if method == "HEAD" else size, PIECE):
            piece = ZEROS[: min(PIECE, size - at)]
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if what == "chunks" else piece)
            await writer.drain()
        if what == "chunks" and method != "HEAD":
            writer.write(b"0\r\n\r\n")
        return what != "until-close"

    def head(self, status: int, fields: Mapping[str, str]) -> bytes:
        """Head of an answer."""
        lines = [f"HTTP/1.1 {status} Whatever", f"X-Backend: {self.name}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _body(reader: asyncio.StreamReader, fields: Mapping[str, str]) -> AsyncIterator[bytes]:
    """Pieces of a request's body."""
    if fields.get("transfer-encoding") == "chunked":
        while left := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            async for piece in _exactly(reader, left):
                yield piece
            await reader.readexactly(2)
        while await reader.readuntil(b"\r\n") != b"\r\n":
            pass
    else:
        async for piece in _exactly(reader, int(fields.get("content-length", "0"))):
            yield piece


async def _exactly(reader: asyncio.StreamReader, left: int) -> AsyncIterator[bytes]:
    while left:
        piece = await reader.read(min(left, PIECE))
        if not piece:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(piece)
        yield piece


async def _run(name: str, port: int, delay_s: float, ip: str) -> None:
    origin = Origin(name, delay_s)
    server = await asyncio.start_server(origin.serve, ip, port, backlog=1024)
    await server.serve_forever()


@contextmanager
def _server(
    command: Sequence[str], port: int, folder: Path, wait: bool = True
) -> Iterator[Program]:
    from tests.support.processes import running

    log = folder / f"back-end-{port}.log"
    with running(command, log, os.environ, folder) as program:
        if wait:
            program.wait_open(port)
        yield program


@contextmanager
def origin(
    name: str,
    port: int,
    folder: Path,
    delay_s: float = 0.0,
    wait: bool = True,
    ip: str = "127.0.0.1",
) -> Iterator[Program]:
    """Run the back end of our own; the block begins once it listens, unless `wait` is false.

    With the ip 0.0.0.0 it is reached at every address of 127.0.0.0/8.
    """
    command = [sys.executable, str(Path(__file__).resolve()), name, str(port), str(delay_s), ip]
    with _server(command, port, folder, wait) as program:
        yield program


@contextmanager
def http_server(www: Path, port: int, folder: Path) -> Iterator[Program]:
    """Run `python -m http.server` on the files of `www`."""
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with _server([*command, "--directory", str(www)], port, folder) as program:
        yield program


@contextmanager
def twisted_web(www: Path, port: int, folder: Path) -> Iterator[Program]:
    """Run Twisted's own web server on the files of `www`."""
    from tests.support.processes import TWISTD

    listen = f"--listen=tcp:{port}:interface=127.0.0.1"
    command = [TWISTD, "--nodaemon", "--pidfile=", "web", listen, f"--path={www}"]
    with _server(command, port, folder) as program:
        yield program


NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx-{port}.pid;
error_log stderr;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_max_body_size 0;
  keepalive_requests 1000000;
  sendfile on;
  server {{
    listen 127.0.0.1:{port};
    root {www};
    location /small {{ return 200 "nginx\\n"; }}
    location /upload {{ dav_methods PUT; create_full_put_path on; }}
    {more}
  }}
}}
"""


@contextmanager
def nginx(www: Path, port: int, folder: Path, more: str = "") -> Iterator[Program]:
    """Run nginx on the files of `www`; `PUT /upload/NAME` writes one. `more`: its directives."""
    from tests.support.servers import find

    binary = find("nginx", "nginx")
    config = folder / f"nginx-{port}.conf"
    config.write_text(NGINX.format(folder=folder, port=port, www=www, more=more))
    if os.geteuid() == 0:
        config.write_text("user root;\n" + config.read_text())
    (www / "upload").mkdir(exist_ok=True)
    command = [binary, "-e", "stderr", "-p", str(folder), "-c", str(config)]
    with _server(command, port, folder) as program:
        try:
            yield program
        finally:
            # It would replace a worker that is killed, so it has to end its workers itself.
            program.end()


class Recorder:
    """Accepts connections, keeps what arrives, and answers 200 to every complete head."""

    def __init__(self) -> None:
        self.received = b""
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        unread = b""
        with connection:
            while True:
                try:
                    data = connection.recv(PIECE)
                except OSError:
                    return
                if not data:
                    return
                self.received += data
                unread += data
                for _ in range(unread.count(b"\r\n\r\n")):
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                unread = unread.rpartition(b"\r\n\r\n")[2]

    def close(self) -> None:
        """Accept no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def sha256(command: Sequence[str]) -> str:
    """Digest of what a command prints."""
    digest = hashlib.sha256()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while piece := process.stdout.read(PIECE):
            digest.update(piece)
    assert process.returncode == 0, command
    return digest.hexdigest()


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]))
