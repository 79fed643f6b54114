"""What `linkerd.net.systemd` reads from the environment, and what it tells the service manager."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest
from twisted.internet.task import Clock
from twisted.logger import LogEvent, globalLogPublisher

from linkerd.net import systemd
from linkerd.net.systemd import (
    Notifier,
    WatchdogService,
    inherited_sockets,
    take_matching,
    watchdog_interval,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def listening(host: str = "127.0.0.1", family: int = socket.AF_INET) -> socket.socket:
    sock = socket.socket(family)
    sock.bind((host, 0))
    sock.listen(1)
    return sock


def as_inherited(sock: socket.socket) -> int:
    """Put a copy of `sock` on a descriptor of its own, as the service manager would."""
    copy = os.dup(sock.fileno())
    os.set_inheritable(copy, True)
    return copy


def test_passed_sockets_are_taken_over() -> None:
    with listening() as original:
        descriptor = as_inherited(original)
        environ = {"LISTEN_PID": "77", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "web", "HOME": "/"}
        (taken,) = inherited_sockets(environ, 77, first=descriptor)
        with taken:
            assert taken.getsockname() == original.getsockname()
            assert not taken.getblocking()
            assert not os.get_inheritable(taken.fileno())
        assert environ == {"HOME": "/"}


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"LISTEN_FDS": "1"},
        {"LISTEN_PID": "78", "LISTEN_FDS": "1"},
        {"LISTEN_PID": "77", "LISTEN_FDS": "-1"},
        {"LISTEN_PID": "x", "LISTEN_FDS": "1"},
    ],
)
def test_sockets_of_another_process_are_left_alone(environ: dict[str, str]) -> None:
    with listening() as original:
        descriptor = as_inherited(original)
        assert inherited_sockets(environ, 77, first=descriptor) == []
        assert os.get_inheritable(descriptor)
        os.close(descriptor)
    assert "LISTEN_PID" not in environ
    assert "LISTEN_FDS" not in environ


def test_what_twisted_took_from_the_environment_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with listening() as original:
        descriptor = as_inherited(original)
        started_with = tmp_path / "environ"
        started_with.write_bytes(b"HOME=/\0LISTEN_PID=77\0LISTEN_FDS=1\0A=b=c\0")
        monkeypatch.setattr(systemd, "STARTED_WITH", started_with)
        monkeypatch.setenv("LISTEN_FDNAMES", "web")
        (taken,) = inherited_sockets(os.environ, 77, first=descriptor)
        with taken:
            assert taken.getsockname() == original.getsockname()
        assert "LISTEN_FDNAMES" not in os.environ


def test_without_proc_the_environment_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(systemd, "STARTED_WITH", tmp_path / "none")
    with listening() as original:
        descriptor = as_inherited(original)
        monkeypatch.setenv("LISTEN_PID", "77")
        monkeypatch.setenv("LISTEN_FDS", "1")
        (taken,) = inherited_sockets(os.environ, 77, first=descriptor)
        taken.close()


def test_what_does_not_listen_is_passed_over_and_stays_open() -> None:
    reading, writing = os.pipe()
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        for descriptor in (reading, datagrams.fileno()):
            environ = {"LISTEN_PID": "1", "LISTEN_FDS": "1"}
            assert inherited_sockets(environ, 1, first=descriptor) == []
            os.fstat(descriptor)
    finally:
        os.close(reading)
        os.close(writing)
        datagrams.close()


def test_a_server_takes_the_socket_with_its_address() -> None:
    with listening() as one, listening() as two:
        sockets = [one, two]
        assert take_matching(sockets, "127.0.0.1", two.getsockname()[1]) is two
        assert sockets == [one]
        assert take_matching(sockets, "127.0.0.1", two.getsockname()[1]) is None
        assert take_matching(sockets, "127.0.0.2", one.getsockname()[1]) is None


def test_a_narrow_server_does_not_take_a_wide_socket() -> None:
    with listening("0.0.0.0") as wide:
        sockets = [wide]
        port = wide.getsockname()[1]
        assert take_matching(sockets, "127.0.0.1", port) is None
        assert take_matching(sockets, "0.0.0.0", port) is wide


@pytest.mark.parametrize(("only_v6", "matches"), [(0, True), (1, False)])
def test_any_ipv4_address_is_served_by_a_dual_stack_socket(only_v6: int, matches: bool) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with socket.socket(socket.AF_INET6) as wide:
        wide.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only_v6)
        wide.bind(("::", 0))
        wide.listen(1)
        found = take_matching([wide], "0.0.0.0", wide.getsockname()[1])
        assert (found is wide) == matches


def test_ipv6_addresses_are_compared_as_addresses() -> None:
    with listening("::1", socket.AF_INET6) as sock:
        found = take_matching([sock], "0:0:0:0:0:0:0:1", sock.getsockname()[1])
        assert found is sock


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.setblocking(False)
        yield sock


def test_the_service_manager_hears_every_state(supervisor: socket.socket) -> None:
    notifier = Notifier.from_environ({"NOTIFY_SOCKET": supervisor.getsockname()})
    assert notifier.enabled
    assert notifier.ready("2 servers\non 4140")
    assert supervisor.recv(100) == b"READY=1\nSTATUS=2 servers on 4140"
    assert notifier.ready()
    assert supervisor.recv(100) == b"READY=1"
    assert notifier.status("well")
    assert supervisor.recv(100) == b"STATUS=well"
    assert notifier.watchdog()
    assert supervisor.recv(100) == b"WATCHDOG=1"
    assert notifier.stopping()
    assert supervisor.recv(100) == b"STOPPING=1\nSTATUS=draining"
    notifier.close()


def test_an_abstract_address_is_understood() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(f"\0linkerd-test-{os.getpid()}")
        sock.setblocking(False)
        notifier = Notifier(f"@linkerd-test-{os.getpid()}")
        assert notifier.ready()
        assert sock.recv(100) == b"READY=1"
        notifier.close()


def test_without_a_service_manager_nothing_is_sent() -> None:
    notifier = Notifier.from_environ({})
    assert not notifier.enabled
    assert not notifier.ready("hello")
    notifier.close()


def test_a_lost_service_manager_does_no_harm(tmp_path: Path) -> None:
    notifier = Notifier(str(tmp_path / "gone"))
    assert not notifier.watchdog()
    notifier.close()


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "20000000"}, 10.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "7"}, 10.0),
        ({"WATCHDOG_USEC": "20000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_fed_at_half_its_limit(
    environ: dict[str, str], seconds: float | None
) -> None:
    assert watchdog_interval(environ, 7) == seconds


def beats(sock: socket.socket) -> int:
    count = 0
    while True:
        try:
            assert sock.recv(100) == b"WATCHDOG=1"
        except BlockingIOError:
            return count
        count += 1


def test_the_watchdog_service_beats_between_start_and_stop(supervisor: socket.socket) -> None:
    clock = Clock()
    service = WatchdogService(Notifier(supervisor.getsockname()), 10.0, clock)
    service.startService()
    assert beats(supervisor) == 1
    clock.advance(9.9)
    assert beats(supervisor) == 0
    clock.advance(0.1)
    assert beats(supervisor) == 1
    clock.pump([10.0] * 3)
    assert beats(supervisor) == 3
    service.stopService()
    clock.advance(100)
    assert beats(supervisor) == 0
    assert not clock.getDelayedCalls()


def test_a_lost_watchdog_is_logged_once(tmp_path: Path) -> None:
    events: list[LogEvent] = []
    globalLogPublisher.addObserver(events.append)
    clock = Clock()
    service = WatchdogService(Notifier(str(tmp_path / "gone")), 1.0, clock)
    try:
        service.startService()
        clock.pump([1.0] * 5)
    finally:
        service.stopService()
        globalLogPublisher.removeObserver(events.append)
    assert len([e for e in events if "watchdog" in str(e.get("log_format"))]) == 1
