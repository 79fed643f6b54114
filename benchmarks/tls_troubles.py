"""Rotates certificates under load, and floods the proxy with handshakes; says whom that hurts.

    .venv/bin/python benchmarks/tls_troubles.py rotation --times 100
    .venv/bin/python benchmarks/tls_troubles.py flood --seconds 10

`rotation`: clients ask all the time, some on connections that stay, others on a new one for each
request, and verify what they are shown. Meanwhile certificate and key are replaced so many times,
in turn by renaming new files over the old ones and by moving a symbolic link, as Kubernetes does.
Each new certificate has to be shown within five seconds. The exit status is 1 if a request failed.

`flood`: requests at a fixed rate on connections that are open, first alone, then while two programs
shake hands as fast as they can, all of them full handshakes. Prints p50 and p99 of both.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from measure import Cpus, free_ports, program
from thrift_vs_envoy import now, running

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "web.test"
ASK = b"GET /admin/ping HTTP/1.1\r\nHost: localhost\r\n\r\n"
SHOWN_S = 5.0
STEADY, FRESH = 4, 4
RATE, OPEN = 200, 16

CONFIG = """
admin: {{ip: 127.0.0.1, port: {admin}}}
routers:
- protocol: http
  dtab: /svc => /$/inet/127.0.0.1/{admin} ;
  servers:
  - port: {port}
    tls: {{certPath: {folder}/tls.crt, keyPath: {folder}/tls.key}}
"""


class Authority:
    """Makes certificates."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Trial CA")])
        self.own = self._sign(self.name, self.key.public_key(), ca=True)

    def _sign(self, name: x509.Name, key: Any, ca: bool) -> x509.Certificate:
        today = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(hours=1))
            .not_valid_after(today + timedelta(days=90))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca:
            made = made.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False
            )
        return made.sign(self.key, hashes.SHA256())

    def write(self, folder: Path) -> int:
        """Write a new certificate with its key; gives its number."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
        certificate = self._sign(name, key.public_key(), ca=False)
        form = serialization.Encoding.PEM
        secret = key.private_bytes(
            form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        folder.mkdir(exist_ok=True)
        (folder / "tls.crt").write_bytes(certificate.public_bytes(form))
        (folder / "tls.key").write_bytes(secret)
        return certificate.serial_number

    def context(self) -> ssl.SSLContext:
        """What clients believe."""
        text = self.own.public_bytes(serialization.Encoding.PEM).decode()
        context = ssl.create_default_context(cadata=text)
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return context


class Files:
    """Certificate and key where the proxy looks for them, by two links through `..data`."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder = folder
        self.authority = authority
        self.number = 0
        self.serial = authority.write(folder / "v0")
        (folder / "..data").symlink_to("v0")
        for name in ("tls.crt", "tls.key"):
            (folder / name).symlink_to(f"..data/{name}")

    def move_link(self) -> None:
        """Make a new folder, and have the link lead there, at one stroke."""
        self.number += 1
        made = f"v{self.number}"
        self.serial = self.authority.write(self.folder / made)
        (self.folder / "..new").symlink_to(made)
        os.replace(self.folder / "..new", self.folder / "..data")

    def rename(self) -> None:
        """Rename new files over those in use, one after the other."""
        self.serial = self.authority.write(self.folder / "next")
        place = (self.folder / "..data").resolve()
        for name in ("tls.key", "tls.crt"):
            os.replace(self.folder / "next" / name, place / name)


@contextmanager
def proxy(folder: Path, cpu: int | None) -> Iterator[tuple[int, int]]:
    """Run the proxy; gives its port with TLS, and the admin port."""
    admin, port = free_ports(2)
    file = folder / "linkerd.yaml"
    file.write_text(CONFIG.format(admin=admin, port=port, folder=folder))
    command = [str(Path(sys.executable).with_name("linkerd")), str(file)]
    log = folder / "linkerd.log"
    with running(command, cpu, admin, log):
        yield port, admin
    if "Traceback" in log.read_text():
        print(log.read_text())


async def opened(port: int, context: ssl.SSLContext) -> Any:
    """A new connection."""
    return await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=NAME)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One request; raises for anything but a whole answer."""
    writer.write(ASK)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 ") or await reader.readexactly(4) != b"pong":
        raise ConnectionError(head.decode())


class Load:
    """Clients that ask until they are told to stop."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self.port = port
        self.context = context
        self.done = 0
        self.faults: list[str] = []
        self.over = False

    async def steady(self) -> None:
        """On one connection."""
        reader, writer = await opened(self.port, self.context)
        while not self.over:
            await self.one(reader, writer)
        writer.close()

    async def fresh(self) -> None:
        """On a connection for each."""
        while not self.over:
            try:
                reader, writer = await opened(self.port, self.context)
            except OSError as error:
                self.faults.append(f"connect: {error}")
                continue
            await self.one(reader, writer)
            writer.close()

    async def one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A request, counted."""
        try:
            await ask(reader, writer)
            self.done += 1
        except (OSError, EOFError) as error:
            self.faults.append(repr(error))
            await asyncio.sleep(0.01)


async def shown(port: int, context: ssl.SSLContext) -> int:
    """The number of the certificate that newcomers are shown."""
    _, writer = await opened(port, context)
    der = writer.get_extra_info("ssl_object").getpeercert(True)
    writer.close()
    return x509.load_der_x509_certificate(der).serial_number


async def rotate(files: Files, port: int, times: int) -> int:
    """Rotate under load; gives the number of failures."""
    context = files.authority.context()
    load = Load(port, context)
    work = [asyncio.ensure_future(load.steady()) for _ in range(STEADY)]
    work += [asyncio.ensure_future(load.fresh()) for _ in range(FRESH)]
    slowest = 0.0
    for turn in range(times):
        (files.rename if turn % 2 else files.move_link)()
        begin = now()
        while await shown(port, context) != files.serial:
            if now() - begin > SHOWN_S:
                load.faults.append(f"rotation {turn} was not taken")
                break
            await asyncio.sleep(0.02)
        slowest = max(slowest, now() - begin)
    load.over = True
    await asyncio.gather(*work)
    print(
        f"{times} rotations, the slowest shown after {slowest:.2f} s;"
        f" {load.done} requests, {len(load.faults)} failures {load.faults[:3]}"
    )
    return len(load.faults)


async def pace(port: int, context: ssl.SSLContext, seconds: float) -> list[float]:
    """Requests at a fixed rate on open connections; how long each took, in ms."""
    idle = [await opened(port, context) for _ in range(OPEN)]
    took: list[float] = []

    async def one(due: float) -> None:
        connection = idle.pop() if idle else await opened(port, context)
        await ask(*connection)
        took.append((now() - due) * 1000.0)
        idle.append(connection)

    begin = now()
    work = []
    for number in range(int(seconds * RATE)):
        due = begin + number / RATE
        await asyncio.sleep(max(0.0, due - now()))
        work.append(asyncio.ensure_future(one(due)))
    await asyncio.gather(*work)
    return took


def told(title: str, took: list[float]) -> float:
    """Print p50 and p99; gives p99."""
    cuts = statistics.quantiles(took, n=100)
    print(f"{title}: p50 {cuts[49]:.2f} ms, p99 {cuts[98]:.2f} ms, of {len(took)} requests")
    return cuts[98]


def connects(port: int, admin: int) -> int:
    """How many connections the proxy has accepted."""
    with urllib.request.urlopen(f"http://127.0.0.1:{admin}/admin/metrics.json") as answer:
        return int(json.load(answer)[f"rt/http/server/127.0.0.1/{port}/connects"])


async def flood(port: int, admin: int, context: ssl.SSLContext, seconds: float) -> None:
    """Measure without and with a flood."""
    await pace(port, context, 1.0)
    before = told("alone", await pace(port, context, seconds))
    openssl = program("openssl", "apt-get install --no-install-recommends openssl")
    words = [openssl, "s_time", "-new", "-connect", f"127.0.0.1:{port}", "-time", "3600"]
    floods = [
        subprocess.Popen(["nice", "-n", "19", *words], stdout=subprocess.PIPE) for _ in range(2)
    ]
    await asyncio.sleep(1.0)
    try:
        begin, came = now(), connects(port, admin)
        after = told("in the flood", await pace(port, context, seconds))
        rate = (connects(port, admin) - came) / (now() - begin)
    finally:
        for each in floods:
            each.kill()
            each.communicate()
    print(f"{rate:.0f} handshakes a second: p99 is {after / before:.2f} of that alone")


def main() -> int:
    """Do one of the two."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("rotation", "flood"))
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    cpus = Cpus.choose()
    if cpus.client is not None:
        os.sched_setaffinity(0, {cpus.client})
    with tempfile.TemporaryDirectory() as name:
        files = Files(Path(name), Authority())
        with proxy(Path(name), cpus.proxy) as (port, admin):
            if arguments.what == "rotation":
                return 1 if asyncio.run(rotate(files, port, arguments.times)) else 0
            asyncio.run(flood(port, admin, files.authority.context(), arguments.seconds))
            return 0


if __name__ == "__main__":
    sys.exit(main())
