"""The object graph: who is asked in which order, and that nothing is left when it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.memory import MemoryNetwork
from tests.support.namers import Seen
from tests.support.runtime import make_runtime

from linkerd.assembly import assemble
from linkerd.linker import load
from linkerd.name.activity import Ok
from linkerd.name.dtab import EMPTY_DTAB, Dtab
from linkerd.name.path import Path as Name
from linkerd.name.tree import show_tree

if TYPE_CHECKING:
    from linkerd.assembly import Assembly

ROUTER = "routers: [{protocol: http, servers: [{port: 4140}], INTERPRETER}]\n"


def assembled(namers: str, interpreter: str = "") -> Assembly:
    text = ROUTER.replace("INTERPRETER", interpreter) + namers
    return assemble(load(text, "assembly"), make_runtime(MemoryNetwork()))


def bound(assembly: Assembly, name: str, dtab: Dtab = EMPTY_DTAB) -> str:
    seen = Seen(assembly.interpreter.bind(dtab, Name.read(name)))
    assert isinstance(seen.last, Ok)
    return show_tree(seen.last.value)


def rewrite(prefix: str, port: int, more: str = "") -> str:
    return (
        f"- {{kind: io.l5d.rewrite, prefix: {prefix}, pattern: '/x',"
        f" name: /$/inet/127.0.0.1/{port}{more}}}\n"
    )


def test_of_two_namers_with_one_prefix_the_later_is_asked_first() -> None:
    assembly = assembled("namers:\n" + rewrite("/r", 1) + rewrite("/r", 2))
    assert bound(assembly, "/#/r/x") == "/$/inet/127.0.0.1/2"


def test_names_below_the_dollar_need_no_section() -> None:
    assembly = assembled("")
    dtab = Dtab.read("/svc => /$/io.buoyant.rinet/80")
    assert bound(assembly, "/svc/127.1", dtab) == "/$/io.buoyant.rinet/80/127.1"


def test_a_routers_interpreter_has_its_transformers_and_all_namers() -> None:
    transformers = "interpreter: {kind: default, transformers: [{kind: io.l5d.port, port: 4141}]}"
    assembly = assembled("namers:\n" + rewrite("/r", 1), transformers)
    [router] = assembly.routers
    seen = Seen(router.interpreter.bind(EMPTY_DTAB, Name.read("/#/r/x")))
    assert isinstance(seen.last, Ok)
    assert show_tree(seen.last.value) == "/%/io.l5d.port/4141/$/inet/127.0.0.1/1"


def test_a_transformer_may_use_a_namer_that_comes_later() -> None:
    const = ", transformers: [{kind: io.l5d.const, path: /#/late/x}]"
    fs = f"- {{kind: io.l5d.fs, rootDir: /{const}}}\n"
    assembly = assembled("namers:\n" + fs + rewrite("/late", 9))
    assert bound(assembly, "/#/io.l5d.fs/tmp") == "/%/io.l5d.const/#/late/x"
    assembly.close()
