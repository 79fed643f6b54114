"""Broken documents: each is told with its exact place and code, quickly, and never as a traceback.

In a document « marks the place of a fault; it is taken out before the document is read.
"""

from __future__ import annotations

import time

import pytest

S = "servers: [{}]"
R = "routers:\n- protocol: http\n  servers:\n  - port: 4140\n"

# name, document with its marks, codes in order, a word of each message
BROKEN: list[tuple[str, str, str, str]] = [
    # syntax
    ("empty", "«", "4001", "empty"),
    ("only a comment", "«# nothing\n", "4001", "empty"),
    ("a tab indents", "routers:\n«\t- protocol: http\n", "4001", "a tab"),
    ("a tab after a dash", "routers:\n- protocol: http\n«\tservers: []\n", "4001", "a tab"),
    ("flow list not closed", "routers: [1, 2\nb«: 3\n", "4001", "',' or ']'"),
    ("quote not closed", 'routers: "abc\n«', "4001", "quoted scalar"),
    ("two colons", "routers: a«: b\n", "4001", "mapping values"),
    ("bad indentation", "routers:\n  - a\n «- b\n", "4001", ""),
    ("dash in an object", "routers: x\n«- a\n", "4001", ""),
    ("second document", f"{R}«---\nrouters: []\n", "4001", "second document"),
    ("a tag", "routers: «!!python/object:os.system x\n", "4001", "tag"),
    ("own tag", "routers: «!mine []\n", "4001", "tag"),
    ("set tag", "routers: «!!set {a}\n", "4001", "tag"),
    ("unknown alias", "routers: «*nobody\n", "4001", "no anchor"),
    ("alias in itself", "routers: &a [«*a]\n", "4001", "contains itself"),
    ("list as a key", "? «[a, b]\n: c\n", "4001", "a key is an object or a list"),
    ("control character", "routers: a«\x07b\n", "4001", "control character"),
    ("zero byte", "«\0", "4001", "control character"),
    ("reserved character", "routers: «@x\n", "4001", "cannot start"),
    ("bad escape", 'routers: "a«\\q"\n', "4001", "escape"),
    # JSON
    ("JSON: not closed", '{"routers": [],\n «', "4001", "too early"),
    ("JSON: trailing comma", '{"routers": [],«}', "4001", "key in double quotes"),
    ("JSON: bare key", "{«routers: []}", "4001", "key in double quotes"),
    ("JSON: single quotes", "{«'routers': []}", "4001", "key in double quotes"),
    ("JSON: no comma", '{"a": 1\n  «"b": 2}', "4001", "',' or '}'"),
    ("JSON: no colon", '{"a" «1}', "4001", "':'"),
    ("JSON: no comma in a list", '{"a": [1 «2]}', "4001", "',' or ']'"),
    ("JSON: text behind", '{"names": []}\n«x', "4001", "after the end"),
    ("JSON: comment", '{«// no\n"a": 1}', "4001", "key in double quotes"),
    ("JSON: bad number", '{"a": «01}', "4001", "a value"),
    ("JSON: NaN", '{"a": «NaN}', "4001", "a value"),
    ("JSON: bad escape", '{"a": "x«\\q"}', "4001", "escape"),
    ("JSON: string over lines", '{"a": "x«\ny"}', "4001", "control character"),
    ("JSON: string not closed", '{"a": «"x', "4001", "unterminated"),
    ("JSON: half a surrogate", '{"a": «"\\ud800"}', "4001", "surrogate"),
    (
        "JSON: duplicate",
        '{"routers": [],\n "namers": [],\n "names": [],\n «"namers": []}',
        "4003",
        "line 2",
    ),
    # duplicates and merge keys
    ("duplicate at the top", "routers: []\nnames: []\n«routers: []\n", "4003", "first in line 1"),
    ("duplicate inside", f"{R}    «port: 4141\n", "4003", "first in line 4"),
    (
        "three times",
        "names: []\n«names: []\n«names: []\nrouters: []\n",
        "4003 4003",
        "first in line 1",
    ),
    ("duplicate under an unknown key", "routers: []\n«x:\n  a: 1\n  «a: 2\n", "4002 4003", ""),
    ("quoted duplicate", "names: []\n«'names': []\nrouters: []\n", "4003", "twice"),
    (
        "merge key",
        "names: &n []\nrouters:\n- «<<: {a: 1}\n  protocol: http\n  servers: []\n",
        "4001",
        "merge keys",
    ),
    # shape
    ("text at the top", "«hello\n", "4004", "found 'hello'"),
    ("list at the top", "«- routers\n", "4004", "found a list"),
    ("null at the top", "---\n«~\n", "4004", "found nothing"),
    ("number at the top", "«42\n", "4004", "found '42'"),
    ("routers as an object", "routers:\n  «http: {}\n", "4004", "expected a list"),
    ("routers as text", "routers: «http\n", "4004", "expected a list"),
    ("a router as text", "routers: [«http]\n", "4004", "an object with `protocol`"),
    ("a router that is nothing", "routers:\n-« \n", "4004", "found nothing"),
    (
        "servers as an object",
        "routers:\n- protocol: http\n  servers:\n    «port: 1\n",
        "4004",
        "a list",
    ),
    ("interpreter as text", f"{R}  interpreter: «default\n", "4004", "an object"),
    ("list for text", f"{R}  label: «[a]\n", "4004", "found a list (expected text)"),
    ("object for an integer", f"{R}  bindingTimeoutMs: «{{ms: 1}}\n", "4004", "found an object"),
    ("nothing in a list", "names: [a, «~]\nrouters: []\n", "4004", "found nothing"),
    # keys
    ("nothing at all", "«{}", "4005", "`routers` is required"),
    ("required is empty", "routers:«\n", "4005", "`routers` is required"),
    ("unknown key", "routers: []\n«router: []\n", "4002", "did you mean 'routers'?"),
    (
        "unknown key, no near one",
        "routers: []\n«zzz: 1\n",
        "4002",
        "one of routers, namers, names)",
    ),
    ("wrong case", f"{R}    «Port: 1\n", "4002", "did you mean 'port'?"),
    ("snake case", f"{R}  «binding_timeout_ms: 1\n", "4002", "did you mean 'bindingTimeoutMs'?"),
    (
        "not yet at the top",
        "routers: []\n«usage: {}\n",
        "4007",
        "`usage` is not supported yet: never sent",
    ),
    (
        "not yet in a server",
        f"{R}    «tls: {{a: b}}\n",
        "4007",
        "`tls` is not supported yet: issue 3",
    ),
    ("not yet of the base", f"{R}  «announcers: []\n", "4007", "`announcers` is not supported yet"),
    ("not yet of the kind", f"{R}  «tracePropagator: {{}}\n", "4007", "`tracePropagator` is not"),
    ("renamed key", f"{R}  «baseDtab: /a=>/b\n", "4002", "write `dtab`"),
    ("a key with line breaks", 'routers: []\n«"a\\nb": 1\n', "4002", "a\\nb"),
    (
        "missing servers",
        "routers:\n- «protocol: http\n",
        "4005",
        "`servers` is required (expected a list)",
    ),
    # kinds
    ("no protocol", f"routers:\n- «{S}\n", "4005", "`protocol` is missing (expected one of http)"),
    ("protocol is empty", f"routers:\n- protocol:«\n  {S}\n", "4005", "missing"),
    ("protocol as a list", f"routers:\n- protocol: «[http]\n  {S}\n", "4004", "found a list"),
    (
        "unknown protocol",
        f"routers:\n- protocol: «htpp\n  {S}\n",
        "4006",
        "unknown protocol 'htpp' (expected one of http); did you mean 'http'?",
    ),
    (
        "protocol not yet",
        f"routers:\n- protocol: «h2\n  {S}\n",
        "4007",
        "protocol 'h2' is not supported yet",
    ),
    (
        "no kind",
        "routers: []\nnamers:\n- «prefix: /x\n",
        "4005",
        "`kind` is missing (expected one of io.l5d.fs)",
    ),
    (
        "unknown kind",
        "routers: []\nnamers:\n- kind: «io.l5d.sf\n",
        "4006",
        "did you mean 'io.l5d.fs'?",
    ),
    (
        "kind not yet",
        "routers: []\nnamers:\n- kind: «io.l5d.consul\n",
        "4007",
        "namer kind 'io.l5d.consul' is not supported yet",
    ),
    (
        "renamed kind",
        f"{R}  identifier: {{kind: «io.l5d.headerToken}}\n",
        "4006",
        "is called 'io.l5d.header.token' now",
    ),
    (
        "key of another kind",
        f"{R}  identifier: {{kind: io.l5d.header.token, «path: /x}}\n",
        "4002",
        "one of header, experimental, kind",
    ),
    # scalars
    (
        "text for a port",
        "routers:\n- protocol: http\n  servers: [{port: «http}]\n",
        "4004",
        "'http' is not an integer",
    ),
    (
        "port too large",
        "routers:\n- protocol: http\n  servers: [{port: «70000}]\n",
        "4004",
        "70000 outside valid range for ports (expected 0 to 65535)",
    ),
    (
        "port negative",
        "routers:\n- protocol: http\n  servers: [{port: «-1}]\n",
        "4004",
        "-1 outside valid range for ports",
    ),
    (
        "port with a point",
        "routers:\n- protocol: http\n  servers: [{port: «4140.0}]\n",
        "4004",
        "not an integer",
    ),
    (
        "hexadecimal",
        "routers:\n- protocol: http\n  servers: [{port: «0x10}]\n",
        "4004",
        "'0x10' is not an integer",
    ),
    (
        "sexagesimal",
        "routers:\n- protocol: http\n  servers: [{port: «1:30}]\n",
        "4004",
        "'1:30' is not an integer",
    ),
    ("underscores", f"{R}  bindingTimeoutMs: «1_000\n", "4004", "'1_000' is not an integer"),
    ("a plus sign", f"{R}  bindingTimeoutMs: «+5\n", "4004", "'+5' is not an integer"),
    (
        "boolean for an integer",
        f"{R}  bindingTimeoutMs: «true\n",
        "4004",
        "'true' is not an integer",
    ),
    (
        "a fraction for an integer",
        f"{R}  bindingTimeoutMs: «1.9\n",
        "4004",
        "'1.9' is not an integer",
    ),
    ("Arabic digits", f"{R}  bindingTimeoutMs: «٣\n", "4004", "is not an integer"),
    ("too large", f"{R}  bindingTimeoutMs: «{'9' * 5000}\n", "4004", "is too large"),
    ("its own check", f"{R}  bindingTimeoutMs: «0\n", "4004", "0 is not positive"),
    (
        "yes",
        f"{R}    clearContext: «yes\n",
        "4004",
        "'yes' is not a boolean (expected true or false)",
    ),
    ("on", f"{R}    clearContext: «on\n", "4004", "'on' is not a boolean"),
    ("True", f"{R}    clearContext: «True\n", "4004", "'True' is not a boolean"),
    ("1 for true", f"{R}    clearContext: «1\n", "4004", "'1' is not a boolean"),
    ("infinity", f"{R}  percent: «.inf\n", "4004", "'.inf' is not a number"),
    ("NaN", f"{R}  percent: «nan\n", "4004", "'nan' is not a number"),
    ("short address", f"{R}    ip: «127.1\n", "4004", "'127.1' is not an IP address"),
    ("host name", f"{R}    ip: «localhost\n", "4004", "'localhost' is not an IP address"),
    (
        "no directory",
        "routers: []\nnamers:\n- kind: io.l5d.fs\n  rootDir: «/no/such\n",
        "4009",
        "'/no/such' is not a directory",
    ),
    ("no file", f"{R}  accessLog: «/no/such\n", "4009", "'/no/such' is not a file"),
    ("directory for a file", f"{R}  accessLog: «/\n", "4009", "'/' is not a file"),
    ("zero byte in a name", f'{R}  accessLog: «"a\\0b"\n', "4009", "is not a file"),
    # names: the very character
    (
        "path without a slash",
        "routers: []\nnamers:\n- kind: io.l5d.fs\n  rootDir: /\n  prefix: «x/y\n",
        "4004",
        "not a path",
    ),
    (
        "path in quotes",
        "routers: []\nnamers:\n- kind: io.l5d.fs\n  rootDir: /\n  prefix: '/a/«&b'\n",
        "4004",
        "not a path",
    ),
    ("dtab", f"{R}  dtab: /svc => «x\n", "4004", "not a dtab: "),
    (
        "dtab in a block",
        f"{R}  dtab: |\n    /svc => /a;\n    /b => «x;\n    /c => /d;\n",
        "4004",
        "not a dtab",
    ),
    (
        "dtab in a block, indented deeper",
        f"{R}  dtab: |-  # rules\n      /svc => /a;\n        /b «/c;\n",
        "4004",
        "not a dtab",
    ),
    ("dtab folded", f"{R}  dtab: >\n    /svc => /a;\n    /b => «x;\n", "4004", "not a dtab"),
    ("dtab over plain lines", f"{R}  dtab: /svc => /a;\n    /b => «x\n", "4004", "not a dtab"),
    (
        "dtab in double quotes",
        f'{R}  dtab: "/svc => /a;\\\n    \\n /b => «x"\n',
        "4004",
        "not a dtab",
    ),
    ("dtab ends early", f"{R}  dtab: |\n    /svc =>«\n", "4004", "not a dtab"),
    # across keys, and several at once
    (
        "keys that contradict",
        f"{R}    session:\n      lifeTimeMs: 5\n      idleTimeMs: «9\n",
        "4008",
        "is longer",
    ),
    (
        "all at once, in order",
        "«admin: 1\nrouters:\n- protocol: http\n  servers:\n  - port: «x\n    ip: «y\n"
        "  «lable: z\n- protocol: «h3\nnamers:\n- «kind: io.l5d.fs\n- kind: «io.l5d.etcd\n",
        "4002 4004 4004 4002 4006 4005 4006",
        "unknown key 'admin'",
    ),
]


def places(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """Take the marks out of a document; give it and their (line, column)."""
    first, *rest = marked.split("«")
    text, found = first, []
    for part in rest:
        found.append((text.count("\n") + 1, len(text) - text.rfind("\n")))
        text += part
    return text, found


@pytest.mark.parametrize(
    ("marked", "codes", "word"), [r[1:] for r in BROKEN], ids=[r[0] for r in BROKEN]
)
def test_broken(sample, marked, codes, word):
    text, expected = places(marked)
    began = time.process_time()
    faults = sample.faults(text)
    assert time.process_time() - began < 1
    assert [(fault.line, fault.column) for fault in faults] == expected
    assert [fault.code for fault in faults] == [f"L5D-{code}" for code in codes.split()]
    assert word in str(faults[0])
    assert all("\n" not in str(fault) and fault.source == "test.yaml" for fault in faults)


def test_there_are_enough_of_them():
    assert len(BROKEN) >= 60


PATHS = [
    ("routers: [{protocol: http, servers: [{}, {port: x}]}]", "routers[0].servers[1].port"),
    ("routers: [{protocol: http}]", "routers[0].servers"),
    ("routers: []\nnamers: [{kind: x}]", "namers[0].kind"),
    (
        "routers: [{protocol: http, servers: [], identifier: {kind: x}}]",
        "routers[0].identifier.kind",
    ),
    (
        "routers: [{protocol: http, servers: [], identifier: [{kind: io.l5d.static, pth: /}]}]",
        "routers[0].identifier[0].path",
    ),
    ("x: [{y: 1, y: 2}]\nrouters: []", "x"),
    ("x: [{y: 1, y: 2}]\nrouters: []", "x[0].y"),
]


@pytest.mark.parametrize(("text", "path"), PATHS)
def test_the_path_is_told(sample, text, path):
    assert path in [fault.path for fault in sample.faults(text)]
