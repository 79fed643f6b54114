"""File descriptors as something that runs out: how many there are, and which are kept back.

In come the limit of the process and the number of a new descriptor; out goes whether that one is
beyond what its purpose may use. The system always gives the lowest free number, so a number says
how many are open at least, and nobody has to count. The engine and the network hold one
`Descriptors` each.
"""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import sys
import termios

EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""What the system says when there is no descriptor, or no memory for one."""
OWN = 16
"""Kept for the admin server, for namers and for logs."""
MOST_FOR_ENDPOINTS = 1024


class Descriptors:
    """Bounds for the numbers of descriptors, by who asks for one.

    Clients are accepted below `accepted`, endpoints dialled below `dialled`, so that those who were
    let in find connections, and whoever looks after the proxy finds it answering.
    """

    __slots__ = ("accepted", "dialled", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.dialled = max(limit - OWN, 1)
        self.accepted = max(self.dialled - min(limit // 4, MOST_FOR_ENDPOINTS), 1)


def limit_in_force() -> int:
    """How many descriptors the process may have."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def raise_limit() -> int:
    """Raise the limit as far as the system lets us without privileges; what it is then."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        pass  # some systems call a limit infinite and mean less
    return limit_in_force()


def unacknowledged(fd: int) -> int:
    """How many bytes the system holds that a socket's peer has not acknowledged; 0 if unknown.

    A peer that takes a little now and then is seen by this long before the system asks for more.
    """
    try:
        held = fcntl.ioctl(fd, termios.TIOCOUTQ, bytes(4))
    except (OSError, ValueError):
        return 0
    return int.from_bytes(held, sys.byteorder)


def is_free(bound: int) -> bool:
    """Whether the next descriptor would be below `bound`."""
    try:
        lower, upper = os.pipe()
    except OSError:
        return False
    os.close(lower)
    os.close(upper)
    return lower < bound
