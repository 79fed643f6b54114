"""The section `accessLog`."""

from __future__ import annotations

from tests.support.memory import MemoryNetwork
from tests.support.runtime import make_runtime

from linkerd.router.access_log_config import AccessLogConfig
from linkerd.router.access_log_file import LogFile, StandardOutput
from linkerd.router.access_log_format import CommonFormat


def test_a_file() -> None:
    config = AccessLogConfig(file="calls.log", append=False, roll_policy="daily", rotate_count=3)
    log = config.mk(make_runtime(MemoryNetwork()), CommonFormat())
    assert isinstance(log.sink, LogFile)
    assert (log.append, log.sink.keep, log.policy.kind) == (False, 3, "daily")
    [(key, path, renamed)] = config.files()
    assert (key, path.endswith("/calls.log"), renamed) == ("accessLog", True, True)
    assert config.faults() == []


def test_standard_output() -> None:
    config = AccessLogConfig(file="-")
    assert isinstance(config.mk(make_runtime(MemoryNetwork()), CommonFormat()).sink, StandardOutput)
    assert config.files() == []
    assert AccessLogConfig(file="-", roll_policy="1.megabyte").faults()
