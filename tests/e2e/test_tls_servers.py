"""Servers with TLS, the admin server among them: how they are asked, what they show and log."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import threading
import time
from contextlib import ExitStack
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from tests.support.certificates import ca, leaf
from tests.support.proxy import Proxy, inet, running_proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.certificates import Certified


class World(NamedTuple):
    """`proxy` takes TLS and plain text, and shows certificates of a folder as Kubernetes has it.

    Its admin server takes TLS alone, from those who have a certificate.
    """

    proxy: Proxy
    folder: Path
    authority: Certified

    def context(self) -> ssl.SSLContext:
        made = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        made.load_cert_chain(self.folder / "me.pem", self.folder / "me.key")
        return made

    def ask(self, port: int, path: str = "/", host: str = "web") -> tuple[int, bytes]:
        with socket.create_connection(("127.0.0.1", port), 5) as sock:
            made = http.client.HTTPSConnection("front.test", timeout=5)
            made.sock = self.context().wrap_socket(sock, server_hostname="front.test")
            made.request("GET", path, headers={"Host": host})
            answer = made.getresponse()
            return answer.status, answer.read()

    def admin(self, path: str) -> Any:
        status, body = self.ask(self.proxy.admin, path, "localhost")
        assert status == 200, body
        return json.loads(body)

    def serial(self, port: int) -> int:
        with (
            socket.create_connection(("127.0.0.1", port), 5) as sock,
            self.context().wrap_socket(sock, server_hostname="front.test") as stream,
        ):
            shown: Any = stream.getpeercert()
            return int(shown["serialNumber"], 16)


def project(folder: Path, name: str, made: Certified) -> None:
    """Put a pair into a volume as Kubernetes does: a new folder, then one link turned to it."""
    (folder / name).mkdir()
    made.write(folder / name, "tls")
    os.symlink(name, folder / "..tmp")
    os.rename(folder / "..tmp", folder / "..data")


@pytest.fixture(scope="module")
def world(
    carrier: str, origin_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("servers")
    authority = ca()
    (folder / "ca.pem").write_text(authority.pem)
    leaf("me.test", issuer=authority).write(folder, "me")
    volume = folder / "volume"
    volume.mkdir()
    project(volume, "..1", leaf("front.test", issuer=authority))
    for end in ("pem", "key"):
        (volume / f"tls.{end}").symlink_to(f"..data/tls.{end}")
    pair = f"certPath: {volume}/tls.pem, keyPath: {volume}/tls.key"
    trust = f"caCertPath: {folder}/ca.pem, requireClientAuth: true"
    router = (
        f"httpAccessLog: {folder}/access.log\nhttpAccessLogFormat: json\n"
        "client: {forwardClientCert: true}"
    )
    with ExitStack() as stack:
        proxy = stack.enter_context(
            running_proxy(
                folder,
                carrier,
                inet(origin_port),
                router,
                top=f"admin: {{port: ADMIN, tls: {{{pair}, {trust}}}}}",
                server=f"tls: {{{pair}, mode: permissive}}",
            )
        )
        yield World(proxy, folder, authority)
        assert proxy.stop(), proxy.output
        assert proxy.troubles() == [], proxy.output


def until(true: Callable[[], bool], seconds: float = 3.0) -> bool:
    end = time.monotonic() + seconds  # noqa: TID251
    while time.monotonic() < end:  # noqa: TID251
        if true():
            return True
        time.sleep(0.05)
    return False


def test_a_permissive_server_takes_both_and_counts(world: World) -> None:
    assert world.ask(world.proxy.port)[0] == 200
    assert world.proxy.get("/")[0] == 200
    metrics = world.admin("/admin/metrics.json")
    server = f"rt/http/server/127.0.0.1/{world.proxy.port}/tls"
    assert metrics[f"{server}/plain"] >= 1
    assert f"{server}/connections" in metrics


def test_the_admin_server_takes_those_with_a_certificate(world: World) -> None:
    assert world.ask(world.proxy.admin, "/admin/ping", "localhost") == (200, b"pong")
    assert world.admin("/admin/metrics.json")["adminhttp/tls/connections"] >= 1
    with socket.create_connection(("127.0.0.1", world.proxy.admin), 5) as sock:
        context = ssl.create_default_context(cafile=str(world.folder / "ca.pem"))
        # With TLS 1.3 the client is through before the server has looked at its certificate.
        stream = context.wrap_socket(sock, server_hostname="front.test")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            stream.recv(100)
    assert until(lambda: "showed no certificate" in world.proxy.output)


def test_what_is_in_use_is_shown(world: World) -> None:
    shown = world.admin("/tls.json")
    files = {file for each in shown for file in each["files"]}
    assert str(world.folder / "volume" / "tls.pem") in files
    assert {c["subject"] for each in shown for c in each["certificates"]} >= {"CN=front.test"}
    status, page = world.ask(world.proxy.admin, "/", "localhost")
    assert status == 200
    assert b"CN=front.test" in page


def test_the_access_log_says_who_speaks_what(world: World) -> None:
    assert world.ask(world.proxy.port, "/logged")[0] == 200
    log = world.folder / "access.log"

    def lines() -> list[dict[str, Any]]:
        return [json.loads(line) for line in log.read_text().splitlines()]

    assert until(lambda: any(line["target"] == "/logged" for line in lines()))
    (line,) = [line for line in lines() if line["target"] == "/logged"]
    assert line["tls_version"] == "TLSv1.3"
    assert line["tls_cipher"].startswith("TLS_")


def test_a_volume_that_is_swapped_is_followed(world: World) -> None:
    ports = (world.proxy.port, world.proxy.admin)
    before = {world.serial(port) for port in ports}
    assert len(before) == 1
    project(world.folder / "volume", "..2", leaf("front.test", issuer=world.authority))

    def changed() -> bool:
        assert world.ask(world.proxy.port)[0] == 200
        return before.isdisjoint({world.serial(port) for port in ports})

    assert until(changed)


def test_the_back_end_is_told_whose_certificate_it_was(
    carrier: str, world: World, tmp_path: Path
) -> None:
    folder, heads = world.folder, []
    with socket.create_server(("127.0.0.1", 0)) as back, ExitStack() as stack:

        def answer() -> None:
            stream, _ = back.accept()
            with stream:
                heads.append(stream.recv(65536))
                stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        volume = folder / "volume"
        tls = (
            f"tls: {{certPath: {volume}/tls.pem, keyPath: {volume}/tls.key,"
            f" caCertPath: {folder}/ca.pem, requireClientAuth: true}}"
        )
        dtab, client = inet(back.getsockname()[1]), "client: {forwardClientCert: true}"
        proxy = stack.enter_context(running_proxy(tmp_path, carrier, dtab, client, server=tls))
        assert world.ask(proxy.port)[0] == 200
        thread.join()
    der = ssl.PEM_cert_to_DER_cert((folder / "me.pem").read_text())
    told = f'Hash={sha256(der).hexdigest().upper()};DNS=me.test;Subject="CN=me.test"'
    assert f"x-forwarded-client-cert: {told}\r\n".encode() in heads[0]
