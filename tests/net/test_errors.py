"""Texts for socket errors: what users and metrics see must not change with the system."""

from __future__ import annotations

import errno
import os

from twisted.trial import unittest

from linkerd.net.errors import reason


class ReasonTest(unittest.SynchronousTestCase):
    def test_reasons_are_short_and_stable(self) -> None:
        for number, text in {
            errno.ECONNRESET: "connection reset by peer",
            errno.EPIPE: "connection reset by peer",
            errno.ENOTCONN: "connection reset by peer",
            errno.ETIMEDOUT: "connection timed out",
            errno.ECONNREFUSED: "connection refused",
            errno.EHOSTUNREACH: "no route to host",
        }.items():
            assert reason(OSError(number, os.strerror(number))) == text
        assert reason(OSError(errno.EIO, "")) == "eio"
        assert reason(OSError("x")) == "socket error"
