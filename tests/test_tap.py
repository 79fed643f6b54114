"""The way from the command line to a service."""

from __future__ import annotations

import gc
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from twisted.python import usage

from linkerd.process import Process
from linkerd.tap import Options, makeService, spare_collector

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "admin: {port: 0}\nrouters:\n- protocol: http\n  servers: [{port: 0}]\n"


@pytest.fixture(autouse=True)
def reactor(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the reactor, whose clock is what it was again afterwards."""
    from twisted.internet import reactor

    monkeypatch.setattr(reactor, "seconds", reactor.seconds)
    return reactor


def options(*arguments: str) -> Options:
    made = Options()
    made.parseOptions(list(arguments))
    return made


def write(folder: Path, text: str) -> str:
    file = folder / "l5d.yaml"
    file.write_text(text)
    return str(file)


def test_one_file_is_wanted() -> None:
    assert options("a.yaml")["path"] == "a.yaml"
    assert options("-")["path"] == "-"
    for arguments in ((), ("a", "b")):
        with pytest.raises(usage.UsageError):
            options(*arguments)


def test_the_histogram_interval() -> None:
    assert options("a")["histogram-interval"] == 60.0
    assert options("--histogram-interval", "5", "a")["histogram-interval"] == 5.0


def test_timers_do_not_follow_the_time_of_day(tmp_path: Path, reactor: Any) -> None:
    service = makeService(options(write(tmp_path, GOOD)))
    assert reactor.seconds is time.monotonic  # noqa: TID251
    service.reservations.close()  # type: ignore[attr-defined]


def test_a_service_is_made_and_nothing_is_started(tmp_path: Path) -> None:
    service = makeService(options("--histogram-interval", "5", write(tmp_path, GOOD)))
    assert isinstance(service, Process)
    assert service.snapshot_interval_s == 5.0
    assert not service.running
    assert service.routers == []
    service.reservations.close()


def test_what_stays_for_good_is_out_of_the_collectors_sight() -> None:
    before = gc.get_freeze_count()
    spare_collector()
    try:
        assert gc.get_freeze_count() > before + 10_000
    finally:
        gc.unfreeze()


def test_the_collector_is_spared_once_the_reactor_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reactor: Any
) -> None:
    then: list[object] = []
    monkeypatch.setattr(reactor, "callWhenRunning", then.append)
    service = makeService(options(write(tmp_path, GOOD)))
    assert then == [spare_collector]
    service.reservations.close()  # type: ignore[attr-defined]


def test_faults_end_it_with_a_line_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, GOOD + "colour: red\nnamers: 5\n")
    with pytest.raises(SystemExit) as caught:
        makeService(options(path))
    assert caught.value.code == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" ")[0] for line in lines] == [f"{path}:5:1:", f"{path}:6:9:"]


def test_a_taken_port_ends_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        path = write(tmp_path, GOOD.replace("[{port: 0}]", f"[{{port: {port}}}]"))
        with pytest.raises(SystemExit) as caught:
            makeService(options(path))
    assert caught.value.code == 1
    error = capsys.readouterr().err
    assert error.startswith(f"{path}:4:20: routers[0].servers[0].port: cannot listen on ")
    assert error.endswith("[L5D-4010]\n")


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        makeService(options(str(tmp_path / "none.yaml")))
    assert "L5D-4009" in capsys.readouterr().err
