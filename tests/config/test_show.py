from __future__ import annotations

from linkerd.config.show import plain

TEXT = """\
routers:
- protocol: http
  dtab: "/a => /b ; /c=>/d"
  percent: 0.2
  identifier: {kind: io.l5d.static, path: /x}
  label:
  servers:
  - {port: 1, clearContext: true}
  - {}
"""


def test_what_was_written_and_nothing_else(sample):
    assert plain(sample.bind(TEXT)) == {
        "routers": [
            {
                "protocol": "http",
                "dtab": "/a=>/b;/c=>/d",
                "percent": 0.2,
                "identifier": [{"kind": "io.l5d.static", "path": "/x"}],
                "servers": [{"port": 1, "clearContext": True}, {}],
            }
        ]
    }


def test_the_kind_comes_first(sample):
    assert next(iter(plain(sample.bind(TEXT).routers[0]))) == "protocol"


def test_what_is_shown_binds_to_the_same(sample):
    import json

    config = sample.bind(TEXT)
    assert sample.bind(json.dumps(plain(config))) == config


def test_values_of_sections_made_by_hand(sample):
    session = sample.bind(
        "idleTimeMs: 1",
        type(
            sample.bind("routers: [{protocol: http, servers: [{session: {}}]}]")
            .routers[0]
            .servers[0]
            .session
        ),
    )
    assert plain(type(session)(idle_time_ms=5)) == {"idleTimeMs": 5}
