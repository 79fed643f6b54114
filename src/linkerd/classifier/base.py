"""What a response classifier is: it says what a request's end means.

In: the method, and the status or the kind of error it ended with. Out: SUCCESS, FAILURE or
RETRYABLE, which drives retries, failure accrual and the success metrics. One classifier serves all
requests of a service and keeps no state.

HOT: `ResponseClassifier` compiles as it stands.
"""

from __future__ import annotations

from typing import ClassVar

import attrs

from linkerd.config.section import Plugin

SUCCESS = 0
FAILURE = 1
RETRYABLE = 2

OTHER = 0
TIMEOUT = 1
WRITE = 2
CLOSED = 3
FRAMING = 4
CONNECT = 5


class ResponseClassifier:
    """The base takes any response for a success and any error for a failure."""

    __slots__ = ()

    def response(
        self, method: bytes, status: int, nack: bool, marked_retryable: bool, streamed: bool
    ) -> int:
        """Classify a response.

        `nack`: it says that the request was not processed (`finagle-http-nack`, `Retry-After: 0`).
        `marked_retryable`: it carries `l5d-retryable: true`. `streamed`: the request's body was not
        kept, so it cannot be sent again.
        """
        return SUCCESS

    def error(self, method: bytes, kind: int, streamed: bool) -> int:
        """Classify an error that came instead of a response; `kind` is OTHER, TIMEOUT, WRITE ..."""
        return FAILURE


@attrs.frozen(kw_only=True)
class ClassifierConfig(Plugin):
    """The section `responseClassifier` of a service."""

    family: ClassVar[str] = "classifier"

    def mk(self) -> ResponseClassifier:
        """Make the classifier."""
        raise NotImplementedError


__all__ = [
    "CLOSED",
    "CONNECT",
    "FAILURE",
    "FRAMING",
    "OTHER",
    "RETRYABLE",
    "SUCCESS",
    "TIMEOUT",
    "WRITE",
    "ClassifierConfig",
    "ResponseClassifier",
]
