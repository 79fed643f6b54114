"""`linkerd tls dev-ca|test`: certificates for trials, and what becomes of a handshake.

In: the words behind `linkerd tls`. Out: an exit status; the answer is on standard output, faults
are on standard error. Each of the two has a module of its own.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from linkerd.cli.check import print_faults
from linkerd.cli.flags import read_positive_duration
from linkerd.cli.given import WrongUse
from linkerd.cli.parsing import make_parser
from linkerd.errors import LinkerdError

if TYPE_CHECKING:
    from collections.abc import Callable

DEV_CA = "linkerd tls dev-ca DIR [--name HOST[,HOST]]... [--client NAME]... [--force]"
TEST = "linkerd tls test FILE|- NAME [--router LABEL] [--endpoints N] [--json]"
SERVERS = "linkerd tls test FILE|- --server [--router LABEL] [--json]"

MOST_ENDPOINTS = 5


def tls(words: list[str]) -> int:
    """Run one of the commands."""
    match words:
        case ["dev-ca", *rest]:
            return _dev_ca(rest)
        case ["test", *rest]:
            return _test(rest)
        case ["-h" | "--help"]:
            print(_usage())
            return 0
        case _:
            print(_usage(), file=sys.stderr)
            return 2


def _usage() -> str:
    return f"usage: {DEV_CA}\n       {TEST}\n       {SERVERS}"


def _dev_ca(words: list[str]) -> int:
    parser = make_parser(
        DEV_CA,
        "Make an authority FOR TRIALS in DIR, with a certificate and a key for each --name and\n"
        "--client, and say how to use them. Without any it is one for this host (localhost,\n"
        "127.0.0.1, ::1) and one for a client.",
    )
    parser.add_argument("directory", metavar="DIR", help="made if it is not there")
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="HOST[,HOST]",
        help="a server's certificate, for one or more DNS names, wildcards or addresses",
    )
    parser.add_argument(
        "--client", action="append", default=[], metavar="NAME", help="a client's certificate"
    )
    parser.add_argument(
        "--force", action="store_true", help="replace what is there, the authority too"
    )
    options = parser.parse_args(words)
    from linkerd.cli.tls_dev_ca import make

    return _well(lambda: make(options.directory, options.name, options.client, options.force))


def _test(words: list[str]) -> int:
    parser = make_parser(
        f"{TEST}\n       {SERVERS}",
        "Shake hands with the endpoints of a name as the proxy would, say what they show, and\n"
        "whether it stands the check. NAME is a host, a URL, a logical name such as /svc/users,\n"
        "or a client's id such as /#/io.l5d.fs/users. No request is sent.\n\n"
        "The exit status is 0 if TLS is spoken with all endpoints that were tried, 1 if not.",
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("name", metavar="NAME", nargs="?")
    parser.add_argument(
        "--server", action="store_true", help="show what our own servers present; nobody is asked"
    )
    parser.add_argument("--router", metavar="LABEL", help="this router alone")
    parser.add_argument(
        "--endpoints",
        type=int,
        default=MOST_ENDPOINTS,
        metavar="N",
        help=f"how many endpoints of each client are tried ({MOST_ENDPOINTS})",
    )
    parser.add_argument(
        "--timeout",
        type=read_positive_duration,
        default=2.0,
        metavar="DURATION",
        help="how long registries may take (2.seconds)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_intermixed_args(words)
    if options.server == (options.name is not None):
        parser.error("NAME or --server expected" + (", not both" if options.server else ""))
    if options.endpoints < 1:
        parser.error("--endpoints must be 1 or more")
    from linkerd.cli.tls_test import show_servers, try_name

    if options.server:
        return _well(lambda: show_servers(options.file, options.router, options.json))
    return _well(
        lambda: try_name(
            options.file,
            options.name,
            options.router,
            options.endpoints,
            options.timeout,
            options.json,
        )
    )


def _well(command: Callable[[], int]) -> int:
    """Run a command and print what went wrong."""
    try:
        return command()
    except WrongUse as wrong:
        print(f"linkerd: {wrong}", file=sys.stderr)
        return 2
    except LinkerdError as error:
        print_faults(error)
        return 1


__all__ = ["tls"]
