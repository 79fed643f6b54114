from __future__ import annotations

import json

from linkerd.cli.dtab_lint import BUILTIN, lint
from linkerd.namer.rewriting import REWRITES


def write(tmp_path, text):
    path = tmp_path / "given"
    path.write_text(text)
    return str(path)


def test_a_good_configuration(config, capsys):
    assert lint(str(config), [], as_json=False) == 0
    assert capsys.readouterr().out == f"{config}: a configuration, 2 routers\nnothing found\n"


def test_a_dtab_alone(tmp_path, capsys):
    path = write(tmp_path, "/svc => /#/unknown ;\n/svc/a => /elsewhere ;\n/x => 0 * /#/y & /#/z")
    assert lint(path, [], as_json=False) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{path}: a dtab, 3 rules",
        f"{path}:2: warning: no rule goes on from /elsewhere",
        "    /svc/a => /elsewhere",
        f"{path}:3: note: `/#/y` has the weight 0: no request goes there",
        "    /x => 0.00*/#/y & /#/z",
        "1 warning, 1 note",
    ]


def test_notes_do_no_harm(tmp_path):
    assert lint(write(tmp_path, "/x => 0 * /#/y & /#/z"), [], as_json=False) == 0


def test_roots_make_rules_unreachable(tmp_path, capsys):
    path = write(tmp_path, "/svc => /$/inet ; /x => /$/inet")
    assert lint(path, [], as_json=False) == 0
    assert lint(path, ["/svc", "/x"], as_json=False) == 0
    assert lint(path, ["/svc"], as_json=False) == 1
    assert "no name comes here" in capsys.readouterr().out


def test_routers_with_namers(tmp_path, capsys):
    own = tmp_path / "own.dtab"
    own.write_text("/host => /#/io.l5d.fs")
    path = write(
        tmp_path,
        f"""
namers:
- {{kind: io.l5d.fs, rootDir: {tmp_path}}}
- {{kind: io.l5d.fs, rootDir: {tmp_path}, prefix: /other}}
- {{kind: io.l5d.fs, rootDir: {tmp_path}, prefix: /replaced}}
routers:
- protocol: http
  label: in
  interpreter:
    kind: io.l5d.fs
    dtabFile: {own}
    transformers:
    - {{kind: io.l5d.replace, path: /#/replaced/x}}
  dtab: |
    /svc => /host ;
    /svc/a => /#/io.l5d.fss ;
  servers: [{{port: 1}}]
- protocol: http
  label: out
  dstPrefix: /http
  dtab: /svc => /$/inet/127.1/80
  servers: [{{port: 2}}]
""",
    )
    assert lint(path, [], as_json=True) == 1
    shown = json.loads(capsys.readouterr().out)
    assert shown["file"] == path
    told = [(each["router"], each["severity"], each["kind"]) for each in shown["findings"]]
    assert told == [
        ("in", "error", "unknown-namer"),
        ("out", "error", "no-rule"),
        ("out", "warning", "unreachable"),
        (None, "note", "unused"),
    ]
    assert shown["findings"][0] == {
        "router": "in",
        "severity": "error",
        "kind": "unknown-namer",
        "place": f"{path}:16",
        "rule": "/svc/a => /#/io.l5d.fss",
        "text": "there is no namer for /#/io.l5d.fss; did you mean /#/io.l5d.fs?",
    }
    assert shown["findings"][-1]["text"] == "no rule leads to the namer /#/other"


def test_a_rewriting_namer_may_lead_anywhere(tmp_path, capsys):
    path = write(
        tmp_path,
        f"""
namers:
- {{kind: io.l5d.rewrite, prefix: /r, pattern: "/{{a}}", name: "/host/{{a}}"}}
- {{kind: io.l5d.fs, rootDir: {tmp_path}}}
routers:
- protocol: http
  dtab: /host => /$/inet ; /svc => /#/r
  servers: [{{port: 1}}]
""",
    )
    assert lint(path, [], as_json=False) == 0
    assert "nothing found" in capsys.readouterr().out


def test_every_rewriting_name_is_built_in():
    assert set(REWRITES) < BUILTIN
