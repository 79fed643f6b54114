"""Which descriptors are kept back, and for whom."""

from __future__ import annotations

import os
import resource
import socket
import sys

import pytest

from linkerd.net.descriptors import (
    Descriptors,
    is_free,
    limit_in_force,
    raise_limit,
    unacknowledged,
)


@pytest.mark.parametrize("limit", [64, 128, 1024, 20_000, 1 << 20, sys.maxsize])
def test_clients_leave_some_for_endpoints_and_both_for_the_rest(limit: int) -> None:
    found = Descriptors(limit)
    assert limit // 3 < found.accepted < found.dialled < limit
    assert found.dialled - found.accepted <= 1024


def test_a_limit_that_is_too_low_for_anything() -> None:
    assert (Descriptors(3).accepted, Descriptors(3).dialled) == (1, 1)


def test_the_limit_is_raised_as_far_as_it_goes() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1] // 2, before[1]))
    try:
        assert limit_in_force() == before[1] // 2
        assert raise_limit() == limit_in_force() == before[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_lowest_free_number_tells() -> None:
    lowest = os.dup(0)
    os.close(lowest)
    assert is_free(lowest + 1)
    assert not is_free(lowest)
    before = len(os.listdir("/proc/self/fd"))
    is_free(lowest)
    assert len(os.listdir("/proc/self/fd")) == before, "nothing stays open"


def test_nothing_is_free_without_a_descriptor() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, before[1]))
    try:
        assert not is_free(lowest + 100)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_what_a_peer_has_not_taken() -> None:
    near, far = socket.create_server(("127.0.0.1", 0)), socket.socket()
    far.connect(near.getsockname())
    peer, _ = near.accept()
    with near, far, peer:
        assert unacknowledged(peer.fileno()) == 0
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.setblocking(False)
        sent = peer.send(bytes(4_000_000))
        assert 0 < unacknowledged(peer.fileno()) < sent
        assert unacknowledged(-1) == 0
