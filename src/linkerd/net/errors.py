"""Texts for what the system says of sockets: short, stable, the same on every carrier (pure)."""

from __future__ import annotations

import errno


def reason(error: OSError) -> str:
    """A short text for a socket error."""
    if error.errno in (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN):
        return "connection reset by peer"
    if error.errno == errno.ETIMEDOUT:
        return "connection timed out"
    return (error.strerror or errno.errorcode.get(error.errno or 0, "socket error")).lower()
