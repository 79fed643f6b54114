"""`linkerd dtab lint|eval|diff`: what a dtab does, and what is wrong with it.

In: the words behind `linkerd dtab`. Out: an exit status; the answer is on standard output, faults
are on standard error. Each of the three has a module of its own.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from linkerd.cli.check import print_faults
from linkerd.cli.parsing import make_parser
from linkerd.errors import LinkerdError

if TYPE_CHECKING:
    from collections.abc import Callable

LINT = "linkerd dtab lint FILE|- [--root NAME]... [--json]"
EVAL = "linkerd dtab eval FILE|- NAME... [--dtab RULES] [--router LABEL] [--json]"
DIFF = "linkerd dtab diff OLD NEW [NAME...] [--names FILE] [--router LABEL] [--json]"

_FILE = "A FILE is a configuration, or a dtab alone: then nothing is known of namers."


def dtab(words: list[str]) -> int:
    """Run one of the commands."""
    match words:
        case ["lint", *rest]:
            return _lint(rest)
        case ["eval", *rest]:
            return _eval(rest)
        case ["diff", *rest]:
            return _diff(rest)
        case ["-h" | "--help"]:
            print(_usage())
            return 0
        case _:
            print(_usage(), file=sys.stderr)
            return 2


def _usage() -> str:
    return f"usage: {LINT}\n       {EVAL}\n       {DIFF}"


def _lint(words: list[str]) -> int:
    parser = make_parser(
        LINT,
        "Look for rules that cannot count and names that lead nowhere. The exit status is 1 if"
        " there\nis an error or a warning.\n\n" + _FILE,
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument(
        "--root",
        action="append",
        default=[],
        metavar="NAME",
        help="what names begin with, such as /svc; for a dtab alone",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(words)
    from linkerd.cli.dtab_lint import lint

    return _well(lambda: lint(options.file, options.root, options.json))


def _eval(words: list[str]) -> int:
    parser = make_parser(
        EVAL, "Say what names lead to. The exit status is 1 if one leads nowhere.\n\n" + _FILE
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("names", metavar="NAME", nargs="+")
    parser.add_argument("--dtab", default="", metavar="RULES", help="further rules, which win")
    parser.add_argument("--router", metavar="LABEL", help="this router alone")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(words)
    from linkerd.cli.dtab_eval import evaluate

    return _well(
        lambda: evaluate(options.file, options.names, options.dtab, options.router, options.json)
    )


def _diff(words: list[str]) -> int:
    parser = make_parser(
        DIFF,
        "Say which names a change leads elsewhere: those given, or samples made of the rules.\n"
        "Registries are asked if both files are configurations. The exit status is 1 if there are"
        " any.\n\n" + _FILE,
    )
    parser.add_argument("old", metavar="OLD")
    parser.add_argument("new", metavar="NEW")
    parser.add_argument("names", metavar="NAME", nargs="*")
    parser.add_argument("--names", dest="file", metavar="FILE", help="a file with a name a line")
    parser.add_argument("--router", metavar="LABEL", help="this router alone")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(words)
    from linkerd.cli.dtab_diff import diff

    return _well(
        lambda: diff(
            options.old, options.new, options.names, options.file, options.router, options.json
        ),
        faulty=2,
    )


def _well(command: Callable[[], int], faulty: int = 1) -> int:
    """Run a command and print what went wrong; `faulty` is the exit status for a bad file."""
    from linkerd.cli.given import WrongUse

    try:
        return command()
    except WrongUse as wrong:
        print(f"linkerd: {wrong}", file=sys.stderr)
        return 2
    except LinkerdError as error:
        print_faults(error)
        return faulty


__all__ = ["dtab"]
