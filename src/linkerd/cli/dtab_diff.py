"""`linkerd dtab diff`: which names a change of a dtab leads elsewhere.

In: two files, and names; without names, samples made of the rules of both. Out: the names whose
outcome differs, before and after, and an exit status: 0 none, 1 some. Two configurations are
compared with their registries, router by router; anything else by its rules alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

import attrs
from twisted.internet.defer import Deferred, gatherResults

from linkerd.assembly import assemble
from linkerd.cli.dtab_eval import delegated, read_name
from linkerd.cli.given import Given, WrongUse, read_given
from linkerd.cli.leads_to import show_explained, show_node
from linkerd.cli.once import run_once
from linkerd.cli.own_dtab import own_dtab
from linkerd.cli.style import style_of
from linkerd.name.path import Path
from linkerd.router.explain_all import explain_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from linkerd.assembly import Assembly
    from linkerd.linker import LinkerConfig
    from linkerd.name.dtab import Dtab
    from linkerd.runtime import Runtime

SAMPLE = b"x"
MAX_SAMPLES = 1000

NO_ROUTER = "no such router"


@attrs.frozen
class _Change:
    """A name of a router ("" without routers) and what it leads to, before and after."""

    router: str
    name: str
    before: str
    after: str


def diff(
    old: str,
    new: str,
    names: Sequence[str],
    file: str | None,
    router: str | None,
    as_json: bool,
) -> int:
    """Compare two files and print what differs. Raises `ConfigError` and `WrongUse`."""
    before, after = read_given(old), read_given(new)
    wanted = [read_name(name) for name in (*names, *_from_file(file))]
    if before.config is not None and after.config is not None:
        labels = _labels(before.config, after.config, router)
        wanted = wanted or samples(_dtabs(before, router) + _dtabs(after, router))
        compared = _with_registries(before.config, after.config, labels, wanted)
    else:
        one, other = _dtab(before, router), _dtab(after, router)
        wanted = wanted or samples([one, other])
        compared = [
            _Change(
                "", str(name), show_node(delegated(one, name)), show_node(delegated(other, name))
            )
            for name in wanted
        ]
    changes = [each for each in compared if each.before != each.after]
    unchanged = len(compared) - len(changes)
    if as_json:
        shown = [{**attrs.asdict(each), "router": each.router or None} for each in changes]
        print(json.dumps({"unchanged": unchanged, "changed": shown}, indent=2))
    else:
        _print(changes, unchanged, style_of(sys.stdout))
    return int(bool(changes))


def samples(dtabs: Iterable[Dtab]) -> list[Path]:
    """Make names that the rules match: each prefix, and one name below it."""
    found: dict[Path, None] = {}
    for dtab in dtabs:
        for rule in dtab.dentries:
            if rule.prefix.elements[:1] in ((b"#",), (b"$",)):
                continue
            name = Path(element or SAMPLE for element in rule.prefix.elements)
            found |= {name: None, name + Path((SAMPLE,)): None}
    return sorted(found, key=str)[:MAX_SAMPLES]


def _from_file(file: str | None) -> list[str]:
    if file is None:
        return []
    try:
        text = sys.stdin.read() if file == "-" else FilePath(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"--names: {file} cannot be read: {error}") from None
    return [line.strip() for line in text.splitlines() if line.strip()[:1] not in ("", "#")]


def _labels(before: LinkerConfig, after: LinkerConfig, router: str | None) -> list[str]:
    labels = dict.fromkeys(each.label for each in (*before.routers, *after.routers))
    if router is None:
        return list(labels)
    if router not in labels:
        raise WrongUse(f"there is no router {router!r}, but there are: {', '.join(labels)}")
    return [router]


def _dtab(given: Given, router: str | None) -> Dtab:
    """The dtab of a file that is compared by its rules alone: a router has to be chosen."""
    dtabs = _dtabs(given, router)
    if len(dtabs) == 1:
        return dtabs[0]
    labels = ", ".join(each.label for each in given.config.routers) if given.config else ""
    if dtabs:
        raise WrongUse(f"{given.source} has several routers: choose one of {labels} by --router")
    raise WrongUse(f"there is no router {router!r} in {given.source}, but there are: {labels}")


def _dtabs(given: Given, router: str | None) -> list[Dtab]:
    if given.config is None:
        return [given.dtab]
    chosen = [each for each in given.config.routers if router in (None, each.label)]
    dtabs: list[Dtab] = []
    for each in chosen:
        own = own_dtab(each.interpreter)
        dtabs.append(each.dtab if own is None else own + each.dtab)
    return dtabs


# -- with registries


def _with_registries(
    before: LinkerConfig, after: LinkerConfig, labels: list[str], names: list[Path]
) -> list[_Change]:
    async def work(runtime: Runtime) -> list[_Change]:
        both = [assemble(config, runtime) for config in (before, after)]
        try:
            found = [await _outcomes(each, labels, names) for each in both]
        finally:
            for each in both:
                each.close()
        return [
            _Change(label, name, outcome, found[1][label, name])
            for (label, name), outcome in found[0].items()
        ]

    return run_once(work)


async def _outcomes(
    assembly: Assembly, labels: list[str], names: list[Path]
) -> dict[tuple[str, str], str]:
    async def outcome(label: str, name: str) -> str:
        if all(each.config.label != label for each in assembly.routers):
            return NO_ROUTER
        [shown] = await explain_all(assembly.routers, name, (), label)
        return show_explained(shown)

    keys = [(label, str(name)) for label in labels for name in names]
    outcomes = await gatherResults(
        [Deferred.fromCoroutine(outcome(*key)) for key in keys], consumeErrors=True
    )
    return dict(zip(keys, outcomes, strict=True))


def _print(changes: list[_Change], unchanged: int, style: Callable[[str, str], str]) -> None:
    print(f"{len(changes)} changed, {unchanged} unchanged")
    several = len({each.router for each in changes}) > 1
    for each in changes:
        router = f"  (router {each.router})" if several else ""
        print(f"\n{each.name}{router}")
        print(style(f"  - {each.before}", "bad"))
        print(style(f"  + {each.after}", "good"))


__all__ = ["diff", "samples"]
