"""Stand-ins for the two modules the command delegates to; what they did is recorded."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import pytest

import linkerd
from linkerd.errors import ConfigError, Fault

FAULTS = [
    Fault("L5D-4002", "x.yaml", 1, 1, "a", "unknown key 'a'"),
    Fault("L5D-4004", "x.yaml", 2, 4, "b", "found a list", expected="text"),
]


def router(label, *servers):
    return SimpleNamespace(label=label, kind="http", servers=servers)


@pytest.fixture
def linker(monkeypatch):
    """Give a `linkerd.linker` whose `load` accepts every text but `bad`."""
    module = ModuleType("linkerd.linker")

    def load(text, source_name):
        module.loaded = (text, source_name)
        if text == "bad":
            raise ConfigError(FAULTS)
        return SimpleNamespace(routers=(router("in", 1, 2), router(None, 3)))

    module.load = load
    module.loaded = None
    monkeypatch.setitem(sys.modules, "linkerd.linker", module)
    monkeypatch.setattr(linkerd, "linker", module, raising=False)
    return module


@pytest.fixture
def tap(monkeypatch):
    """Give a `linkerd.tap` that keeps how it was run."""
    module = ModuleType("linkerd.tap")
    module.runs = []

    def run(path, **options):
        module.runs.append((path, options))
        return 0

    module.run = run
    monkeypatch.setitem(sys.modules, "linkerd.tap", module)
    return module


@pytest.fixture
def here(monkeypatch):
    """Let work that wants a reactor run in virtual time, without a reactor."""
    from tests.support.memory import MemoryNetwork
    from tests.support.runtime import make_runtime
    from twisted.internet.defer import Deferred

    from linkerd.cli import dtab_diff, dtab_eval, once, tls_test

    def run_once(work):
        network = MemoryNetwork()
        outcome = []
        Deferred.fromCoroutine(work(make_runtime(network))).addBoth(outcome.append)
        for _ in range(100):
            if outcome:
                break
            network.advance(0.1)
        (result,) = outcome
        if hasattr(result, "raiseException"):
            result.raiseException()
        return result

    for module in (once, dtab_eval, dtab_diff, tls_test):
        monkeypatch.setattr(module, "run_once", run_once)


CONFIG = """\
routers:
- protocol: http
  label: in
  dtab: |
    /svc/web => /$/inet/127.0.0.1/80 ;
    /svc/off => ! ;
  servers: [{port: 4140}]
- protocol: http
  label: out
  dtab: /svc => /$/inet/127.0.0.1/81
  servers: [{port: 4141}]
"""


@pytest.fixture
def config(tmp_path):
    """Give the file of a configuration with two routers."""
    path = tmp_path / "l.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    """Give a directory with the files of `linkerd tls dev-ca`, for users.internal and `linker`."""
    from linkerd.cli.tls_dev_ca import make

    folder = tmp_path_factory.mktemp("certs")
    make(str(folder), ["users.internal"], ["linker"], False)
    return folder


SECURED = """\
routers:
- protocol: http
  label: plain
  dtab: /svc => /$/inet/127.0.0.1/80
  servers: [{port: 4140}]
- protocol: http
  label: out
  dtab: |
    /svc/users => /$/inet/127.0.0.1/81 ;
    /svc/half => /$/inet/127.0.0.1/81 & /$/inet/127.0.0.1/82 ;
    /svc/off => /$/inet/127.0.0.1/83 ;
    /svc/bad => /$/inet/127.0.0.1/84 ;
  client:
    kind: io.l5d.static
    configs:
    - prefix: /$/inet/127.0.0.1
      tls:
        commonName: users.internal
        trustCertsBundle: CERTS/ca.pem
        clientAuth: {certPath: CERTS/linker.pem, keyPath: CERTS/linker.key}
    - prefix: /$/inet/127.0.0.1/83
      tls: {enabled: false}
    - prefix: /$/inet/{host}/84
      tls: {commonName: "web-{host}", trustCertsBundle: CERTS/ca.pem}
  servers:
  - port: 4141
    tls: {certPath: CERTS/users.internal.pem, keyPath: CERTS/users.internal.key}
  - port: 4142
"""


class Idle:
    """A worker in place of a thread, who never comes to do what is asked."""

    def ask(self, work):
        from twisted.internet.defer import Deferred

        return Deferred()

    def close(self):
        pass


@pytest.fixture
def secured(tmp_path, certs, monkeypatch):
    """Give the file of a configuration with a router that speaks TLS, behind one that does not."""
    monkeypatch.setattr("linkerd.tls.store.ThreadWorker", lambda *_: Idle())
    monkeypatch.setattr("linkerd.tls.store.open_inotify", lambda *_: None)
    path = tmp_path / "tls.yaml"
    path.write_text(SECURED.replace("CERTS", str(certs)))
    return path
