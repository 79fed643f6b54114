"""`io.l5d.fs` under load: a change of a file is in effect within 100 ms and fails no request."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.support.backends import origin
from tests.support.loads import now, open_loop
from tests.support.processes import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Start
    from tests.support.proxy import Proxy

EFFECT_S = 0.1
NAMES = ("one", "two")


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """Two back ends."""
    found = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))
    with ExitStack() as stack:
        for name, port in found.items():
            stack.enter_context(origin(name, port, tmp_path_factory.mktemp(name), 0.002))
        yield found


@pytest.fixture
def disco(tmp_path: Path, ports: dict[str, int]) -> Path:
    """Folder in which `web` is the first back end."""
    folder = tmp_path / "disco"
    folder.mkdir()
    (folder / "web").write_text(f"127.0.0.1 {ports['one']}\n")
    return folder


@pytest.fixture
def discovering(start: Start, disco: Path) -> Proxy:
    top = f"namers: [{{kind: io.l5d.fs, rootDir: {disco}}}]"
    return start("/svc => /#/io.l5d.fs", "", top)


def rename(file: Path, text: str) -> None:
    """Put the new text in place at once."""
    new = file.with_name(".new")
    new.write_text(text)
    os.replace(new, file)


def in_place(file: Path, text: str) -> None:
    """Empty the file and write it anew."""
    file.write_text(text)


def in_two_steps(file: Path, text: str) -> None:
    """Empty the file, hesitate, write it anew."""
    with file.open("w") as opened:
        opened.flush()
        threading.Event().wait(0.005)
        opened.write(text)


def through_link(file: Path, text: str) -> None:
    """As Kubernetes does it: the folder of the files is a link, which is set anew."""
    versions = file.parent / f"..{len(list(file.parent.iterdir()))}"
    versions.mkdir()
    (versions / file.name).write_text(text)
    link = file.parent / ".link"
    link.symlink_to(versions / file.name)
    os.replace(link, file)


CHANGES = (rename, in_place, in_two_steps, through_link, rename, rename, in_place, through_link)


def test_changes_take_effect_at_once(
    discovering: Proxy, disco: Path, ports: dict[str, int]
) -> None:
    """Every way to change a file, from one back end to the other, under 300 GETs a second."""
    moments: list[tuple[float, str]] = []

    def turn(number: int) -> None:
        name = NAMES[(number + 1) % 2]
        CHANGES[number](disco / "web", f"127.0.0.1 {ports[name]}\n")
        moments.append((now(), name))

    events = [(0.3 + 0.25 * number, partial(turn, number)) for number in range(len(CHANGES))]
    report = open_loop(discovering.port, 300, 0.55 + 0.25 * len(CHANGES), events=events)
    assert report.failed() == []
    assert report.refused == 0
    assert len(moments) == len(CHANGES)
    latest = 0.0
    ends = [moment for moment, _ in moments[1:]] + [now()]
    for (moment, name), end in zip(moments, ends, strict=True):
        between = [each for each in report.samples if moment < each.sent < end - 0.02]
        late = [each.sent - moment for each in between if each.backend != name]
        latest = max(latest, *late, 0.0)
        assert len(between) > 30
    print(f"\na change is in effect within {latest * 1000:.0f} ms")
    assert latest < EFFECT_S


def test_a_file_that_comes_goes_and_comes_back(
    discovering: Proxy, disco: Path, ports: dict[str, int]
) -> None:
    assert discovering.get(host="later")[0] == 502
    (disco / "later").write_text(f"127.0.0.1 {ports['two']}\n")
    discovering.wait_until(lambda: discovering.get(host="later")[0] == 200, "found", 1)
    (disco / "later").unlink()
    discovering.wait_until(lambda: discovering.get(host="later")[0] == 502, "gone", 1)
    rename(disco / "later", f"127.0.0.1 {ports['one']}\n")
    discovering.wait_until(lambda: discovering.get(host="later") == (200, b"one\n"), "back", 1)


def test_a_file_that_is_broken_keeps_its_last_good_addresses(
    discovering: Proxy, disco: Path
) -> None:
    assert discovering.get() == (200, b"one\n")
    rename(disco / "web", "127.0.0.1 not-a-port\n")
    report = open_loop(discovering.port, 100, 0.6)
    assert {sample.status for sample in report.samples} == {200}


def test_weights(discovering: Proxy, disco: Path, ports: dict[str, int]) -> None:
    rename(
        disco / "web",
        f"127.0.0.1 {ports['one']} * 9.0\n127.0.0.1 {ports['two']} * 1.0\n",
    )
    report = open_loop(discovering.port, 400, 1.5)
    assert report.failed() == []
    late = report.samples[len(report.samples) // 3 :]
    share = sum(sample.backend == "two" for sample in late) / len(late)
    assert 0.04 < share < 0.2
