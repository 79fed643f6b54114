from __future__ import annotations

import pytest

from linkerd.cli.parsing import make_parser


def test_usage_is_as_written_and_words_are_whole(capsys):
    parser = make_parser("linkerd x FILE", "What it does.\n  indented")
    parser.add_argument("--router")
    with pytest.raises(SystemExit) as caught:
        parser.parse_args(["--rout", "a"])
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("usage: linkerd x FILE\n")
    assert "\nWhat it does.\n  indented\n" in parser.format_help()
