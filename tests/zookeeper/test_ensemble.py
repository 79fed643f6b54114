"""Which ensemble a section means."""

from __future__ import annotations

import json
from typing import Any

from linkerd.config.show import HIDDEN, plain
from linkerd.linker import load
from linkerd.zookeeper.ensemble import AuthInfo, Ensemble, ZkTls

TEXT = """
namers:
- kind: io.l5d.serversets
  zkAddrs: [{host: a, port: 1}, {host: b}]
  sessionTimeoutMs: 3000
  authInfo: {auth: 'web:secret'}
  tls: {disableValidation: true}
  chroot: /prod
- kind: io.l5d.curator
  zkAddrs: [{host: a, port: 1}, {host: b}]
  sessionTimeoutMs: 3000
  authInfo: {scheme: digest, auth: 'web:secret'}
  tls: {disableValidation: true}
routers:
- protocol: http
  servers: [{port: 0}]
"""


def loaded(text: str) -> Any:
    return load(text, "x.yaml")


def test_two_sections_mean_the_same_one() -> None:
    one, two = (Ensemble.of(section) for section in loaded(TEXT).namers)
    assert one == two
    assert hash(one) == hash(two)
    wanted = AuthInfo(auth="web:secret")
    assert one == Ensemble("a:1,b:2181", 3.0, wanted, ZkTls(disable_validation=True))
    assert one != Ensemble("a:1,b:2181", 3.0, wanted)


def test_credentials_are_shown_nowhere() -> None:
    config = loaded(TEXT)
    assert "secret" not in json.dumps(plain(config))
    assert HIDDEN in json.dumps(plain(config))
    assert "secret" not in repr(Ensemble.of(config.namers[0]))
