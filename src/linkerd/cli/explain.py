"""`linkerd explain`: where would this request go, and why?

In: a configuration, or the address of a running proxy's admin port, and a request. Out: the
explanation as text or JSON on standard output, and an exit status: 0 the request is routed, 1 it is
not, 2 wrong use. A configuration is put together as the proxy does it, but nothing listens.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

from linkerd.cli.flags import read_positive_duration
from linkerd.cli.parsing import make_parser
from linkerd.cli.remote import CannotAsk, ask
from linkerd.cli.style import style_of
from linkerd.errors import LinkerdError

if TYPE_CHECKING:
    import argparse

    from linkerd.router.request_text import Header
    from linkerd.runtime import Runtime

Json: TypeAlias = "dict[str, Any]"

USAGE = """\
linkerd explain FILE|- REQUEST [options]
       linkerd explain --admin HOST:PORT REQUEST [options]"""

REQUESTS = """\
REQUEST is one of
  'GET http://users/x'     a method and a URL
  'GET /x' -H 'Host: y'    a request line, and header lines
  http://users/x           the same with GET
  users                    a host
  /svc/users               a name: no identifier is asked

The exit status is 0 if all routers that are shown would route the request, 1 if one would not."""


def explain(words: list[str]) -> int:
    """Run the command."""
    parser = _parser()
    options = parser.parse_intermixed_args(words)
    if len(options.words) != (1 if options.admin else 2):
        wanted = "REQUEST" if options.admin else "FILE and REQUEST"
        parser.error(f"{wanted} expected, found {len(options.words)} arguments")
    from linkerd.router.explain_all import UnknownRouter
    from linkerd.router.request_text import BadRequestText, read_header

    try:
        headers = [read_header(text) for text in options.header]
        shown = _asked(options, headers) if options.admin else _looked_up(options, headers)
    except (BadRequestText, UnknownRouter) as wrong:
        return _failed(str(wrong), 2)
    except CannotAsk as cannot:
        return _failed(str(cannot), cannot.status)
    except LinkerdError as error:
        from linkerd.cli.check import print_faults

        print_faults(error)
        return 1
    _print(shown, options.json)
    return 0 if all(each["verdict"]["routed"] for each in shown) else 1


def _parser() -> argparse.ArgumentParser:
    parser = make_parser(USAGE, REQUESTS)
    parser.add_argument("words", nargs="+", metavar="FILE REQUEST")
    parser.add_argument(
        "-H", "--header", action="append", default=[], metavar="'NAME: VALUE'", help="a header line"
    )
    parser.add_argument("--router", metavar="LABEL", help="this router alone")
    parser.add_argument("--admin", metavar="HOST:PORT", help="ask a running proxy")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--timeout",
        type=read_positive_duration,
        default=2.0,
        metavar="DURATION",
        help="how long registries may take (2.seconds)",
    )
    return parser


def _looked_up(options: argparse.Namespace, headers: list[Header]) -> list[Json]:
    """Explain by a configuration."""
    from linkerd.assembly import assemble
    from linkerd.cli.once import run_once
    from linkerd.config.load import read_source
    from linkerd.linker import load
    from linkerd.router.explain_all import explain_all

    path, text = options.words
    config = load(*read_source(path))

    async def work(runtime: Runtime) -> list[Json]:
        assembly = assemble(config, runtime)
        try:
            return await explain_all(
                assembly.routers, text, headers, options.router, limit_s=options.timeout
            )
        finally:
            assembly.close()

    return run_once(work)


def _asked(options: argparse.Namespace, headers: list[Header]) -> list[Json]:
    """Have a running proxy explain."""
    question = {"request": options.words[0], "headers": headers, "timeout": options.timeout}
    if options.router:
        question["router"] = options.router
    answer = ask(options.admin, "/explain.json", question, options.timeout)
    shown: list[Json] = answer["explanations"]
    return shown


def _print(shown: list[Json], as_json: bool) -> None:
    if as_json:
        print(json.dumps({"explanations": shown}, indent=2))
        return
    from linkerd.router.explain_text import explain_text

    style = style_of(sys.stdout)
    print("\n\n".join([explain_text(each, style) for each in shown]))


def _failed(why: str, status: int) -> int:
    print(f"linkerd: {why}", file=sys.stderr)
    return status


__all__ = ["explain"]
