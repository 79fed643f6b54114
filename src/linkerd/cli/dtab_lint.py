"""`linkerd dtab lint`: what is wrong with the dtabs of a configuration, or looks it.

A file comes in; findings go out, one a line or as JSON, and an exit status: 1 if there is an error
or a warning. `linkerd.name.lint` finds them; here is told what surrounds each dtab.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from linkerd.cli.given import Given, WrongUse, read_given
from linkerd.cli.own_dtab import own_dtab
from linkerd.cli.stand_ins import no_name
from linkerd.cli.style import style_of
from linkerd.errors import NOWHERE
from linkerd.name import lint as rules
from linkerd.name.path import NameSyntaxError, Path
from linkerd.name.wording import counted
from linkerd.namer.builtin import STATUS
from linkerd.namer.rewriting import REWRITES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from linkerd.linker import LinkerConfig
    from linkerd.name.dtab import Dtab
    from linkerd.name.lint import Finding, Surroundings

HOSTS = ("inet", "fixedinet", "io.buoyant.rinet")
BUILTIN = frozenset((*HOSTS, "nil", "fail", STATUS.texts()[1], *REWRITES))

# What these namers answer is bound; others may answer with names for the dtab to go on with.
BINDING = frozenset(
    (
        "io.l5d.fs",
        "io.l5d.dnssrv",
        "io.l5d.serversets",
        "io.l5d.zkLeader",
        "io.l5d.curator",
        "io.l5d.consul",
        "io.l5d.k8s",
        "io.l5d.k8s.ns",
        "io.l5d.k8s.external",
        "io.l5d.k8s.istio",
        "io.l5d.marathon",
        "io.l5d.rancher",
    )
)


@attrs.frozen
class _Found:
    """A finding, and the router whose dtab it is of; "" for a dtab alone or all of them."""

    router: str
    finding: Finding


def lint(path: str, roots: Sequence[str], as_json: bool) -> int:
    """Check a file and print what was found. Raises `ConfigError` and `WrongUse`."""
    given = read_given(path)
    if given.config is not None:
        if roots:
            raise WrongUse("--root is for a dtab alone: routers say by `dstPrefix` what it is")
        found = _of_config(given.config)
    else:
        found = [_Found("", each) for each in rules.lint(given.dtab, _around(given, roots))]
    if as_json:
        shown = {"file": given.source, "findings": [_json(each) for each in found]}
        print(json.dumps(shown, indent=2))
    else:
        _print(given, found, style_of(sys.stdout))
    return int(any(each.finding.severity != rules.NOTE for each in found))


def _around(given: Given, roots: Sequence[str]) -> Surroundings:
    try:
        paths = tuple(Path.read(root) for root in roots) or None
    except NameSyntaxError as error:
        raise WrongUse(f"--root: {error}") from None
    return rules.Surroundings(
        roots=paths,
        builtin=BUILTIN,
        opaque=(*_rewriting(), Path.of("#")),
        lookups=no_name(),
    )


def _rewriting() -> tuple[Path, ...]:
    return tuple(Path.of("$", word) for word in REWRITES)


def _of_config(config: LinkerConfig) -> list[_Found]:
    namers = tuple(namer.full_prefix() for namer in config.namers)
    opaque = tuple(each.full_prefix() for each in config.namers if each.kind not in BINDING)
    around = rules.Surroundings(
        namers=namers, builtin=BUILTIN, opaque=(*_rewriting(), *opaque), lookups=no_name()
    )
    found: list[_Found] = []
    whole: list[Dtab] = []
    paths = [path for each in config.namers for path in _transformed(each.transformers)]
    roots: list[Path] = []
    known = True
    for router in config.routers:
        own = own_dtab(router.interpreter)
        known = known and own is not None
        dtab = router.dtab if own is None else own + router.dtab
        whole.append(dtab)
        roots.append(router.dst_prefix)
        paths += _transformed(router.interpreter.transformers)
        here = attrs.evolve(around, roots=(router.dst_prefix,), whole=own is not None)
        found += [_Found(router.label, each) for each in rules.lint(dtab, here)]
    everywhere = attrs.evolve(around, roots=tuple(roots), whole=known)
    return found + [_Found("", each) for each in rules.unused(whole, everywhere, paths)]


def _transformed(transformers: Sequence[object]) -> list[Path]:
    """The names that transformers put in place of others."""
    paths = (getattr(each, "path", None) for each in transformers)
    return [path for path in paths if isinstance(path, Path)]


def _print(given: Given, found: list[_Found], style: Callable[[str, str], str]) -> None:
    print(given.kind())
    for each in found:
        finding = each.finding
        place = str(finding.where) if finding.where != NOWHERE else given.source
        router = f" router {each.router}:" if each.router and not finding.rule else ""
        head = style(finding.severity, "quiet" if finding.severity == rules.NOTE else "bad")
        print(f"{place}: {head}:{router} {finding.text}")
        if finding.rule:
            print(f"    {finding.rule}")
    count = Counter(each.finding.severity for each in found)
    words = [
        counted(count[word], word)
        for word in (rules.ERROR, rules.WARNING, rules.NOTE)
        if count[word]
    ]
    print(", ".join(words) or "nothing found")


def _json(found: _Found) -> dict[str, Any]:
    finding = found.finding
    return {
        "router": found.router or None,
        "severity": finding.severity,
        "kind": finding.kind,
        "place": str(finding.where) if finding.where != NOWHERE else None,
        "rule": finding.rule or None,
        "text": finding.text,
    }


__all__ = ["lint"]
