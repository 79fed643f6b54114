"""What each feature of the proxy adds to a request: one configuration beside another, in one run.

    .venv/bin/python benchmarks/features.py
    .venv/bin/python benchmarks/features.py --only accessLog --rounds 5 --cell 1kx64

Every variant is the bench's plain configuration with one thing more (or less). In each round all of
them are started, loaded by wrk and ended, one after the other; of the rounds the lowest CPU time
per request counts. Out: a table of CPU time, and what that is more than the plain configuration.
Owns nothing; see README.md for how to read the figures.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

import peers
from http_vs_peers import SIZES, Bench, Cell, Target
from measure import Cpus, Failed, free_ports, started

PLAIN = "plain"


class Variant:
    """A configuration with one thing more: lines for the router, entries of its one server."""

    def __init__(self, name: str, router: str = "", server: str = "") -> None:
        self.name = name
        self.router = router
        self.server = server


def retryable(kind: str) -> str:
    """A service whose failures of this kind are retried."""
    return f"service: {{responseClassifier: {{kind: {kind}}}}}"


VARIANTS = (
    Variant(PLAIN),
    Variant("tracePropagator none", "tracePropagator: {kind: none}"),
    Variant("tracePropagator io.l5d.zipkin", "tracePropagator: {kind: io.l5d.zipkin}"),
    Variant("tracePropagator io.l5d.w3c", "tracePropagator: {kind: io.l5d.w3c}"),
    Variant("httpAccessLog linkerd", "httpAccessLog: {folder}/access.log"),
    Variant(
        "httpAccessLog combined",
        "httpAccessLog: {folder}/access.log\n  httpAccessLogFormat: combined",
    ),
    Variant(
        "httpAccessLog json", "httpAccessLog: {folder}/access.log\n  httpAccessLogFormat: json"
    ),
    Variant("retryableRead5XX", retryable("io.l5d.http.retryableRead5XX")),
    Variant("totalTimeoutMs", "service: {totalTimeoutMs: 10000}"),
    Variant("requestAttemptTimeoutMs", "client: {requestAttemptTimeoutMs: 10000}"),
    Variant("loadBalancer ewma", "client: {loadBalancer: {kind: ewma}}"),
    Variant("failureAccrual none", "client: {failureAccrual: {kind: none}}"),
    Variant("addForwardedHeader", "", "addForwardedHeader: {by: {kind: ip}, for: {kind: ip}}"),
    Variant("timestampHeader", "", "timestampHeader: x-request-start"),
    Variant("maxConcurrentRequests", "", "maxConcurrentRequests: 10000"),
    Variant("serverSession", "", "serverSession: {idleTimeMs: 60000}"),
    Variant("clientSession", "client: {clientSession: {idleTimeMs: 60000}}"),
    Variant("clearContext", "", "clearContext: true"),
    Variant("compressionLevel 6, nobody asks", "compressionLevel: 6"),
    Variant("identifier io.l5d.header.token", "identifier: {kind: io.l5d.header.token}"),
    Variant("identifier io.l5d.methodAndHost", "identifier: {kind: io.l5d.methodAndHost}"),
)


def table(bench: Bench, variants: list[Variant]) -> str:
    """The figures as Markdown: the lowest CPU time of the rounds."""
    lowest = {
        variant.name: min(each.cpu_us for each in bench.figures if each.proxy == variant.name)
        for variant in variants
        if any(each.proxy == variant.name for each in bench.figures)
    }
    lines = [
        "| configuration | CPU µs/request | more than plain, µs | times plain |",
        "|---|---|---|---|",
    ]
    plain = lowest.get(PLAIN)
    for name, cpu_us in lowest.items():
        more = "" if plain is None else f"{cpu_us - plain:+.1f} | {cpu_us / plain:.2f}"
        lines.append(f"| {name} | {cpu_us:.1f} | {more} |")
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", help="variants whose name contains this, and plain")
    parser.add_argument("--cell", type=Cell.read, default=Cell("100", 64))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3, help="of load in each round")
    asked = parser.parse_args()
    variants = [each for each in VARIANTS if each.name == PLAIN or asked.only in each.name]
    env = {"PYTHONPATH": str(peers.ROOT)}
    targets = [
        Target(each.name, partial(peers.linkerd, router=each.router, server=each.server), env)
        for each in variants
    ]
    cpus = Cpus.choose()
    backends = free_ports(3)
    with tempfile.TemporaryDirectory(prefix="features-") as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        bench = Bench([asked.cell], asked.seconds, folder, cpus)
        try:
            serve = peers.back_ends(folder / "back", backends, SIZES)
            with started(serve, cpus.client, backends[0], folder / "back.log"):
                for _ in range(asked.rounds):
                    bench.run(targets, backends)
        except Failed as why:
            print(why, file=sys.stderr)
            return 1
    print(table(bench, variants))
    return 0


if __name__ == "__main__":
    sys.exit(main())
