"""TLS with nginx, HAProxy, Envoy, OpenSSL and curl, on either side, each with certificates of both.

A tool has a port in plain text that leads to the proxy over TLS (`front`), one that does so without
a certificate (`bare`), and one that demands a certificate and answers by itself (`back`).
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from tests.support.certificates import ca, leaf
from tests.support.processes import fetch, free_ports, running
from tests.support.proxy import Proxy, inet, running_proxy
from tests.support.servers import find, find_envoy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.server

TOOLS = ("nginx", "haproxy", "envoy")
BACKS = (*TOOLS, "openssl")

NGINX = """
daemon off; worker_processes 1; pid %(folder)s/nginx.pid; error_log stderr;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path %(folder)s/t1; proxy_temp_path %(folder)s/t2;
  fastcgi_temp_path %(folder)s/t3; uwsgi_temp_path %(folder)s/t4; scgi_temp_path %(folder)s/t5;
  proxy_http_version 1.1; proxy_set_header Host web; proxy_set_header Connection "";
  proxy_ssl_trusted_certificate %(folder)s/ca.pem; proxy_ssl_verify on; proxy_ssl_verify_depth 3;
  proxy_ssl_name far.test; proxy_ssl_server_name on; proxy_ssl_protocols TLSv1.2 TLSv1.3;
  upstream far { server 127.0.0.1:%(port)d; keepalive 2; }
  server {
    listen 127.0.0.1:%(front)d;
    location / {
      proxy_ssl_certificate %(folder)s/peer.pem; proxy_ssl_certificate_key %(folder)s/peer.key;
      proxy_pass https://far;
    }
  }
  server { listen 127.0.0.1:%(bare)d; location / { proxy_pass https://127.0.0.1:%(port)d; } }
  server {
    listen 127.0.0.1:%(back)d ssl;
    ssl_certificate %(folder)s/peer.pem; ssl_certificate_key %(folder)s/peer.key;
    ssl_client_certificate %(folder)s/ca.pem; ssl_verify_client on; ssl_verify_depth 3;
    add_header x-peer $ssl_client_s_dn;
    location / { return 200; }
  }
}
"""

HAPROXY = """
defaults
  mode http
  timeout connect 2s
  timeout client 5s
  timeout server 5s
  default-server ssl verify required ca-file %(folder)s/ca.pem verifyhost far.test sni str(far.test)
listen front
  bind 127.0.0.1:%(front)d
  http-request set-header Host web
  server far 127.0.0.1:%(port)d crt %(folder)s/peer.both alpn http/1.1
listen bare
  bind 127.0.0.1:%(bare)d
  http-request set-header Host web
  server far 127.0.0.1:%(port)d
frontend back
  bind 127.0.0.1:%(back)d ssl crt %(folder)s/peer.both ca-file %(folder)s/ca.pem verify required
  http-request return status 200 hdr x-peer CN=%%[ssl_c_s_dn(cn)]
"""

OPENSSL = (
    "s_server -quiet -www -naccept 100 -accept 127.0.0.1:%(back)d -cert_chain %(folder)s/peer.pem"
    " -cert %(folder)s/peer.pem -key %(folder)s/peer.key -CAfile %(folder)s/ca.pem"
    " -Verify 3 -verify_return_error"
)


def envoy(at: dict[str, Any]) -> str:
    """Envoy's configuration."""
    kind = "type.googleapis.com/envoy.extensions."
    folder = at["folder"]
    trust = {"trusted_ca": {"filename": f"{folder}/ca.pem"}}
    own = {
        "certificate_chain": {"filename": f"{folder}/peer.pem"},
        "private_key": {"filename": f"{folder}/peer.key"},
    }

    def address(port: int) -> dict[str, Any]:
        return {"socket_address": {"address": "127.0.0.1", "port_value": port}}

    def tls(side: str, *shown: Any, **more: Any) -> dict[str, Any]:
        limit = {"tls_maximum_protocol_version": "TLSv1_3"}
        common = {"tls_params": limit, "tls_certificates": shown, "validation_context": trust}
        if side == "Upstream":
            name = {"san_type": "DNS", "matcher": {"exact": "far.test"}}
            common["validation_context"] = {**trust, "match_typed_subject_alt_names": [name]}
        made = {"@type": f"{kind}transport_sockets.tls.v3.{side}TlsContext", **more}
        return {"name": "tls", "typed_config": {**made, "common_tls_context": common}}

    def listener(port: int, route: dict[str, Any], **more: Any) -> dict[str, Any]:
        route["match"] = {"prefix": "/"}
        router = {"@type": f"{kind}filters.http.router.v3.Router"}
        http = {
            "@type": f"{kind}filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "x",
            "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
            "route_config": {
                "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]
            },
        }
        filters = [{"name": "http", "typed_config": http}]
        return {"address": address(port), "filter_chains": [{"filters": filters, **more}]}

    def cluster(name: str, *shown: Any) -> dict[str, Any]:
        endpoint = {"endpoint": {"address": address(at["port"])}}
        ends = {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]}
        secure = tls("Upstream", *shown, sni="far.test")
        return {"name": name, "load_assignment": ends, "transport_socket": secure}

    shows = {"header": {"key": "x-peer", "value": "%DOWNSTREAM_PEER_SUBJECT%"}}
    answer = {"direct_response": {"status": 200}, "response_headers_to_add": [shows]}
    secure = tls("Downstream", own, require_client_certificate=True)
    listeners = [listener(at["back"], answer, transport_socket=secure)]
    for name in ("front", "bare"):
        route = {"route": {"cluster": name, "host_rewrite_literal": "web"}}
        listeners.append(listener(at[name], route))
    clusters = [cluster("front", own), cluster("bare")]
    return json.dumps({"static_resources": {"listeners": listeners, "clusters": clusters}})


class Peers(NamedTuple):
    """The proxy, the folder with all certificates, each tool's ports, the port towards the tools.

    `proxy.port` takes TLS only, from those who have a certificate.
    """

    proxy: Proxy
    folder: Path
    ports: dict[str, dict[str, int]]
    out: int

    def status(self, port: int, host: str = "web") -> int:
        return fetch(port, "/", {"Host": host})[0]


def command(name: str, at: dict[str, Any]) -> list[str]:
    """What starts a tool with its configuration."""
    file = at["folder"] / f"{name}.conf"
    if name == "openssl":
        return [find("openssl", "openssl"), *(OPENSSL % at).split()]
    if name == "envoy":
        file = file.with_suffix(".json")
        file.write_text(envoy(at))
        return [find_envoy(), "-c", str(file), "--concurrency", "1", "--disable-hot-restart"]
    if name == "haproxy":
        file.write_text(HAPROXY % at)
        return [find("haproxy", "haproxy"), "-db", "-f", str(file)]
    user = "user root;\n" if os.geteuid() == 0 else ""
    file.write_text(user + NGINX % at)
    return [find("nginx", "nginx"), "-e", "stderr", "-p", str(at["folder"]), "-c", str(file)]


def certificates(folder: Path) -> None:
    """Make a chain of three for each side, of other kinds of keys; and one of a stranger."""
    root = ca()
    middle = ca("Middle", issuer=root)
    (folder / "ca.pem").write_text(root.pem)
    leaf("far.test", issuer=middle).write(folder, "far")
    leaf("near.test", issuer=middle, key_kind="rsa").write(folder, "near")
    names = [f"{name}.test" for name in BACKS]
    shown, key = leaf(*names, issuer=middle, key_kind="rsa", common_name="peer").write(
        folder, "peer"
    )
    (folder / "peer.both").write_text(shown.read_text() + key.read_text())
    leaf("near.test", issuer=ca("Other")).write(folder, "stranger")


@pytest.fixture(scope="module")
def peers(
    carrier: str, origin_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Peers]:
    folder = tmp_path_factory.mktemp("peers")
    certificates(folder)
    out, *free = free_ports(1 + 3 * len(BACKS))
    ends = ("front", "bare", "back")
    ports = {name: dict(zip(ends, [free.pop() for _ in ends], strict=True)) for name in BACKS}
    (folder / "disco").mkdir()
    for name, own in ports.items():
        for called in (name, f"wrong-{name}", f"unshown-{name}"):
            (folder / "disco" / called).write_text(f"127.0.0.1 {own['back']}\n")
    near = f"certPath: {folder}/near.pem, keyPath: {folder}/near.key"
    trust = f"trustCertsBundle: {folder}/ca.pem"
    more = f"""
- protocol: http
  label: out
  dtab: /svc => /#/io.l5d.fs
  servers: [{{port: {out}}}]
  client:
    kind: io.l5d.static
    configs:
    - prefix: "/#/io.l5d.fs/{{name}}"
      tls: {{commonName: "{{name}}.test", {trust}, clientAuth: {{{near}}}}}
"""
    more += "".join(
        f"    - prefix: /#/io.l5d.fs/unshown-{name}\n"
        f"      tls: {{commonName: {name}.test, {trust}}}\n"
        for name in BACKS
    )
    far = f"certPath: {folder}/far.pem, keyPath: {folder}/far.key"
    with ExitStack() as stack:
        proxy = stack.enter_context(
            running_proxy(
                folder,
                carrier,
                inet(origin_port),
                top=f"namers: [{{kind: io.l5d.fs, rootDir: {folder}/disco}}]",
                more=more,
                server=f"tls: {{{far}, caCertPath: {folder}/ca.pem, requireClientAuth: true}}",
            )
        )
        programs = {
            name: stack.enter_context(
                running(
                    command(name, {"folder": folder, "port": proxy.port, **own}),
                    folder / f"{name}.log",
                )
            )
            for name, own in ports.items()
        }
        for name, program in programs.items():
            program.wait_open(ports[name]["back"])
        yield Peers(proxy, folder, ports, out)
        programs["nginx"].end()
        assert proxy.stop(), proxy.output
        assert proxy.troubles() == [], proxy.output


# -- who calls us


@pytest.mark.parametrize("tool", TOOLS)
def test_called(peers: Peers, tool: str) -> None:
    assert [peers.status(peers.ports[tool]["front"]) for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("tool", TOOLS)
def test_called_without_a_certificate(peers: Peers, tool: str) -> None:
    assert peers.status(peers.ports[tool]["bare"]) in (502, 503)


def shown_by(peers: Peers, name: str, *options: str) -> list[str]:
    """Options of a client that shows a certificate ("" for none), as curl has them."""
    own = (f"{options[0]}cert", f"{peers.folder}/{name}.pem") if name else ()
    key = (f"{options[0]}key", f"{peers.folder}/{name}.key") if name else ()
    # curl sends what is in the file, s_client only its first certificate.
    chain = ("-cert_chain", own[1]) if name and options[0] == "-" else ()
    return [*own, *key, *chain, *options[1:]]


CLIENTS = [("near", 0), ("", 1), ("stranger", 1)]


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize(("name", "fails"), CLIENTS)
def test_curl(peers: Peers, version: str, name: str, fails: int) -> None:
    own = shown_by(peers, name, "--", f"--tlsv{version}", "--tls-max", version)
    url = f"https://far.test:{peers.proxy.port}/"
    resolve = ["--resolve", f"far.test:{peers.proxy.port}:127.0.0.1", "-H", "Host: web"]
    told = ["-sS", "--cacert", f"{peers.folder}/ca.pem", "-w", "%{http_code}", "-o", "/dev/null"]
    done = subprocess.run(
        [find("curl", "curl"), *told, *resolve, *own, url],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    assert (bool(done.returncode), done.stdout) == (bool(fails), "000" if fails else "200")


def s_client(peers: Peers, *options: str) -> tuple[int, str]:
    """Ask with `openssl s_client`: exit status, all that it prints."""
    words = ["-connect", f"127.0.0.1:{peers.proxy.port}", "-servername", "far.test"]
    words += ["-CAfile", f"{peers.folder}/ca.pem", "-verify_return_error", "-ign_eof"]
    done = subprocess.run(
        [find("openssl", "openssl"), "s_client", *words, *options],
        input=b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=10,
        check=False,
    )
    return done.returncode, done.stdout.decode(errors="replace")


@pytest.mark.parametrize("version", ["1_2", "1_3"])
@pytest.mark.parametrize(("name", "fails"), CLIENTS)
def test_s_client(peers: Peers, version: str, name: str, fails: int) -> None:
    own = shown_by(peers, name, "-", f"-tls{version}", "-verify_hostname", "far.test")
    status, output = s_client(peers, *own)
    assert bool(status) == bool(fails), output
    assert ("HTTP/1.1 200 " in output) != bool(fails)


def test_s_client_resumes(peers: Peers) -> None:
    own = shown_by(peers, "near", "-", "-alpn", "h2,http/1.1")
    session = f"{peers.folder}/session"
    assert "ALPN protocol: http/1.1" in s_client(peers, *own, "-sess_out", session)[1]
    assert "Reused, TLSv1.3" in s_client(peers, *own, "-sess_in", session)[1]


def test_s_client_of_old(peers: Peers) -> None:
    own = shown_by(peers, "near", "-", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
    status, output = s_client(peers, *own)
    assert status == 1
    assert "alert protocol version" in output


# -- whom we call


@pytest.mark.parametrize("tool", BACKS)
def test_calls(peers: Peers, tool: str) -> None:
    made = http.client.HTTPConnection("127.0.0.1", peers.out, timeout=5)
    for _ in range(2):
        made.request("GET", "/", headers={"Host": tool})
        answer = made.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        assert "near.test" in answer.headers.get("x-peer", body.decode())


@pytest.mark.parametrize("tool", BACKS)
def test_calls_nobody_of_another_name(peers: Peers, tool: str) -> None:
    status, body = fetch(peers.out, "/", {"Host": f"wrong-{tool}"})
    assert status == 502
    assert b"L5D-2012" in body
    assert f"wrong-{tool}.test".encode() in body


@pytest.mark.parametrize("tool", BACKS)
def test_calls_without_a_certificate(peers: Peers, tool: str) -> None:
    # nginx takes the handshake and answers 400.
    assert peers.status(peers.out, f"unshown-{tool}") == (400 if tool == "nginx" else 502)
