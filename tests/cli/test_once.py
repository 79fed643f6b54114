"""The reactor runs once in a process, so each run is a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

RUN = """
import sys
from linkerd.cli.once import run_once
from twisted.internet.task import deferLater

async def work(runtime):
    await deferLater(runtime.reactor, 0.01)
    {body}

try:
    print("result", run_once(work))
except BaseException as error:
    print("raised", type(error).__name__, error)
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return runtime.clock() > 0", "result True"),
        ("return runtime.reactor.seconds is runtime.clock", "result True"),
        ("raise ValueError('no')", "raised ValueError no"),
        (
            "runtime.reactor.stop(); await deferLater(runtime.reactor, 60)",
            "raised KeyboardInterrupt ",
        ),
    ],
)
def test_one_piece_of_work(body, said):
    command = [sys.executable, "-c", RUN.format(body=body)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == f"{said}\n"
    assert done.stderr == ""
