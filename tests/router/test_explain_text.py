"""Explanations as text."""

from __future__ import annotations

from typing import Any

from linkerd.router.explain_text import MAX_ENDPOINTS, explain_text, verdict_line

STEP = {
    "name": "/svc/web",
    "kind": "delegate",
    "reached": True,
    "state": {"phase": "ok", "tree": "/#/fake/web"},
    "children": [
        {
            "name": "/#/fake/web",
            "kind": "neg",
            "reached": True,
            "state": {"phase": "ok", "tree": "~"},
            "rule": {"prefix": "/svc", "dst": "/#/fake", "where": "l.yaml:9"},
            "asked": [{"namer": "/#/fake", "said": "no such name", "standing": None}],
        }
    ],
}
ROUTED = {
    "routed": True,
    "share": 1.0,
    "code": None,
    "title": None,
    "why": None,
    "next_step": None,
    "status": None,
    "answer": None,
    "notes": [],
}
LOST = {
    "routed": False,
    "share": 0.0,
    "code": "L5D-1102",
    "title": "A title.",
    "why": "no such name",
    "next_step": "Do this.",
    "status": 502,
    "answer": "...",
    "notes": ["a note\n  of two lines"],
}


def rule(prefix: str, dst: str, where: str | None) -> dict[str, Any]:
    return {"prefix": prefix, "dst": dst, "where": where}


def bound(**more: Any) -> dict[str, Any]:
    return {
        "share": 1.0,
        "id": "/#/fake/web",
        "residual": "",
        "transformed": [],
        "address": {"type": "bound", "count": 1, "meta": {}},
        "in_use": False,
        "balancer": None,
        "count": 1,
        "endpoints": [{"address": "127.0.0.1:80", "weight": 1.0}],
    } | more


def shown(**more: Any) -> dict[str, Any]:
    return {
        "router": "in",
        "protocol": "http",
        "where": "l.yaml:7",
        "request": {"text": "GET http://web/"},
        "identification": {
            "tried": [
                {
                    "identifier": "io.l5d.path",
                    "settings": {"segments": 2, "consume": False},
                    "said": "not enough segments in path",
                },
                {
                    "identifier": "io.l5d.header.token",
                    "settings": {"header": "Host"},
                    "said": "/svc/web",
                },
            ],
            "name": "/svc/web",
        },
        "dtabs": [
            {"of": "interpreter io.l5d.fs", "count": 1, "rules": [rule("/a", "/b", "d.dtab:1")]},
            {"of": "router", "count": 1, "rules": [rule("/svc", "/#/fake", "l.yaml:9")]},
            {"of": "l5d-dtab", "count": 1, "rules": [rule("/c", "/d", "l5d-dtab")]},
        ],
        "trace": STEP,
        "complete": True,
        "bound": [bound()],
        "verdict": ROUTED,
    } | more


def part(text: str, head: str) -> list[str]:
    """The lines of one part, without its heading."""
    lines = text.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith(head))
    return [line for line in lines[begin + 1 :] if line.startswith(" ") or not line][:12]


def test_the_whole() -> None:
    assert explain_text(shown()) == (
        """\
request   GET http://web/
router    in  l.yaml:7
name      /svc/web
          by io.l5d.path (segments: 2, consume: false): not enough segments in path
          by io.l5d.header.token (header: Host)

rules  the last one that matches comes first
  /a => /b         d.dtab:1 (interpreter io.l5d.fs)
  /svc => /#/fake  l.yaml:9
  /c => /d         l5d-dtab

steps
  /svc/web
    /svc => /#/fake   l.yaml:9
    ✗ /#/fake/web   fake: no such name

goes to
  /#/fake/web
    127.0.0.1:80

verdict   routed"""
    )


def test_an_error() -> None:
    text = explain_text(shown(verdict=LOST, bound=[], complete=False))
    assert text.endswith(
        """
verdict   502 L5D-1102
          not everything has answered within the time there was
          A title.
          no such name
          a note
            of two lines
          Do this.
          More: linkerd help L5D-1102"""
    )
    assert "goes to" not in text


def test_headers_that_are_ignored() -> None:
    text = explain_text(shown(request={"text": "web", "cleared": True}))
    assert text.startswith("request   web\n          headers that begin with l5d- are ignored: ")


def test_a_request_without_a_name() -> None:
    found = {"tried": [], "name": None}
    text = explain_text(shown(identification=found, trace=None, bound=[], verdict=LOST))
    assert "\nname      none\n" in text
    assert "steps" not in text


def test_verdicts_in_a_few_words() -> None:
    assert verdict_line(shown()) == "routed"
    assert verdict_line(shown(verdict=ROUTED | {"notes": ["a"]})) == "routed, but:"
    assert verdict_line(shown(verdict=LOST)) == "502 L5D-1102"
    assert verdict_line(shown(verdict=LOST | {"share": 0.75})) == "75 % routed, the rest L5D-1102"


def test_of_long_dtabs_only_what_takes_part() -> None:
    rules = [rule(f"/n{number}", "/x", f"l.yaml:{number}") for number in range(30)]
    dtab = {"of": "router", "count": 31, "rules": [*rules, rule("/svc", "/#/fake", "l.yaml:9")]}
    assert part(explain_text(shown(dtabs=[dtab])), "rules")[:3] == [
        "  these of the 31 rules of the router take part",
        "  /svc => /#/fake  l.yaml:9",
        "",
    ]


def test_where_it_goes() -> None:
    dead = {
        "address": "10.0.0.1:80",
        "weight": 0.5,
        "status": "ejected",
        "probe_in_s": 3.21,
        "pending": 0,
        "connections": 0,
        "load": 0.0,
    }
    live = dead | {"address": "127.0.0.1:8080", "weight": 1.0, "status": "open", "load": 2.5}
    del live["probe_in_s"]
    name = bound(share=0.9, residual="/x", count=2, endpoints=[dead, live])
    assert part(explain_text(shown(bound=[name])), "goes to")[:3] == [
        "  /#/fake/web  90 % of the requests, residual /x",
        "    10.0.0.1:80     weight 0.5, ejected, probed in 3.2 s, 0 pending, load 0",
        "    127.0.0.1:8080  open, 0 pending, load 2.5",
    ]


def test_why_there_are_no_endpoints() -> None:
    for address, told in (
        ({"type": "bound", "count": 0, "meta": {}}, "no endpoints"),
        (
            {"type": "bound", "count": 0, "meta": {"http_status": 404}},
            "answered here with the status 404",
        ),
        ({"type": "pending"}, "endpoints not known yet"),
        ({"type": "failed", "why": "no DNS"}, "endpoints unknown: no DNS"),
        ({"type": "neg", "why": "", "code": ""}, "no endpoints"),
        ({"type": "neg", "why": "gone", "code": ""}, "no endpoints: gone"),
    ):
        name = bound(address=address, count=0, endpoints=[])
        assert part(explain_text(shown(bound=[name])), "goes to")[0] == f"  /#/fake/web  {told}"


def test_what_transformers_did() -> None:
    step = {
        "transformer": "/%/local",
        "before": "/#/fake/web",
        "address": {"type": "bound", "count": 2, "meta": {}},
    }
    address = {"type": "neg", "why": "none is here", "code": "L5D-1109"}
    name = bound(
        id="/%/local/#/fake/web", transformed=[step], address=address, endpoints=[], count=0
    )
    assert part(explain_text(shown(bound=[name])), "goes to")[:3] == [
        "  /%/local/#/fake/web  no endpoints",
        "    /%/local made it of /#/fake/web, 2 endpoints",
        "      none is here",
    ]


def test_many_endpoints() -> None:
    endpoints = [{"address": f"10.0.0.{n}:80", "weight": 1.0} for n in range(MAX_ENDPOINTS + 5)]
    name = bound(count=1000, endpoints=endpoints)
    text = explain_text(shown(bound=[name]))
    assert text.count("10.0.0.") == MAX_ENDPOINTS
    assert f"\n    and {1000 - MAX_ENDPOINTS} more\n" in text


def test_marks_of_a_terminal() -> None:
    text = explain_text(shown(verdict=LOST), lambda part, word: f"<{word}>{part}</{word}>")
    assert "<head>verdict</head>   <bad>502 L5D-1102</bad>" in text
    assert "<head>steps</head>" in text
