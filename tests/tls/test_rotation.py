"""Files that change under virtual time, and what is in use meanwhile."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from tests.support.certificates import Certified, ca, leaf
from tests.support.logs import logged
from tests.support.namers import virtual_runtime
from tests.watch.fakes import Worker

from linkerd.tls.identity import IdentityFiles
from linkerd.tls.material import Sources
from linkerd.tls.pem import BadPem
from linkerd.tls.recipe import ClientRecipe, ServerRecipe
from linkerd.tls.rotation import GRACE_S, Rotation
from linkerd.tls.ssl_context import client_context

from .handshaking import NAME, SslEnd, material, shake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOT = ca()
NOW = time.time()  # noqa: TID251 - certificates are of today
CLIENT = client_context(material(trust=(ROOT,)), ServerRecipe().policy)


class Site:
    """A server's rotation over `leaf.pem` and `leaf.key`."""

    def __init__(self, folder: Path) -> None:
        runtime = virtual_runtime()
        self.clock = runtime.reactor
        self.runtime = attrs.evolve(runtime, wall=lambda: NOW + self.clock.seconds())
        self.worker = Worker()
        self.folder = folder
        self.files = IdentityFiles(str(folder / "leaf.pem"), str(folder / "leaf.key"))
        self.put(leaf(NAME, issuer=ROOT))
        self.rotation = self.make()
        self.rotation.current.ssl()

    def make(self) -> Rotation:
        return Rotation(
            self.runtime, self.runtime.metrics, self.worker, ServerRecipe(), Sources((self.files,))
        )

    def put(self, made: Certified, *, key: bool = True, certificate: bool = True) -> Certified:
        files = made.write(self.folder, "new")
        for file, wanted in zip(files, (certificate, key), strict=True):
            if wanted:
                os.replace(file, file.with_stem("leaf"))
        return made

    def shown(self) -> bytes:
        """What a client is shown by a new connection."""
        client = SslEnd(CLIENT, server=False, name=NAME)
        shake(client, SslEnd(self.rotation.current.ssl(), server=True))
        return client.peer()

    def counted(self) -> tuple[int, int]:
        metrics = self.runtime.metrics
        return metrics.counter("reloads").value, metrics.counter("reloads_failed").value


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.rotation.close()
    assert site.clock.getDelayedCalls() == []


def test_new_files_are_in_use_for_new_connections(site: Site) -> None:
    told: list[bytes] = []
    site.rotation.swapped.append(lambda: told.append(site.shown()))
    before = site.rotation.current
    new = site.put(leaf(NAME, issuer=ROOT))
    with logged() as lines:
        site.rotation.changed()
    assert site.shown() == new.der
    assert told == [new.der]
    assert site.rotation.current._ssl is not None, "made beforehand"
    assert before.ssl() is not site.rotation.current.ssl()
    assert site.counted() == (1, 0)
    assert len(lines) == 1
    assert lines[0].startswith(f"info: TLS: new connections use CN={NAME} for {NAME}, issued by")


def test_what_is_the_same_changes_nothing(site: Site) -> None:
    before = site.rotation.current
    with logged() as lines:
        site.rotation.changed()
    assert site.rotation.current is before
    assert site.counted() == (0, 0)
    assert lines == []


@pytest.mark.parametrize("first", ["certificate", "key"])
def test_a_pair_that_is_replaced_in_two_steps(site: Site, first: str) -> None:
    old, new = site.shown(), leaf(NAME, issuer=ROOT)
    with logged() as lines:
        site.put(new, key=first == "key", certificate=first == "certificate")
        site.rotation.changed()
        assert site.shown() == old
        assert "is not the key of" in site.rotation.waiting
        site.clock.advance(GRACE_S - 0.1)
        site.put(new, key=first != "key", certificate=first != "certificate")
        site.rotation.changed()
        assert site.shown() == new.der
        site.clock.advance(GRACE_S)
    assert (site.rotation.waiting, site.rotation.fault) == ("", "")
    assert site.counted() == (1, 0)
    assert [line for line in lines if not line.startswith("info")] == []


def test_a_bad_file_keeps_what_was_good(site: Site) -> None:
    old = site.shown()
    with open(site.files.certificate, "w") as file:
        file.write("nonsense")
    with logged() as lines:
        site.rotation.changed()
        site.clock.advance(GRACE_S)
        site.rotation.changed()
        site.clock.advance(GRACE_S)
    assert site.shown() == old
    assert site.counted() == (0, 1)
    (line,) = lines
    assert line.startswith(
        f"error: TLS: {site.files.certificate}: holds no certificate in PEM form"
    )
    assert "connections go on with what was read before: CN=" in line
    record = site.rotation.record()
    assert record["error"] == f"{site.files.certificate}: holds no certificate in PEM form"
    assert record["errorSince"] == NOW + GRACE_S
    assert list(record["certificates"]) == [site.files.certificate]

    new = site.put(leaf(NAME, issuer=ROOT))
    with logged() as lines:
        site.rotation.changed()
    assert site.shown() == new.der
    assert site.rotation.record()["error"] is None
    assert "are good again" in lines[0]


def test_what_stays_bad_is_told_in_time_however_often_it_changes(site: Site) -> None:
    for text in ("one", "two"):
        with open(site.files.key, "w") as file:
            file.write(text)
        site.rotation.changed()
        site.clock.advance(GRACE_S / 2)
    assert site.counted() == (0, 1)


def test_the_old_files_again_are_good_again(site: Site) -> None:
    os.rename(site.files.key, site.files.key + ".away")
    site.rotation.changed()
    site.clock.advance(GRACE_S)
    assert site.rotation.fault.endswith("cannot be read: No such file or directory")
    os.rename(site.files.key + ".away", site.files.key)
    site.rotation.changed()
    assert site.rotation.fault == ""
    assert site.counted() == (0, 1)


@pytest.mark.parametrize("days", [-2, 0])
def test_a_certificate_that_does_not_hold_takes_no_good_ones_place(site: Site, days: int) -> None:
    from datetime import UTC, datetime, timedelta

    old = site.shown()
    early = {} if days else {"begins": datetime.now(UTC) + timedelta(days=1)}
    site.put(leaf(NAME, issuer=ROOT, **({"days": days} if days else early)))
    site.rotation.changed()
    site.clock.advance(GRACE_S)
    assert site.shown() == old
    assert "what is in use still holds" in site.rotation.fault


def test_of_two_that_do_not_hold_the_new_one_is_taken(site: Site) -> None:
    site.clock.advance(400 * 86400)
    new = site.put(leaf(NAME, issuer=ROOT, days=300))
    site.rotation.changed()
    assert site.rotation.current.material.identities[0].certificate == new.certificate


def test_changes_during_a_reading_are_read_too(site: Site) -> None:
    site.worker.held = True
    site.put(leaf(NAME, issuer=ROOT))
    site.rotation.changed()
    last = leaf(NAME, issuer=ROOT)
    site.rotation.changed()
    site.rotation.changed()
    site.rotation.swapped.append(lambda: site.put(last) and None)
    site.worker.run()
    assert site.shown() == last.der
    assert site.worker.done == 2


def test_at_the_start_bad_files_are_an_error_and_late_ones_are_told(site: Site) -> None:
    site.put(leaf(NAME, issuer=ROOT, days=-2))
    with logged() as lines:
        site.make()
    assert len(lines) == 1
    assert lines[0].startswith(f"error: TLS: {site.files.certificate}: CN={NAME} expired at ")
    os.chmod(site.files.key, 0o644)
    site.put(leaf(NAME, issuer=ROOT), key=False)
    with pytest.raises(BadPem, match="is not the key of"):
        site.make()


def test_a_bundle_that_changes(site: Site) -> None:
    bundle = site.folder / "ca.pem"
    bundle.write_text(ROOT.pem)
    rotation = Rotation(
        site.runtime, site.runtime.metrics, site.worker, ClientRecipe(), Sources((), (str(bundle),))
    ).prepare(stock=True)
    bundle.write_text(ROOT.pem + ca("Next").pem)
    with logged() as lines:
        rotation.changed()
    assert lines == ["info: TLS: new connections use the trust in CN=Trial CA and 1 more"]
    assert rotation.current._stock is not None
    assert rotation.current._ssl is None


def test_what_openssl_does_not_take(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    import ssl

    def refuse(*_: Any, **__: Any) -> None:
        raise ssl.SSLError(1, "ca md too weak")

    monkeypatch.setattr("linkerd.tls.ssl_context.server_context", refuse)
    with pytest.raises(BadPem, match=r"OpenSSL does not take what is in the files.*too weak"):
        site.make().prepare(stock=False)
    site.put(leaf(NAME, issuer=ROOT))
    site.rotation.changed()
    site.clock.advance(GRACE_S)
    assert site.rotation.fault.startswith("OpenSSL does not take what is in the files")
