"""The proxies of the scenarios, each told to spare its callers the trouble of its hosts.

In: a folder, a port, the ports of the hosts. Out: the command that serves, and `announce`, by which
a running proxy learns of another set of hosts. All prefer hosts with fewer requests under way (ours
as it is asked to), leave alone those that fail, and try failed reads again. What is not said here
is as each has it by default.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import urllib.request
from typing import TYPE_CHECKING, Any

import peers
from measure import Failed, program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 4000; }}
http {{
  access_log off; keepalive_requests 100000000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  upstream back {{
    random two least_conn; keepalive 256; keepalive_requests 100000000;
    {servers}
  }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location / {{
      proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection '';
      proxy_connect_timeout 1s; proxy_next_upstream error timeout http_500;
    }}
  }}
}}
"""

HAPROXY = """
global
  nbthread 1
  maxconn 4000
  stats socket {folder}/admin level admin
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  retries 3
  option redispatch 1
  retry-on all-retryable-errors 500
frontend front
  bind 127.0.0.1:{port} backlog 1024
  default_backend back
backend back
  balance leastconn
{servers}
"""

LINKERD = """client:
    loadBalancer: {{kind: {balancer}}}
  service:
    responseClassifier: {{kind: io.l5d.http.retryableRead5XX}}"""


class Proxy:
    """One proxy in one run. `pid` is set once it runs."""

    def __init__(self, name: str, folder: Path, port: int) -> None:
        self.name = name
        self.folder = folder
        self.port = port
        self.pid = 0

    def command(self, ports: Sequence[int]) -> list[str]:
        """Write the configuration, and give the command that serves it."""
        raise NotImplementedError

    async def announce(self, ports: Sequence[int]) -> None:
        """Have it use these hosts from now on; they include those that it has."""
        raise NotImplementedError

    async def remarks(self, requests: int, seconds: float) -> str:
        """Say what is known of its retries."""
        return ""


class Nginx(Proxy):
    """It learns of hosts by SIGHUP."""

    def command(self, ports: Sequence[int]) -> list[str]:
        return [
            program("nginx", peers.NGINX_PACKAGE),
            "-c",
            str(self.write(ports)),
            "-p",
            str(self.folder),
        ]

    def write(self, ports: Sequence[int]) -> Path:
        """Write the file."""
        servers = " ".join(f"server 127.0.0.1:{port};" for port in ports)
        file = self.folder / "nginx.conf"
        file.write_text(NGINX.format(folder=self.folder, port=self.port, servers=servers))
        return file

    async def announce(self, ports: Sequence[int]) -> None:
        self.write(ports)
        os.kill(self.pid, signal.SIGHUP)


class Haproxy(Proxy):
    """It learns of hosts by commands on its socket."""

    known = 0

    def command(self, ports: Sequence[int]) -> list[str]:
        servers = "\n".join(map(self.server, range(len(ports)), ports))
        self.known = len(ports)
        file = self.folder / "haproxy.cfg"
        file.write_text(HAPROXY.format(folder=self.folder, port=self.port, servers=servers))
        return [program("haproxy", peers.HAPROXY_PACKAGE), "-db", "-f", str(file)]

    @staticmethod
    def server(place: int, port: int) -> str:
        """Give the line of a host."""
        return f"  server s{place} 127.0.0.1:{port} check inter 1s"

    async def announce(self, ports: Sequence[int]) -> None:
        for place in range(self.known, len(ports)):
            await self.say(
                self.server(place, ports[place]).replace("  server s", "add server back/s")
            )
            await self.say(f"enable health back/s{place}")
            await self.say(f"enable server back/s{place}")
        self.known = len(ports)

    async def say(self, command: str) -> None:
        """One command."""
        reader, writer = await asyncio.open_unix_connection(self.folder / "admin")
        writer.write(f"{command}\n".encode())
        answer = (await reader.read()).decode().strip()
        writer.close()
        if answer and "registered" not in answer:
            raise Failed(f"haproxy: {command}: {answer}")


class Envoy(Proxy):
    """It learns of hosts by a file that is replaced."""

    def command(self, ports: Sequence[int]) -> list[str]:
        self.write(ports)
        file = self.folder / "envoy.json"
        file.write_text(json.dumps(envoy_configuration(self.folder, self.port)))
        binary = os.environ.get("ENVOY_BIN") or program("envoy", peers.ENVOY_PACKAGE)
        quiet = ["--log-level", "error", "--disable-hot-restart"]
        return [binary, "-c", str(file), "--concurrency", "1", *quiet]

    def write(self, ports: Sequence[int]) -> None:
        """Write the file of hosts."""
        endpoints = [{"endpoint": {"address": address(port)}} for port in ports]
        kind = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
        hosts = {
            "@type": kind,
            "cluster_name": "back",
            "endpoints": [{"lb_endpoints": endpoints}],
        }
        new = self.folder / "new.json"
        new.write_text(json.dumps({"version_info": str(len(ports)), "resources": [hosts]}))
        os.replace(new, self.folder / "hosts.json")

    async def announce(self, ports: Sequence[int]) -> None:
        self.write(ports)


class Linkerd(Proxy):
    """This checkout's, which learns of hosts by a file; its name says which balancer it has."""

    def command(self, ports: Sequence[int]) -> list[str]:
        router = LINKERD.format(balancer=self.name.partition(" ")[2])
        return peers.linkerd(self.folder, self.port, ports, router)

    async def announce(self, ports: Sequence[int]) -> None:
        new = self.folder / "disco" / ".new"
        new.write_text("".join(f"127.0.0.1 {port}\n" for port in ports))
        os.replace(new, self.folder / "disco" / "any")

    async def remarks(self, requests: int, seconds: float) -> str:
        found = await asyncio.to_thread(self.metrics)
        retries = found["rt/http/service/svc/any/retries/total"]
        requeues = found["rt/http/client/#/io.l5d.fs/any/retries/requeues"]
        refused = found["rt/http/client/#/io.l5d.fs/any/service_creation/failures"]
        allowed = 0.2 * requests + 10.0 * seconds + 100.0
        return (
            f"{self.name}: {retries:.0f} retries and {requeues:.0f} requeues of {requests} requests"
            f" (each of the two budgets allows {allowed:.0f}), {refused:.0f} refused connections"
        )

    def metrics(self) -> dict[str, float]:
        """All metrics."""
        found = re.search(r"admin: {port: (\d+)}", (self.folder / "linkerd.yaml").read_text())
        if found is None:
            raise Failed("linkerd: no admin port")
        url = f"http://127.0.0.1:{found[1]}/admin/metrics.json"
        with urllib.request.urlopen(url, timeout=10) as answer:
            metrics: dict[str, float] = json.load(answer)
        return metrics


PEERS: dict[str, type[Proxy]] = {"nginx": Nginx, "haproxy": Haproxy, "envoy": Envoy}


def address(port: int) -> dict[str, Any]:
    """Give an address as Envoy has it."""
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def envoy_configuration(folder: Path, port: int) -> dict[str, Any]:
    """Give Envoy's configuration; its hosts are in a file of their own."""
    extension = "type.googleapis.com/envoy.extensions"
    other_host = {
        "name": "envoy.retry_host_predicates.previous_hosts",
        "typed_config": {
            "@type": f"{extension}.retry.host.previous_hosts.v3.PreviousHostsPredicate"
        },
    }
    retries = {
        "retry_on": "5xx,reset,connect-failure",
        "num_retries": 3,
        "retry_host_predicate": [other_host],
        "host_selection_retry_max_attempts": 3,
    }
    route = {"cluster": "back", "timeout": "0s", "retry_policy": retries}
    front = {
        "@type": f"{extension}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "front",
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "any",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": route}],
                }
            ]
        },
        "http_filters": [
            {
                "name": "router",
                "typed_config": {"@type": f"{extension}.filters.http.router.v3.Router"},
            }
        ],
    }
    many = dict.fromkeys(
        ("max_connections", "max_pending_requests", "max_requests", "max_retries"), 4000
    )
    cluster = {
        "name": "back",
        "type": "EDS",
        "eds_cluster_config": {
            "eds_config": {
                "path_config_source": {"path": str(folder / "hosts.json")},
                "resource_api_version": "V3",
            }
        },
        "lb_policy": "LEAST_REQUEST",
        "connect_timeout": "1s",
        "circuit_breakers": {"thresholds": [many]},
        "outlier_detection": {},
    }
    chain = {"filters": [{"name": "http", "typed_config": front}]}
    listener = {"name": "front", "address": address(port), "filter_chains": [chain]}
    return {
        "node": {"id": "bench", "cluster": "bench"},
        "static_resources": {"listeners": [listener], "clusters": [cluster]},
    }
