"""Thrift with real peers: thriftpy2 and Apache Thrift through a running proxy."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
import thriftpy2
from tests.support.certificates import leaf
from tests.support.processes import Program, free_ports, running
from tests.support.proxy import CARRIERS, running_proxy
from thriftpy2.protocol import TBinaryProtocolFactory, TCompactProtocolFactory
from thriftpy2.rpc import make_client
from thriftpy2.transport import TFramedTransportFactory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.proxy import Proxy

IDL = """
exception Oops { 1: string why }
service Calc {
  i32 add(1: i32 a, 2: i32 b),
  string who(),
  i32 fail() throws (1: Oops o),
  oneway void note(1: string s),
  binary blob(1: binary b)
}
"""
SERVER = """
import sys, thriftpy2
from thriftpy2.protocol import TBinaryProtocolFactory, TCompactProtocolFactory
from thriftpy2.rpc import make_server
from thriftpy2.transport import TFramedTransportFactory
calc = thriftpy2.load("calc.thrift", module_name="calc_thrift")
class Calc:
    def add(self, a, b): return a + b
    def who(self): return sys.argv[1]
    def fail(self): raise calc.Oops(why="asked")
    def note(self, s): open("note", "a").write(s)
    def blob(self, b): return b
forms = {"binary": TBinaryProtocolFactory, "compact": TCompactProtocolFactory}
make_server(calc.Calc, Calc(), "127.0.0.1", int(sys.argv[1]), proto_factory=forms[sys.argv[2]](),
    trans_factory=TFramedTransportFactory(), client_timeout=None).serve()
"""
FORMS = {"binary": TBinaryProtocolFactory, "compact": TCompactProtocolFactory}


def client_of(calc: Any, port: int, form: str = "binary") -> Any:
    """A client with a connection of its own."""
    return make_client(
        calc.Calc,
        "127.0.0.1",
        port,
        proto_factory=FORMS[form](),
        trans_factory=TFramedTransportFactory(),
        timeout=10_000,
    )


class Shuffled:
    """A server of `add` that takes what has come and answers it from the last call to the first.

    `most` is how many calls it found waiting at once.
    """

    def __init__(self, port: int) -> None:
        self.own = socket.create_server(("127.0.0.1", port))
        self.answered = self.connections = self.most = 0

    def __enter__(self) -> Shuffled:
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.own.close()

    def accept(self) -> None:
        while True:
            try:
                sock, _ = self.own.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock: socket.socket) -> None:
        held = b""
        while data := sock.recv(65536):
            held += data
            calls = []
            while len(held) >= 4 and len(held) >= 4 + int.from_bytes(held[:4], "big"):
                size = 4 + int.from_bytes(held[:4], "big")
                calls.append(held[4:size])
                held = held[size:]
            self.most = max(self.most, len(calls))
            for message in reversed(calls):
                # Version, type, `add`, sequence id; two fields with a number of 32 bits.
                a, b = (int.from_bytes(message[at : at + 4], "big") for at in (18, 25))
                value = (a + b).to_bytes(4, "big")
                answer = message[:3] + b"\x02" + message[4:15] + b"\x08\0\0" + value + b"\0"
                sock.sendall(len(answer).to_bytes(4, "big") + answer)
                self.answered += 1


class Mesh:
    """A proxy on `port` with its servers, which speak `form`."""

    def __init__(
        self, folder: Path, proxy: Proxy, port: int, servers: list[Program], form: str
    ) -> None:
        self.folder = folder
        self.proxy = proxy
        self.port = port
        self.servers = servers
        self.form = form
        self.clients: list[Any] = []
        self.calc: Any = thriftpy2.load(str(folder / "calc.thrift"), module_name="calc_thrift")

    def client(self) -> Any:
        """A client with a connection of its own."""
        client = client_of(self.calc, self.port, self.form)
        self.clients.append(client)
        return client


@pytest.fixture(params=[(carrier, form) for carrier in CARRIERS for form in FORMS])
def mesh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mesh]:
    """Two servers behind the proxy, one of whose methods may be called again."""
    carrier, form = request.param
    (tmp_path / "calc.thrift").write_text(IDL)
    (tmp_path / "server.py").write_text(SERVER)
    port, first, second = free_ports(3)
    (tmp_path / "disco").mkdir()
    (tmp_path / "disco" / "calc").write_text(f"127.0.0.1 {first}\n127.0.0.1 {second}\n")
    more = f"""- protocol: thrift
  dtab: /svc => /#/io.l5d.fs/calc
  servers: [{{port: {port}}}]
  service:
    responseClassifier: {{kind: io.l5d.thrift, idempotentMethods: [add, who]}}
"""
    with ExitStack() as stack:
        servers = []
        for each in (first, second):
            command = [sys.executable, "server.py", str(each), form]
            program = stack.enter_context(
                running(command, tmp_path / f"server-{each}.log", None, tmp_path)
            )
            program.wait_open(each)
            servers.append(program)
        top = f"namers: [{{kind: io.l5d.fs, rootDir: {tmp_path}/disco}}]"
        proxy = stack.enter_context(
            running_proxy(tmp_path, carrier, "/svc => /$/nil", top=top, more=more)
        )
        mesh = Mesh(tmp_path, proxy, port, servers, form)
        yield mesh
        for client in mesh.clients:
            client.close()
        assert proxy.troubles() == []
        assert proxy.stop()


def test_calls(mesh: Mesh) -> None:
    client = mesh.client()
    assert client.add(2, 3) == 5
    with pytest.raises(mesh.calc.Oops, match="asked"):
        client.fail()
    blob = bytes(range(256)) * 12_000
    assert client.blob(blob) == blob
    client.note("x")
    assert client.add(1, 1) == 2
    assert len({client.who() for _ in range(60)}) == 2
    assert (mesh.folder / "note").read_text() == "x"


def test_a_server_that_dies_fails_no_idempotent_call(mesh: Mesh) -> None:
    client = mesh.client()
    for _ in range(50):
        client.add(1, 2)
    mesh.servers[0].end(signal.SIGKILL)
    assert [client.add(1, number) for number in range(300)] == list(range(1, 301))


def test_garbage_ends_its_connection_only(mesh: Mesh) -> None:
    client = mesh.client()
    assert client.add(1, 2) == 3
    with socket.create_connection(("127.0.0.1", mesh.port), 5) as stranger:
        stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert stranger.recv(100) == b""
    assert client.add(1, 2) == 3
    assert mesh.proxy.output.count("HTTP instead of Thrift") == 1


APACHE = """
import sys
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.protocol.TMultiplexedProtocol import TMultiplexedProtocol
from thrift.transport.TSocket import TSocket
from thrift.transport.TTransport import TFramedTransport
from thrift.Thrift import TApplicationException, TMessageType, TType
transport = TFramedTransport(TSocket("127.0.0.1", int(sys.argv[1])))
transport.open()
def call(protocol, name):
    protocol.writeMessageBegin(name, TMessageType.CALL, 77)
    protocol.writeStructBegin("args"); protocol.writeFieldStop(); protocol.writeStructEnd()
    protocol.writeMessageEnd(); transport.flush()
    plain = TBinaryProtocol(transport)
    name, kind, sequence = plain.readMessageBegin()
    assert sequence == 77, sequence
    if kind == TMessageType.EXCEPTION:
        error = TApplicationException(); error.read(plain); return error
    plain.readStructBegin(); plain.readFieldBegin(); value = plain.readString()
    plain.readFieldBegin(); return value
print(call(TBinaryProtocol(transport), "who"))
print(repr(call(TBinaryProtocol(transport), "nobody")))
print(repr(call(TMultiplexedProtocol(TBinaryProtocol(transport), "Calc"), "who")))
"""


def test_apache_thrift(mesh: Mesh) -> None:
    if mesh.form != "binary":
        return
    (mesh.folder / "apache.py").write_text(APACHE)
    told = subprocess.run(
        [sys.executable, "apache.py", str(mesh.port)],
        cwd=mesh.folder,
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    lines = told.stdout.splitlines()
    assert len(lines) == 3, told.stderr
    assert lines[0].isdigit()
    assert "TApplicationException" in lines[1]
    assert "TApplicationException" in lines[2]


@pytest.mark.parametrize("carrier", CARRIERS)
def test_several_calls_on_one_connection(carrier: str, tmp_path: Path) -> None:
    """Many clients, whose calls one connection carries to a server that answers out of turn."""
    port, backend = free_ports(2)
    more = f"""- protocol: thrift
  dtab: /svc => /$/inet/127.0.0.1/{backend}
  servers: [{{port: {port}}}]
  client: {{pipelinedCalls: 64, hostConnectionPool: {{maxSize: 1}}}}
"""
    (tmp_path / "calc.thrift").write_text(IDL)
    with (
        Shuffled(backend) as server,
        running_proxy(tmp_path, carrier, "/svc => /$/nil", more=more) as proxy,
    ):
        calc: Any = thriftpy2.load(str(tmp_path / "calc.thrift"), module_name="calc_thrift")
        wrong: list[object] = []

        def work(me: int) -> None:
            client = client_of(calc, port)
            for number in range(100):
                answer = client.add(me, number)
                if answer != me + number:
                    wrong.append((me, number, answer))

        threads = [threading.Thread(target=work, args=(me,)) for me in range(0, 10_000, 500)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert wrong == []
        assert server.answered == 2000
        assert server.connections == 1
        assert server.most > 1
        assert proxy.troubles() == []


@pytest.mark.parametrize("carrier", CARRIERS)
def test_tls_on_both_sides(carrier: str, tmp_path: Path) -> None:
    """Client, proxy, proxy, server: plain, TLS between the two, plain."""
    outer, inner, backend = free_ports(3)
    made = leaf("calc.internal")
    certificate, key = made.write(tmp_path)
    trust = tmp_path / "ca.pem"
    trust.write_text(made.root.pem)
    (tmp_path / "calc.thrift").write_text(IDL)
    (tmp_path / "server.py").write_text(SERVER)
    more = f"""- protocol: thrift
  label: outer
  dtab: /svc => /$/inet/127.0.0.1/{inner}
  servers: [{{port: {outer}}}]
  client: {{tls: {{commonName: calc.internal, trustCertsBundle: {trust}}}}}
- protocol: thrift
  label: inner
  dtab: /svc => /$/inet/127.0.0.1/{backend}
  servers: [{{port: {inner}, tls: {{certPath: {certificate}, keyPath: {key}}}}}]
"""
    command = [sys.executable, "server.py", str(backend), "binary"]
    with (
        running(command, tmp_path / "server.log", None, tmp_path) as server,
        running_proxy(tmp_path, carrier, "/svc => /$/nil", more=more) as proxy,
    ):
        server.wait_open(backend)
        calc: Any = thriftpy2.load(str(tmp_path / "calc.thrift"), module_name="calc_thrift")
        client = client_of(calc, outer)
        assert [client.add(2, number) for number in range(20)] == list(range(2, 22))
        blob = bytes(range(256)) * 4000
        assert client.blob(blob) == blob
        assert proxy.troubles() == []
