"""Material that is shared and followed."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from tests.support.certificates import ca, leaf
from tests.support.logs import logged
from tests.support.namers import virtual_runtime
from tests.watch.fakes import ByHand, Worker
from twisted.internet import defer
from twisted.trial.unittest import TestCase

from linkerd.tls.identity import IdentityFiles
from linkerd.tls.material import Sources
from linkerd.tls.pem import BadPem
from linkerd.tls.recipe import ClientRecipe, ServerRecipe
from linkerd.tls.rotation import GRACE_S
from linkerd.tls.store import Store, mk_store
from linkerd.watch.files import NET_S

if TYPE_CHECKING:
    from pathlib import Path

    from linkerd.runtime import Runtime


def sources(folder: Path) -> Sources:
    leaf("users.internal").write(folder)
    return Sources((IdentityFiles(str(folder / "leaf.pem"), str(folder / "leaf.key")),))


def store_of(runtime: Runtime) -> Store:
    return mk_store(runtime, Worker(), ByHand())


def test_shared_by_those_who_want_the_same(tmp_path: Path) -> None:
    runtime = virtual_runtime()
    store, files = store_of(runtime), sources(tmp_path)
    first = store.rotation(ServerRecipe(), files)
    assert store.rotation(ServerRecipe(), files) is first
    assert store.rotation(ServerRecipe(alpn=("h2",)), files) is not first
    assert store.rotation(ClientRecipe(), files) is not first
    assert first.current._ssl is not None
    assert first.current._stock is None
    store.close()
    assert runtime.reactor.getDelayedCalls() == []


def test_the_context_that_the_network_wants_is_made_at_the_start(tmp_path: Path) -> None:
    class Stock:
        name = "twisted"

    store = store_of(attrs.evolve(virtual_runtime(), network=Stock()))
    made = store.rotation(ServerRecipe(), sources(tmp_path)).current
    assert made._stock is not None
    assert made._ssl is None


def test_files_are_followed_and_expiry_goes_with_them(tmp_path: Path) -> None:
    runtime = virtual_runtime()
    store, files = store_of(runtime), sources(tmp_path)
    rotation = store.rotation(ServerRecipe(), files)

    def left() -> list[float]:
        found = runtime.metrics.find("tls", "certificates")
        assert found is not None
        return [m.read() for _, m in found.walk()]  # type: ignore[union-attr]

    before = left()
    leaf("users.internal", days=999).write(tmp_path)
    runtime.reactor.pump([0.1] * round(NET_S * 10))
    (after,) = left()
    assert after > before[0] + 500 * 86400
    assert runtime.metrics.counter("tls", "reloads").value == 1
    assert store.state() == [rotation.record()]
    os.unlink(tmp_path / "leaf.key")
    runtime.reactor.pump([0.1] * round((NET_S + GRACE_S) * 10))
    assert store.faults() == [f"{tmp_path}/leaf.key: cannot be read: No such file or directory"]
    store.close()


def test_bad_files_are_not_kept(tmp_path: Path) -> None:
    store, files = store_of(virtual_runtime()), sources(tmp_path)
    (tmp_path / "leaf.key").write_text("")
    with pytest.raises(BadPem):
        store.rotation(ServerRecipe(), files)
    assert store.state() == []


def test_said_once() -> None:
    store = store_of(virtual_runtime())
    with logged() as lines:
        store.warn_once("a")
        store.warn_once("a")
        store.warn_once("b")
    assert lines == ["warn: a", "warn: b"]


class RealFiles(TestCase):
    """With a thread and the system's inotify: a renamed file is in use, read in the thread."""

    timeout = 30

    async def test_a_renamed_pair(self) -> None:
        from pathlib import Path

        from twisted.internet import reactor

        folder = Path(self.mktemp())
        folder.mkdir()
        clock: Any = reactor
        runtime = attrs.evolve(virtual_runtime(), reactor=clock)
        store = mk_store(runtime)
        self.addCleanup(store.close)
        rotation = store.rotation(ServerRecipe(), sources(folder))
        changed: defer.Deferred[str] = defer.Deferred()
        rotation.swapped.append(lambda: changed.callback(threading.current_thread().name))
        new = leaf("users.internal")
        for file in new.write(folder, "new"):
            os.replace(file, file.with_stem("leaf"))
        self.assertEqual(await changed, threading.current_thread().name)
        own = rotation.current.material.identities[0]
        self.assertEqual(own.certificate, new.certificate)


def test_an_authority_for_all(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(ca().pem)
    store = store_of(virtual_runtime())
    kept = store.rotation(ClientRecipe(), Sources((), (str(tmp_path / "ca.pem"),)))
    assert list(kept.record()["certificates"]) == [str(tmp_path / "ca.pem")]
