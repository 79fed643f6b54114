"""The `linkerd` command: what its arguments mean.

In: the command line. Out: an exit status (0 well, 1 the configuration or the run failed, 2 wrong
use). `linkerd FILE` runs the proxy through `linkerd.tap`; the side commands do without the
reactor. Everything that costs time to import is imported by the command that needs it.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

from linkerd import __version__
from linkerd.cli.flags import read_level, read_positive_duration
from linkerd.cli.parsing import make_parser
from linkerd.errors import LinkerdError

USAGE = """\
linkerd [flags] FILE|-      run the proxy (Ctrl-C ends it)
       linkerd check FILE|-        read the configuration and list its faults
       linkerd explain FILE|- REQUEST
                                   say where a request would go, and why
       linkerd explain --admin HOST:PORT REQUEST
                                   the same, asking a running proxy
       linkerd dtab lint FILE|-    look for rules that cannot count or lead nowhere
       linkerd dtab eval FILE|- NAME...
                                   say what names lead to
       linkerd dtab diff OLD NEW [NAME...]
                                   say which names a change leads elsewhere
       linkerd tls test FILE|- NAME
                                   shake hands with endpoints as the proxy would
       linkerd tls dev-ca DIR      make certificates for trials
       linkerd help [L5D-nnnn]     explain an error code, or list them all
       linkerd schema              print the JSON Schema of the configuration
       linkerd --version"""

_SNAPSHOT = "-io.buoyant.telemetry.admin.histogramSnapshotInterval"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; `arguments` are those after the command's name."""
    try:
        return _command(sys.argv[1:] if arguments is None else arguments)
    except BrokenPipeError:
        # Whoever reads has read enough; what is left in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _command(words: list[str]) -> int:
    match words:
        case ["check", *rest]:
            return _check(rest)
        case ["explain", *rest]:
            from linkerd.cli.explain import explain

            return explain(rest)
        case ["dtab", *rest]:
            from linkerd.cli.dtab import dtab

            return dtab(rest)
        case ["tls", *rest]:
            from linkerd.cli.tls import tls

            return tls(rest)
        case ["help", *rest]:
            return _help(rest)
        case ["schema", *rest]:
            return _schema(rest)
        case _:
            return _run(words)


def _run(words: list[str]) -> int:
    parser = make_parser(USAGE)
    parser.add_argument("path", metavar="FILE", nargs="?", help="YAML or JSON; - = standard input")
    parser.add_argument("--version", action="version", version=f"linkerd {__version__}")
    parser.add_argument(
        "-validate", action="store_true", help="as `linkerd check` (a flag of Linkerd 1)"
    )
    parser.add_argument(
        "-log.level",
        dest="log_level",
        metavar="LEVEL",
        type=read_level,
        default="INFO",
        help="how much is logged (INFO)",
    )
    parser.add_argument(
        _SNAPSHOT,
        dest="snapshot_interval_s",
        metavar="DURATION",
        type=read_positive_duration,
        default=60.0,
        help="how often histograms are summed up (1.minute)",
    )
    options = parser.parse_args(words)
    if options.path is None:
        parser.print_usage(sys.stderr)
        return 2
    if options.validate:
        return _check([options.path])
    # By name: the command stands beside the twistd plug-in, not above it, and only here needs it.
    tap = import_module("linkerd.tap")
    try:
        status = tap.run(
            options.path,
            log_level=options.log_level,
            snapshot_interval_s=options.snapshot_interval_s,
        )
    except LinkerdError as error:
        return _failed(error)
    return int(status or 0)


def _failed(error: LinkerdError) -> int:
    from linkerd.cli.check import print_faults

    print_faults(error)
    return 1


def _check(words: list[str]) -> int:
    from linkerd.cli.check import check

    parser = make_parser("linkerd check FILE|-")
    parser.add_argument("path", metavar="FILE", help="YAML or JSON; - = standard input")
    return check(parser.parse_args(words).path)


def _help(words: list[str]) -> int:
    from linkerd.cli.explain_code import explain_code, list_codes

    match words:
        case []:
            make_parser(USAGE).print_usage()
            print()
            list_codes()
            return 0
        case [code]:
            return explain_code(code)
        case _:
            print("usage: linkerd help [L5D-nnnn]", file=sys.stderr)
            return 2


def _schema(words: list[str]) -> int:
    import json

    from linkerd.config.registry import root_class
    from linkerd.config.schema import schema_of

    make_parser("linkerd schema").parse_args(words)
    try:
        schema = schema_of(root_class())
    except LinkerdError as error:
        return _failed(error)
    print(json.dumps(schema, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
