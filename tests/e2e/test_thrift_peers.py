"""Thrift with code of Apache's compiler in two languages, and with Envoy on either side."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.test_thrift_malformed import MALFORMED
from tests.support.processes import Program, free_ports, is_open, running
from tests.support.proxy import CARRIERS, running_proxy
from tests.support.servers import find, find_envoy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

IDL = """
exception Oops { 1: string why }
service Calc {
  i32 add(1: i32 a, 2: i32 b),
  i32 fail() throws (1: Oops o),
  oneway void note(1: string s)
}
"""
CALC = """
import sys
sys.path.insert(0, %r)
from calc import Calc
from calc.ttypes import Oops
class Work:
    def add(self, a, b): return a + b
    def fail(self): raise Oops("asked")
    def note(self, s): open("note", "a").write(s)
"""
TWISTED_SERVER = (
    CALC % "deferred"
    + """
from thrift.protocol.TBinaryProtocol import TBinaryProtocolFactory
from thrift.transport.TTwisted import ThriftServerFactory
from twisted.internet import reactor
from zope.interface import implementer
Work = implementer(Calc.Iface)(Work)
factory = ThriftServerFactory(Calc.Processor(Work()), TBinaryProtocolFactory())
reactor.listenTCP(int(sys.argv[1]), factory, interface="127.0.0.1")
reactor.run()
"""
)
TWISTED_CLIENT = (
    CALC % "deferred"
    + """
from thrift.protocol.TBinaryProtocol import TBinaryProtocolFactory
from thrift.transport.TTwisted import ThriftClientProtocol
from twisted.internet.defer import gatherResults
from twisted.internet.protocol import ClientCreator
from twisted.internet.task import react
async def main(reactor):
    creator = ClientCreator(reactor, ThriftClientProtocol, Calc.Client, TBinaryProtocolFactory())
    calc = (await creator.connectTCP("127.0.0.1", int(sys.argv[1]))).client
    print(await gatherResults([calc.add(n, 1) for n in range(50)]) == list(range(1, 51)))
    try:
        await calc.fail()
    except Oops as oops:
        print(oops.why)
    await calc.note("twisted")
react(lambda reactor: __import__("twisted").internet.defer.ensureDeferred(main(reactor)))
"""
)
PLAIN_SERVER = (
    CALC % "plain"
    + """
from thrift.protocol.TBinaryProtocol import TBinaryProtocolFactory
from thrift.server.TServer import TThreadedServer
from thrift.transport.TSocket import TServerSocket
from thrift.transport.TTransport import TFramedTransportFactory
socket = TServerSocket("127.0.0.1", int(sys.argv[1]))
parts = TFramedTransportFactory(), TBinaryProtocolFactory()
TThreadedServer(Calc.Processor(Work()), socket, *parts, daemon=True).serve()
"""
)
PERL_CLIENT = """
use lib 'perl';
use Thrift::Socket; use Thrift::FramedTransport; use Thrift::BinaryProtocol; use Calc; use Types;
my $transport = Thrift::FramedTransport->new(Thrift::Socket->new('127.0.0.1', $ARGV[0]));
my $calc = CalcClient->new(Thrift::BinaryProtocol->new($transport));
$transport->open();
print $calc->add(2, 3), "\\n";
eval { $calc->fail(); }; print $@->why, "\\n";
$calc->note("perl");
print $calc->add(20, 30), "\\n";
"""
PEERS = {"deferred": "py:twisted", "plain": "py", "perl": "perl"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the compiler makes of the IDL."""
    compiler = find("thrift", "thrift-compiler")
    folder: Path = tmp_path_factory.mktemp("made")
    (folder / "calc.thrift").write_text(IDL)
    for name, language in PEERS.items():
        (folder / name).mkdir()
        command = [compiler, "--gen", language, "-out", name, "calc.thrift"]
        subprocess.run(command, cwd=folder, check=True, timeout=30)
    for name, text in {
        "twisted_server.py": TWISTED_SERVER,
        "twisted_client.py": TWISTED_CLIENT,
        "plain_server.py": PLAIN_SERVER,
        "client.pl": PERL_CLIENT,
    }.items():
        (folder / name).write_text(text)
    return folder


def server(stack: ExitStack, made: Path, logs: Path, name: str, port: int) -> Program:
    """A server in a process of its own, once it listens."""
    command = [sys.executable, name, str(port)]
    program = stack.enter_context(running(command, logs / f"{name}-{port}", None, made))
    program.wait_open(port)
    return program


def router(port: int, dtab: str, more: str = "") -> str:
    """A Thrift router's entry."""
    return f"- protocol: thrift\n  dtab: {dtab}\n  servers: [{{port: {port}}}]\n{more}"


def told(*command: str, cwd: Path) -> str:
    """What a client prints."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(params=["twisted_server.py", "plain_server.py"])
def proxied(request: pytest.FixtureRequest, made: Path, tmp_path: Path) -> Iterator[int]:
    """The port of a proxy in front of one of Apache's servers."""
    port, backend = free_ports(2)
    with ExitStack() as stack:
        server(stack, made, tmp_path, request.param, backend)
        text = router(port, f"/svc => /$/inet/127.0.0.1/{backend}")
        proxy = stack.enter_context(running_proxy(tmp_path, "pure", "/svc => /$/nil", more=text))
        yield port
        assert proxy.troubles() == []


def test_twisted(proxied: int, made: Path) -> None:
    assert told(sys.executable, "twisted_client.py", str(proxied), cwd=made) == "True\nasked\n"


def test_perl(proxied: int, made: Path) -> None:
    find("perl", "libthrift-perl")
    assert told("perl", "client.pl", str(proxied), cwd=made) == "5\nasked\n50\n"


# -- Envoy

KIND = "type.googleapis.com/envoy.extensions.filters.network.thrift_proxy."


def envoy(folder: Path, port: int, to: int, down: str, up: str) -> list[str]:
    """A configuration of Envoy's thrift_proxy, which speaks `down` and `up`; gives the command."""

    def at(number: int) -> dict[str, Any]:
        return {"socket_address": {"address": "127.0.0.1", "port_value": number}}

    proxy = {
        "@type": KIND + "v3.ThriftProxy",
        "stat_prefix": "x",
        "transport": "FRAMED",
        "protocol": down,
        "route_config": {
            "name": "r",
            "routes": [{"match": {"method_name": ""}, "route": {"cluster": "c"}}],
        },
        "thrift_filters": [
            {
                "name": "envoy.filters.thrift.router",
                "typed_config": {"@type": KIND + "router.v3.Router"},
            }
        ],
    }
    options = {"@type": KIND + "v3.ThriftProtocolOptions", "transport": "FRAMED", "protocol": up}
    cluster = {
        "name": "c",
        "connect_timeout": "1s",
        "load_assignment": {
            "cluster_name": "c",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": at(to)}}]}],
        },
        "typed_extension_protocol_options": {"envoy.filters.network.thrift_proxy": options},
    }
    # The only protocol with a header before each call is deprecated there, and works.
    allowed = {"envoy.features.enable_all_deprecated_features": True}
    listener = {
        "address": at(port),
        "filter_chains": [{"filters": [{"name": "thrift", "typed_config": proxy}]}],
    }
    config = {
        "layered_runtime": {"layers": [{"name": "s", "static_layer": allowed}]},
        "static_resources": {"listeners": [listener], "clusters": [cluster]},
    }
    file = folder / "envoy.json"
    file.write_text(json.dumps(config))
    return [find_envoy(), "-c", str(file), "--concurrency", "1", "--disable-hot-restart"]


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("protocol", ["BINARY", "TWITTER"])
def test_envoy_in_front(carrier: str, protocol: str, made: Path, tmp_path: Path) -> None:
    outer, port, backend = free_ports(3)
    with ExitStack() as stack:
        server(stack, made, tmp_path, "plain_server.py", backend)
        text = router(port, f"/svc => /$/inet/127.0.0.1/{backend}")
        proxy = stack.enter_context(running_proxy(tmp_path, carrier, "/svc => /$/nil", more=text))
        command = envoy(tmp_path, outer, port, "BINARY", protocol)
        stack.enter_context(running(command, tmp_path / "envoy", None, made)).wait_open(outer)
        assert told("perl", "client.pl", str(outer), cwd=made) == "5\nasked\n50\n"
        assert proxy.troubles() == []


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("protocol", ["BINARY", "TWITTER"])
def test_envoy_behind(carrier: str, protocol: str, made: Path, tmp_path: Path) -> None:
    port, inner, backend = free_ports(3)
    asks = "  client: {attemptTTwitterUpgrade: true}\n" if protocol == "TWITTER" else ""
    with ExitStack() as stack:
        server(stack, made, tmp_path, "plain_server.py", backend)
        command = envoy(tmp_path, inner, backend, protocol, "BINARY")
        stack.enter_context(running(command, tmp_path / "envoy", None, made)).wait_open(inner)
        text = router(port, f"/svc => /$/inet/127.0.0.1/{inner}", asks)
        proxy = stack.enter_context(running_proxy(tmp_path, carrier, "/svc => /$/nil", more=text))
        assert told("perl", "client.pl", str(port), cwd=made) == "5\nasked\n50\n"
        assert proxy.troubles() == []


# -- trouble


def listening(port: int, seen: list[bytes]) -> socket.socket:
    """A back end that keeps what it is sent and says nothing."""
    own = socket.create_server(("127.0.0.1", port))

    def serve() -> None:
        while True:
            try:
                sock, _ = own.accept()
            except OSError:
                return
            with sock:
                seen.append(b"connected")
                while data := sock.recv(65536):
                    seen.append(data)

    threading.Thread(target=serve, daemon=True).start()
    return own


@pytest.mark.parametrize("carrier", CARRIERS)
def test_what_is_malformed_reaches_nobody(carrier: str, tmp_path: Path) -> None:
    port, backend = free_ports(2)
    seen: list[bytes] = []
    more = router(port, f"/svc => /$/inet/127.0.0.1/{backend}")
    more = more.replace("}]", ", frameIdleTimeoutMs: 500}]")
    with (
        listening(backend, seen),
        running_proxy(tmp_path, carrier, "/svc => /$/nil", more=more) as proxy,
    ):
        for what, data in MALFORMED.items():
            with socket.create_connection(("127.0.0.1", port), 5) as sock:
                sock.sendall(data)
                try:
                    while sock.recv(1000):
                        pass
                except ConnectionResetError:
                    pass
                except TimeoutError:
                    pytest.fail(f"{what}: still open")
        assert seen == []
        assert "Traceback" not in proxy.output


def test_a_dying_server_under_load_fails_no_call(made: Path, tmp_path: Path) -> None:
    port, *backends = free_ports(4)
    (tmp_path / "disco").mkdir()
    (tmp_path / "disco" / "calc").write_text("".join(f"127.0.0.1 {b}\n" for b in backends))
    judged = "  service: {responseClassifier: {kind: io.l5d.thrift, idempotentMethods: [add]}}\n"
    script = f"""
import sys, threading, time
sys.path.insert(0, "plain")
from calc import Calc
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.transport.TSocket import TSocket
from thrift.transport.TTransport import TFramedTransport
done = [0] * 10
bad = []
def work(me):
    transport = TFramedTransport(TSocket("127.0.0.1", {port}))
    transport.open()
    calc = Calc.Client(TBinaryProtocol(transport))
    begun = time.monotonic()
    while (now := time.monotonic() - begun) < 6:
        try:
            assert calc.add(me, done[me]) == me + done[me]
        except Exception as error:
            bad.append(repr(error)); return
        done[me] += 1
        time.sleep(max(0, done[me] / 100 - now))
threads = [threading.Thread(target=work, args=(each,)) for each in range(10)]
[each.start() for each in threads]; [each.join() for each in threads]
print(sum(done), bad)
"""
    with ExitStack() as stack:
        servers = [server(stack, made, tmp_path, "plain_server.py", b) for b in backends]
        proxy = stack.enter_context(
            running_proxy(
                tmp_path,
                "pure",
                "/svc => /$/nil",
                top=f"namers: [{{kind: io.l5d.fs, rootDir: {tmp_path}/disco}}]",
                more=router(port, "/svc => /#/io.l5d.fs/calc", judged),
            )
        )
        load = subprocess.Popen(
            [sys.executable, "-c", script], cwd=made, stdout=subprocess.PIPE, text=True
        )
        for backend in backends[:1] * 3:
            time.sleep(1.0)
            servers[0].end(signal.SIGKILL)
            assert not is_open(backend)
            time.sleep(0.5)
            servers[0] = server(stack, made, tmp_path, "plain_server.py", backend)
        output, _ = load.communicate(timeout=30)
        assert proxy.troubles() == []
    count, bad = output.split(" ", 1)
    assert bad == "[]\n"
    assert int(count) > 3000, "not enough calls to tell anything"
