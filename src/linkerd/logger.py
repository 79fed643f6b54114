"""The one way to a logger: txaio's face over twisted.logger.

A module calls `make_logger()` once; a debug event that nobody listens to then costs next to
nothing.
"""

from __future__ import annotations

import txaio
from txaio.tx import make_logger

txaio.use_twisted()

__all__ = ["make_logger"]
