"""The section `accessLog` of routers whose protocol is not HTTP.

The binder makes an `AccessLogConfig`; the router's builder makes the log of it, in the format of
its protocol. HTTP routers have Linkerd's keys, `httpAccessLog...`, for the same.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import option
from linkerd.config.section import Section
from linkerd.router.access_log import STANDARD_OUTPUT, AccessLog
from linkerd.router.access_log_policy import RollPolicy, misread, read_policy

if TYPE_CHECKING:
    from linkerd.router.access_log_format import Format
    from linkerd.runtime import Runtime


@attrs.frozen(kw_only=True)
class AccessLogConfig(Section):
    """A file of lines, and when it begins anew."""

    summary: ClassVar[str] = "A file that gets a line, an object in JSON, for whatever is over."

    file: str = option("The file; `-` is standard output.")
    append: bool = option("Append to an existing file; `false` empties it at start.", default=True)
    roll_policy: str = option(
        "When the log begins a new file: `never`, `hourly`, `daily`, `weekly(n)` with n from 1 for"
        " Sunday, `sighup`, or a size such as `3.megabytes`.",
        default="never",
        check=misread,
    )
    rotate_count: int = option(
        "How many files that are finished are kept; -1 keeps all.",
        default=-1,
        check=lambda value: None if value >= -1 else "must be -1 or more",
    )

    def faults(self) -> list[tuple[str, ...]]:
        """What comes out of the process is nobody's file."""
        if self.file == STANDARD_OUTPUT and self.policy() != RollPolicy():
            return [("rollPolicy", "standard output cannot be rolled")]
        return []

    def policy(self) -> RollPolicy:
        """When the file is finished."""
        return read_policy(self.roll_policy)

    def mk(self, runtime: Runtime, form: Format) -> AccessLog:
        """Make the log; nothing is opened yet."""
        return AccessLog(runtime, self.file, form, self.policy(), self.append, self.rotate_count)

    def files(self) -> list[tuple[str, str, bool]]:
        """What `RouterConfig.log_files` is asked for."""
        if self.file == STANDARD_OUTPUT:
            return []
        return [("accessLog", os.path.abspath(self.file), self.policy().renames())]


__all__ = ["AccessLogConfig"]
