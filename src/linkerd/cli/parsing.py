"""The parsers of the command lines: no abbreviations, usage as it is written.

In: a usage text. Out: an `argparse` parser, to which each command adds its arguments.
"""

from __future__ import annotations

import argparse


def make_parser(usage: str, description: str = "") -> argparse.ArgumentParser:
    """Make the parser of one command; `description` stands below the usage in `--help`."""
    return argparse.ArgumentParser(
        prog="linkerd",
        usage=usage,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


__all__ = ["make_parser"]
