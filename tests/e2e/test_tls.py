"""TLS on both sides of real proxies: one that callers see, one beside the service."""

from __future__ import annotations

import http.client
import socket
import ssl
import subprocess
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.support.certificates import ca, leaf
from tests.support.proxy import Proxy, inet, running_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.certificates import Certified


class Mesh(NamedTuple):
    """`near` takes plain text and speaks TLS to `far`, which speaks plain text to a back end.

    `near` calls it by three names: `web` is who it is, `other` is not, `unshown` shows nothing of
    itself.
    """

    near: Proxy
    far: Proxy
    folder: Path
    authority: Certified


def names(folder: Path, port: int) -> tuple[str, str]:
    """Dtab and clients of the near proxy."""
    disco = folder / "disco"
    disco.mkdir()
    for name in ("far", "other", "unshown"):
        (disco / name).write_text(f"127.0.0.1 {port}\n")
    dtab = "/svc/web => /#/io.l5d.fs/far ;\n/svc => /#/io.l5d.fs ;"
    trust = f"trustCertsBundle: {folder}/ca.pem"
    own = f"clientAuth: {{certPath: {folder}/near.pem, keyPath: {folder}/near.key}}"
    clients = f"""
        client:
          kind: io.l5d.static
          configs:
          - prefix: "/#/io.l5d.fs/{{name}}"
            tls: {{commonName: "{{name}}.test", {trust}, {own}}}
          - prefix: "/#/io.l5d.fs/unshown"
            tls: {{commonName: far.test, {trust}}}
    """
    return dtab, clients


@pytest.fixture(scope="module")
def mesh(
    carrier: str, origin_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mesh]:
    folder = tmp_path_factory.mktemp("tls")
    authority = ca()
    (folder / "ca.pem").write_text(authority.pem)
    leaf("far.test", issuer=authority).write(folder, "far")
    leaf("near.test", issuer=authority).write(folder, "near")
    tls = (
        f"tls: {{certPath: {folder}/far.pem, keyPath: {folder}/far.key,"
        f" caCertPath: {folder}/ca.pem, requireClientAuth: true}}"
    )
    with ExitStack() as stack:
        far = stack.enter_context(running_proxy(folder, carrier, inet(origin_port), server=tls))
        dtab, clients = names(folder, far.port)
        top = f"namers: [{{kind: io.l5d.fs, rootDir: {folder / 'disco'}}}]"
        near = stack.enter_context(running_proxy(folder, carrier, dtab, clients, top))
        yield Mesh(near, far, folder, authority)
        for each in (near, far):
            assert each.stop(), each.output
            assert each.troubles() == [], each.output


def caller(mesh: Mesh) -> http.client.HTTPSConnection:
    """A connection to the far proxy, by a client of Python's own."""
    context = ssl.create_default_context(cafile=str(mesh.folder / "ca.pem"))
    context.load_cert_chain(mesh.folder / "near.pem", mesh.folder / "near.key")
    sock = socket.create_connection(("127.0.0.1", mesh.far.port), 5)
    made = http.client.HTTPSConnection("far.test", timeout=5)
    made.sock = context.wrap_socket(sock, server_hostname="far.test")
    return made


def serial(mesh: Mesh) -> int:
    """Number of the certificate that the far proxy shows now."""
    made = caller(mesh)
    shown = made.sock.getpeercert()
    made.close()
    return int(shown["serialNumber"], 16)


def until(seconds: float, true: object) -> bool:
    """Wait for something to become true."""
    end = time.monotonic() + seconds  # noqa: TID251
    while time.monotonic() < end:  # noqa: TID251
        if true():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def test_from_linkerd_to_linkerd(mesh: Mesh) -> None:
    assert mesh.near.get("/")[0] == 200
    clients = mesh.near.metrics()
    assert clients["rt/http/client/#/io.l5d.fs/far/tls/connections"] >= 1
    assert mesh.far.metrics()[f"rt/http/server/127.0.0.1/{mesh.far.port}/tls/connections"] >= 1


def test_a_large_body_both_ways(mesh: Mesh) -> None:
    body = bytes(range(256)) * 8192
    made = http.client.HTTPConnection("127.0.0.1", mesh.near.port, timeout=20)
    made.request("POST", "/echo", body, {"Host": "web"})
    assert made.getresponse().read() == body


def test_a_client_of_another_make(mesh: Mesh) -> None:
    made = caller(mesh)
    for _ in range(3):
        made.request("GET", "/", headers={"Host": "web"})
        answer = made.getresponse()
        assert answer.status == 200
        answer.read()


def test_who_has_another_name_is_not_told_anything(mesh: Mesh) -> None:
    status, body = mesh.near.get("/", "other")
    assert status == 502
    assert b"L5D-2012" in body
    assert b"other.test" in body
    assert b"far.test" in body


def test_who_shows_no_certificate_is_refused(mesh: Mesh) -> None:
    status, body = mesh.near.get("/", "unshown")
    assert status == 502
    assert b"L5D-2012" in body
    assert b"certificate required" in body


def test_plain_text_is_refused(mesh: Mesh) -> None:
    assert b"HTTP/1.1 200" not in mesh.far.say(b"GET / HTTP/1.1\r\nHost: web\r\n\r\n")
    assert caller(mesh).sock.version() == "TLSv1.3"


def test_new_files_are_used_and_no_request_fails(mesh: Mesh) -> None:
    before = serial(mesh)
    leaf("far.test", issuer=mesh.authority).write(mesh.folder, "new")
    for end in ("key", "pem"):
        (mesh.folder / f"new.{end}").rename(mesh.folder / f"far.{end}")

    def changed() -> bool:
        assert mesh.near.get("/")[0] == 200
        return serial(mesh) != before

    assert until(5.0, changed)
    assert mesh.far.metrics()["tls/reloads"] >= 1


def test_bad_files_change_nothing_and_are_shown(mesh: Mesh) -> None:
    before = serial(mesh)
    good = (mesh.folder / "far.pem").read_text()
    (mesh.folder / "far.pem").write_text("no certificate")
    assert until(20.0, lambda: mesh.far.metrics()["tls/reloads_failed"] >= 1)
    assert serial(mesh) == before
    assert "far.pem" in mesh.far.output
    (mesh.folder / "far.pem").write_text(good)


def test_curl(mesh: Mesh) -> None:
    command = [
        "curl",
        "-sS",
        "--cacert",
        mesh.folder / "ca.pem",
        "--cert",
        mesh.folder / "near.pem",
    ]
    command += ["--key", mesh.folder / "near.key", "-H", "Host: web"]
    command += ["--resolve", f"far.test:{mesh.far.port}:127.0.0.1"]
    done = subprocess.run(
        [*command, f"https://far.test:{mesh.far.port}/"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
