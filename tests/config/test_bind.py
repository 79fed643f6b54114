from __future__ import annotations

import time

import pytest

from linkerd.config.load import parse
from linkerd.errors import NOWHERE, ConfigError, Where
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path

GOOD = """\
routers:
- protocol: http
  experimental: true
  label: 1:30
  dtab: |
    /svc => /#/io.l5d.fs;
  identifier: {kind: io.l5d.static, path: /x}
  interpreter: {}
  servers:
  - port: "4140"
    ip: 0.0.0.0
    clearContext: true
    session:
  - {}
  percent: 1e-1
names: [on, 010, 0x10, 1:30, 2020-01-01, "null", .5, 'a b', True]
namers:
- kind: io.l5d.fs
  rootDir: /
  prefix: /files
"""


R = "routers:\n- protocol: http\n  servers: []\n"

DTABS = [
    ("plain", f"{R}  dtab: «/a => /b\n"),
    ("plain over lines", f"{R}  dtab: «/a => /b;\n    «/c => /d\n"),
    (
        "literal",
        f"{R}  dtab: |\n    «/a => /b; # one\n\n    # two\n    «/c =>\n      /d;  «/e => /f\n",
    ),
    ("literal, deeper", f"{R}  dtab: |2-\n      «/a => /b;\n    «/c => /d\n"),
    ("folded", f"{R}  dtab: >\n    «/a => /b;\n    «/c => /d\n"),
    ("single quotes", f"{R}  dtab: '«/a => /b;\n    «/c => /d'\n"),
    ("double quotes", f'{R}  dtab: "«/a => /b;\\\n    \\n «/c => /d"\n'),
    ("anchored", f"{R}  dtab: &x «/a => /b\n"),
    (
        "JSON",
        '{"routers": [{"protocol": "http", "servers": [], "dtab": "«/a => /b;\\n «/c => /d"}]}',
    ),
]


@pytest.fixture
def config(sample):
    return sample.bind(GOOD)


def test_scalars_take_the_type_of_their_key(config):
    router = config.routers[0]
    assert router.label == "1:30"
    assert router.servers[0].port == 4140
    assert router.servers[0].ip == "0.0.0.0"
    assert router.servers[0].clear_context is True
    assert router.percent == pytest.approx(0.1)
    assert router.dtab == Dtab.read("/svc => /#/io.l5d.fs")
    assert config.namers[0].prefix == Path.of("files")
    assert config.names == ("on", "010", "0x10", "1:30", "2020-01-01", "null", ".5", "a b", "True")


@pytest.mark.parametrize("marked", [text for _, text in DTABS], ids=[name for name, _ in DTABS])
def test_rules_know_their_places(sample, marked):
    (router,) = sample.bind(marked.replace("«", "")).routers
    before = [text.replace("«", "") for text in _before_marks(marked)]
    assert [rule.where for rule in router.dtab.dentries] == [
        Where("test.yaml", text.count("\n") + 1, len(text) - text.rfind("\n"), "routers[0].dtab")
        for text in before
    ]


def _before_marks(marked):
    return [marked[:index] for index, char in enumerate(marked) if char == "«"]


@pytest.mark.parametrize("style", ["|", ">", "'"])
def test_the_places_of_many_rules_take_little_time(sample, style):
    rules = "".join(f"    /svc/name{n} => /host/name{n} ;\n" for n in range(5000))
    end = "    '\n" if style == "'" else ""
    started = time.process_time()
    (router,) = sample.bind(f"{R}  dtab: {style}\n{rules}{end}").routers
    assert time.process_time() - started < 3
    assert router.dtab.dentries[-1].where.line == 4 + 5000


def test_what_is_absent_or_null_has_its_default(config):
    server = config.routers[0].servers[1]
    assert (server.port, server.ip, server.clear_context) == (4140, "127.0.0.1", False)
    assert config.routers[0].servers[0].session is None
    assert config.routers[0].max_headers_kb == 8


@pytest.mark.parametrize("digits", ["10", "010", "-3", "'7'"])
def test_integers_are_decimal(sample, digits):
    text = f"routers: [{{protocol: http, servers: [], maxHeadersKB: {digits}}}]"
    assert sample.bind(text).routers[0].max_headers_kb == int(digits.strip("'"))


def test_kinds_choose_classes(config):
    router = config.routers[0]
    assert type(router).__name__ == "HttpConfig"
    assert type(config.namers[0]).__name__ == "FsConfig"
    assert [type(i).__name__ for i in router.identifier] == ["StaticConfig"]
    assert type(router.interpreter).__name__ == "DefaultInterpreterConfig"


def test_one_or_many(sample):
    identifiers = "[{kind: io.l5d.static, path: /x}, {kind: io.l5d.header.token}]"
    text = f"routers: [{{protocol: http, servers: [], identifier: {identifiers}}}]"
    assert len(sample.bind(text).routers[0].identifier) == 2


def test_experimental_is_accepted_and_not_needed(config):
    assert config.routers[0].experimental is True
    assert config.namers[0].experimental is False


def test_sections_know_their_places(config):
    router = config.routers[0]
    assert router.where == Where("test.yaml", 2, 3, "routers[0]")
    assert router.place("label") == Where("test.yaml", 4, 10, "routers[0].label")
    assert router.servers[0].place("port") == Where(
        "test.yaml", 10, 11, "routers[0].servers[0].port"
    )
    assert router.place("percent").line == 15
    assert router.place("bindingTimeoutMs") == router.where
    assert "session" not in router.servers[0].places


def test_places_do_not_count_for_equality(sample):
    one = sample.bind("routers: []\nnames: [a]")
    two = sample.bind('{"names": ["a"],\n\n"routers": []}')
    assert one == two
    assert one.where == two.where != NOWHERE
    assert one.place("names") != two.place("names")


def test_json_binds_as_yaml(sample, config):
    text = """{"routers": [{"protocol": "http", "experimental": true, "label": "1:30",
      "dtab": "/svc => /#/io.l5d.fs;", "identifier": [{"kind": "io.l5d.static", "path": "/x"}],
      "interpreter": {}, "percent": 0.1,
      "servers": [{"port": 4140, "ip": "0.0.0.0", "clearContext": true, "session": null}, {}]}],
      "names": ["on", "010", "0x10", "1:30", "2020-01-01", "null", ".5", "a b", "True"],
      "namers": [{"kind": "io.l5d.fs", "rootDir": "/", "prefix": "/files"}]}"""
    assert sample.bind(text) == config


def test_aliases_bind_like_copies(sample):
    text = "routers:\n- protocol: http\n  servers:\n  - &s {port: 1}\n  - *s\n"
    first, second = sample.bind(text).routers[0].servers
    assert first == second


def test_a_class_with_a_kind_needs_no_tag(sample):
    token = sample.registry.find("identifier", "io.l5d.header.token")
    assert sample.bind("header: h", token).header == "h"
    assert sample.bind("kind: io.l5d.header.token\nheader: h", token).header == "h"


def test_another_kind_does_not_fit_a_class_with_one(sample):
    token = sample.registry.find("identifier", "io.l5d.header.token")
    with pytest.raises(ConfigError, match=r"unknown identifier kind 'io\.l5d\.static'"):
        sample.bind("kind: io.l5d.static", token)


def test_faults_of_the_text_come_with_those_of_the_binder(sample):
    faults = sample.faults("routers: 1\nnames: []\nnames: []\nx: 1\n")
    assert [fault.code for fault in faults] == ["L5D-4004", "L5D-4003", "L5D-4002"]


def test_a_faulty_section_is_not_asked_about_its_whole(sample):
    text = "routers: [{protocol: http, servers: [{session: {idleTimeMs: 9, lifeTimeMs: 5, x: 1}}]}]"
    assert [fault.code for fault in sample.faults(text)] == ["L5D-4002"]


def test_the_document_is_left_as_it_was(sample):
    document = parse(GOOD, "test.yaml")
    assert document.faults == ()
