"""`io.l5d.thrift`: what the end of a Thrift call means.

In comes what the answer is, as `linkerd.wire.thrift_result` reads it, or the kind of error that
took its place; out goes success, failure, or a failure that may be tried again. As in Linkerd 1 an
exception that the method declares is a success and a TApplicationException a failure; a call is
repeated only if its method is named here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.classifier.base import (
    FAILURE,
    RETRYABLE,
    SUCCESS,
    ClassifierConfig,
    ResponseClassifier,
)
from linkerd.config.option import option

if TYPE_CHECKING:
    from collections.abc import Iterable

APPLICATION_EXCEPTION = 600
"""The status of an answer that is an exception of the protocol itself; no field has that number."""
DECLARED = 1
"""From this number on a result is a declared exception; 0 and below are values, or nothing."""


class ThriftClassifier(ResponseClassifier):
    """Judges calls. `idempotent` are methods, `strict`: declared exceptions are failures."""

    __slots__ = ("idempotent", "strict")

    def __init__(self, idempotent: Iterable[str] = (), strict: bool = False) -> None:
        self.idempotent = frozenset(name.encode() for name in idempotent)
        self.strict = strict

    def response(
        self, method: bytes, status: int, nack: bool, marked_retryable: bool, streamed: bool
    ) -> int:
        if status < DECLARED or (status != APPLICATION_EXCEPTION and not self.strict):
            return SUCCESS
        return self.error(method, 0, streamed)

    def error(self, method: bytes, kind: int, streamed: bool) -> int:
        return RETRYABLE if method in self.idempotent and not streamed else FAILURE


@attrs.frozen(kw_only=True)
class ThriftClassifierConfig(ClassifierConfig):
    """The section of `io.l5d.thrift`."""

    kind: ClassVar[str] = "io.l5d.thrift"
    summary: ClassVar[str] = "Judges answers to Thrift calls; only for routers of Thrift."
    differs: ClassVar[str] = "Linkerd 1 has no such kind: its Thrift routers never retry a failure."

    idempotent_methods: tuple[str, ...] = option(
        "Methods that may be called again when a call failed, without their service.",
        default=(),
    )
    exceptions_are_failures: bool = option(
        "Take exceptions that a method declares for failures, too.", default=False
    )

    def mk(self) -> ResponseClassifier:
        """Make the classifier."""
        return ThriftClassifier(self.idempotent_methods, self.exceptions_are_failures)


__all__ = ["APPLICATION_EXCEPTION", "ThriftClassifier", "ThriftClassifierConfig"]
