"""A PostgreSQL server for a test, with a database of its own.

It refuses to run as root, so then it runs as the user that Debian makes for it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.processes import clean_environment, free_ports, running
from tests.support.servers import find, missing

if TYPE_CHECKING:
    from collections.abc import Iterator

FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "shared_buffers=16MB")


def program(name: str) -> str:
    """Path of one of PostgreSQL's programs, of the newest version that there is."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else missing(name, "apt-get install postgresql")


def unprivileged() -> list[str]:
    """What stands before a command that must not run as root."""
    if os.getuid() != 0:
        return []
    user = "postgres"
    return [find("setpriv", "util-linux"), f"--reuid={user}", f"--regid={user}", "--clear-groups"]


@contextmanager
def postgres() -> Iterator[int]:
    """Run a server, whose user is `test`, without a password; gives its port."""
    initdb, server = program("initdb"), program("postgres")
    folder = Path(tempfile.mkdtemp(prefix="linkerd-postgres-"))
    try:
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = folder / "data"
        command = [initdb, "-D", data, "-U", "test", "-A", "trust", "--no-sync", "--locale=C"]
        subprocess.run(
            [*unprivileged(), *command], check=True, capture_output=True, cwd=folder, timeout=60
        )
        (port,) = free_ports(1)
        where = ("-p", str(port), "-h", "127.0.0.1", "-k", str(folder))
        command = [*unprivileged(), server, "-D", str(data), *where, *FAST]
        with running(command, folder / "log", clean_environment(), folder) as running_server:
            running_server.wait_open(port)
            yield port
    finally:
        shutil.rmtree(folder, ignore_errors=True)


__all__ = ["postgres", "program"]
