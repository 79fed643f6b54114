from __future__ import annotations

import sys
from typing import Any

from twisted.logger import LogLevel
from twisted.trial.unittest import SynchronousTestCase

from linkerd.logger import make_logger

log = make_logger()


class Loggers(SynchronousTestCase):
    def test_a_message_reaches_twisted_with_its_level_and_place(self) -> None:
        from twisted.logger import globalLogPublisher

        events: list[dict[str, object]] = []
        see: Any = events.append
        globalLogPublisher.addObserver(see)
        self.addCleanup(globalLogPublisher.removeObserver, see)
        log.warn("{who} is late", who="it")
        (event,) = [event for event in events if event.get("who") == "it"]
        self.assertIs(event["log_level"], LogLevel.warn)
        self.assertEqual(event["log_namespace"], "tests.test_logger")

    def test_it_needs_no_reactor(self) -> None:
        import subprocess

        code = "import linkerd.logger, sys; sys.exit('twisted.internet.reactor' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], timeout=30, check=False)
        self.assertEqual(done.returncode, 0)
