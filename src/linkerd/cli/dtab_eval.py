"""`linkerd dtab eval`: what names lead to.

In: a configuration or a dtab, and names. Out: for a configuration their explanations, as `linkerd
explain` gives them; for a dtab alone the names they end in, as far as its rules lead. The exit
status is 1 if a name leads nowhere.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from linkerd.assembly import assemble
from linkerd.cli.given import Given, WrongUse, read_dtab, read_given
from linkerd.cli.leads_to import show_node, tree_of
from linkerd.cli.once import run_once
from linkerd.cli.stand_ins import any_name
from linkerd.cli.style import style_of
from linkerd.name.delegate import explanation
from linkerd.name.path import NameSyntaxError, Path
from linkerd.name.trace_json import trace_json
from linkerd.name.trace_text import trace_text
from linkerd.name.tree import FAIL, NEG
from linkerd.router.explain_all import UnknownRouter, explain_all
from linkerd.router.explain_text import explain_text
from linkerd.router.request_text import BadRequestText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.linker import LinkerConfig
    from linkerd.name.dtab import Dtab
    from linkerd.name.trace import Node
    from linkerd.runtime import Runtime

RULES = "--dtab"


def evaluate(path: str, names: Sequence[str], rules: str, router: str | None, as_json: bool) -> int:
    """Evaluate names and print what came of it. Raises `ConfigError` and `WrongUse`."""
    given = read_given(path)
    more = read_dtab(rules, RULES)
    if given.config is not None:
        return _explained(given.config, names, more, router, as_json)
    if router:
        raise WrongUse("--router is for a configuration: a dtab alone has no routers")
    return _delegated(given, names, given.dtab + more, as_json)


def read_name(text: str) -> Path:
    """Read a name. Raises `WrongUse`."""
    try:
        return Path.read(text)
    except NameSyntaxError as error:
        raise WrongUse(f"{text!r} is not a name: {error}") from None


def delegated(dtab: Dtab, name: Path) -> Node:
    """Follow a name as far as a dtab leads: below `/#` every name is taken to be there."""
    return explanation(dtab, name, any_name()).sample()


def _delegated(given: Given, names: Sequence[str], dtab: Dtab, as_json: bool) -> int:
    nodes = [(name, delegated(dtab, read_name(name))) for name in names]
    if as_json:
        shown = [
            {"name": name, "leads_to": show_node(node), "trace": trace_json(node)}
            for name, node in nodes
        ]
        print(json.dumps({"file": given.source, "names": shown}, indent=2))
    else:
        print(f"{given.kind()}; namers are not known, so every name below /# is taken to exist")
        for name, node in nodes:
            print(f"\n{name} leads to {show_node(node)}\n")
            for line in trace_text(trace_json(node)):
                print(f"  {line}")
    return int(any(tree_of(node) in (NEG, FAIL) for _, node in nodes))


def _explained(
    config: LinkerConfig, names: Sequence[str], more: Dtab, router: str | None, as_json: bool
) -> int:
    async def work(runtime: Runtime) -> list[dict[str, Any]]:
        assembly = assemble(config, runtime)
        try:
            return [
                each
                for name in names
                for each in await explain_all(assembly.routers, name, (), router, extra=more)
            ]
        finally:
            assembly.close()

    try:
        shown = run_once(work)
    except (BadRequestText, UnknownRouter) as wrong:
        raise WrongUse(str(wrong)) from None
    if as_json:
        print(json.dumps({"explanations": shown}, indent=2))
    else:
        style = style_of(sys.stdout)
        print("\n\n".join([explain_text(each, style) for each in shown]))
    return int(not all(each["verdict"]["routed"] for each in shown))


__all__ = ["delegated", "evaluate", "read_name"]
