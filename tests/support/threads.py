"""A thread pool for tests: what it is given runs at once, in the caller's thread."""

from __future__ import annotations

from typing import Any

from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool


class AtOnce(ThreadPool):
    """Runs what it is given at once, in the caller's thread."""

    def callInThreadWithCallback(
        self,
        onResult: Any,  # noqa: N803
        func: Any,
        *args: Any,
        **kw: Any,
    ) -> None:
        try:
            result = func(*args, **kw)
        except Exception:
            onResult(False, Failure())
        else:
            onResult(True, result)


__all__ = ["AtOnce"]
