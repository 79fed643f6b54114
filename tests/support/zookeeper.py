"""A real ZooKeeper, of one server, in a process of its own."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.processes import Program, free_ports, running
from tests.support.servers import find, missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JAR = "/usr/share/java/zookeeper.jar"
MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
CONFIG = """tickTime=200
dataDir={folder}/data
clientPort={port}
clientPortAddress=127.0.0.1
admin.enableServer=false
maxClientCnxns=0
minSessionTimeout=400
maxSessionTimeout=60000
"""


@contextmanager
def zookeeper(folder: Path, port: int = 0) -> Iterator[tuple[int, Program]]:
    """Run a server that keeps its data in `folder`; gives its port."""
    java = find("java", "default-jre-headless")
    if not os.path.exists(JAR):
        missing("zookeeper", "apt-get install --no-install-recommends zookeeper")
    if not port:
        (port,) = free_ports(1)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "zoo.cfg").write_text(CONFIG.format(folder=folder, port=port))
    small = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    command = [java, *small, "-cp", JAR, MAIN, str(folder / "zoo.cfg")]
    with running(command, folder / "zookeeper.log", None, folder) as program:
        program.wait_open(port)
        yield port, program
