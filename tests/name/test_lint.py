"""What lint finds in a dtab, and what it must not claim."""

from __future__ import annotations

import time

import attrs
import pytest

from linkerd.errors import Where
from linkerd.name.activity import Activity, Constant, Ok
from linkerd.name.addr import AddrBound, BoundName
from linkerd.name.delegate import asking_order
from linkerd.name.dtab import Dtab
from linkerd.name.lint import ERROR, NOTE, WARNING, Finding, Surroundings, lint, unused
from linkerd.name.path import Path
from linkerd.name.tree import Leaf, NameTree

INET = Path.of("$", "inet")


class Inet:
    """Knows every host."""

    def lookup(self, path: Path) -> Activity[NameTree[Path | BoundName]]:
        return Constant(Ok(Leaf(BoundName(INET + path, Constant(AddrBound(frozenset()))))))

    def standing(self, path: Path) -> None:
        return None

    def near(self, path: Path) -> tuple[Path, ...]:
        return ()


AROUND = Surroundings(
    roots=(Path.of("svc"),),
    namers=(Path.of("#", "io.l5d.fs"), Path.of("#", "io.l5d.dnssrv")),
    builtin=frozenset(("nil", "fail", "inet", "io.buoyant.rinet", "io.buoyant.http.anyHost")),
    opaque=(Path.of("$", "io.buoyant.http.anyHost"), Path.of("#", "io.l5d.rewrite")),
    lookups=asking_order([(INET, Inet())]),
)


def found(dtab: str, around: Surroundings = AROUND) -> list[Finding]:
    return lint(Dtab.read(dtab), around)


def kinds(dtab: str, around: Surroundings = AROUND) -> list[tuple[str, str]]:
    return [(each.kind, each.rule) for each in found(dtab, around)]


@pytest.mark.parametrize(
    "dtab",
    [
        "/svc => /#/io.l5d.fs",
        "/svc => /#/io.l5d.fs ; /svc => /#/io.l5d.dnssrv",
        "/svc => /host ; /host => /#/io.l5d.fs ; /host/a => /host/b",
        "/svc => /$/inet/127.1/80 ; /svc/a => /#/io.l5d.fs/a",
        "/svc/* => /svc/last ; /svc/last => /$/inet/127.1/80",
        "/svc => /svc/last/x ; /svc/last => /$/nil",
        "/svc => /#/io.l5d.fs | /$/nil",
        "/svc => 1 * /#/io.l5d.fs & 9 * /$/nil",
        "/svc => /$/io.buoyant.http.anyHost ; /any/thing => /#/io.l5d.fs",
        "/svc => ~ ; /svc/* => /$/inet",
        "/#/io.l5d.other => /#/io.l5d.fs ; /svc => /#/io.l5d.other",
        "/$/mine => /#/io.l5d.fs ; /svc => /$/mine",
    ],
)
def test_good_dtabs(dtab: str) -> None:
    assert kinds(dtab) == []


@pytest.mark.parametrize(
    ("dtab", "severity", "kind", "text"),
    [
        (
            "/svc/a => /#/io.l5d.fs ; /svc => /$/inet/127.1/80",
            WARNING,
            "shadowed",
            "never tried: `/svc => /$/inet/127.1/80` (rule 2) always answers",
        ),
        (
            "/svc/a => /#/io.l5d.fs ; /svc/* => /last ; /last => !",
            WARNING,
            "shadowed",
            "never tried: `/svc/* => /last` (rule 2) always answers",
        ),
        (
            "/svc => /#/io.l5d.fs ; /svc/a => /svc/b ; /svc => /#/io.l5d.fs",
            WARNING,
            "duplicate",
            "stands again (rule 3)",
        ),
        (
            "/svc => /#/io.l5d.fs ; /http => /#/io.l5d.fs",
            WARNING,
            "unreachable",
            "no name comes here, unless a request brings its own dtab",
        ),
        ("/svc => /svc/x", ERROR, "loop", "goes round: /svc > /svc/x > /svc/x/x > "),
        ("/svc/* => /svc/b", ERROR, "loop", "goes round: /svc/x > /svc/b > /svc/b"),
        (
            "/svc => /#/io.l5d.fss",
            ERROR,
            "unknown-namer",
            "there is no namer for /#/io.l5d.fss; did you mean /#/io.l5d.fs?",
        ),
        (
            "/svc => /$/inett/a/80",
            ERROR,
            "unknown-namer",
            "/$/inett is none of the built-in names; did you mean /$/inet?",
        ),
        (
            "/svc => /$/inet/web/http",
            ERROR,
            "no-port",
            "/$/inet/web/http has no port: /$/inet/<host>/<port>, the port in digits",
        ),
        (
            "/svc => /$/nil | /#/io.l5d.fs",
            WARNING,
            "unreached-alternative",
            "what follows `/$/nil` is never tried: it always answers",
        ),
        (
            "/svc => /hots ; /svc/a => /host ; /host => /$/nil",
            WARNING,
            "dead-end",
            "no rule goes on from /hots; did you mean /host?",
        ),
        (
            "/svc => 0 * /#/io.l5d.fs & 1 * /$/nil",
            NOTE,
            "weight-0",
            "`/#/io.l5d.fs` has the weight 0: no request goes there",
        ),
    ],
)
def test_findings(dtab: str, severity: str, kind: str, text: str) -> None:
    [finding] = found(dtab)
    assert (finding.severity, finding.kind) == (severity, kind)
    assert finding.text.startswith(text)


def test_a_finding_has_its_rule_and_place() -> None:
    dtab = Dtab.read("/svc => /x").located(lambda offset: Where("a.dtab", 3, offset + 1))
    [finding] = lint(dtab, AROUND)
    assert (finding.rule, str(finding.where)) == ("/svc => /x", "a.dtab:3")


def test_a_root_that_no_rule_takes_up() -> None:
    [finding, _] = found("/http => /#/io.l5d.fs")
    assert (finding.severity, finding.kind) == (ERROR, "no-rule")
    assert finding.text == "no rule for /svc, which every name of a request begins with"
    assert kinds("", attrs.evolve(AROUND, roots=(Path.of("#", "io.l5d.fs"),))) == []


def test_what_is_not_known_is_not_claimed() -> None:
    dtab = "/a => /#/x ; /b => /$/y ; /c => /d"
    assert kinds(dtab, Surroundings()) == [("dead-end", "/c => /d")]
    assert kinds(dtab, attrs.evolve(AROUND, whole=False)) == []


@pytest.mark.parametrize("way", ["/$/io.buoyant.http.anyHost", "/#/io.l5d.rewrite/x", "/#", "/$"])
def test_names_that_may_become_any_other(way: str) -> None:
    around = attrs.evolve(AROUND, namers=(*(AROUND.namers or ()), Path.of("#", "io.l5d.rewrite")))
    assert "unreachable" not in dict(kinds(f"/svc => {way} ; /b => /#/io.l5d.fs", around))


def test_namers_that_nothing_leads_to() -> None:
    dtabs = [Dtab.read("/svc => /#/io.l5d.fs"), Dtab.read("/svc => /x")]
    [finding] = unused(dtabs, AROUND)
    assert (finding.severity, finding.text) == (
        NOTE,
        "no rule leads to the namer /#/io.l5d.dnssrv",
    )
    assert unused(dtabs, AROUND, [Path.of("#", "io.l5d.dnssrv", "a")]) == []
    assert unused([*dtabs, Dtab.read("/a => /#/io.l5d.rewrite")], AROUND) == []
    assert unused(dtabs, attrs.evolve(AROUND, whole=False)) == []


def test_ten_thousand_rules() -> None:
    rules = [f"/svc/n{n} => /#/io.l5d.fs/n{n}" for n in range(5000)]
    rules += [f"/svc/n{n} => /svc/m{n} ; /svc/m{n} => /#/io.l5d.fs/m{n}" for n in range(2500)]
    began = time.process_time()
    assert found(" ; ".join(rules)) == []
    assert time.process_time() - began < 5.0
