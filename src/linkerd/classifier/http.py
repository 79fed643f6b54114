"""The classifiers of HTTP: which methods may be repeated after a 5xx or an error on the way.

In and out as in `linkerd.classifier.base`. The kinds differ in one thing only, the set of methods.

HOT: `HttpClassifier` compiles as it stands.
"""

from __future__ import annotations

from typing import ClassVar

import attrs

from linkerd._typing import override
from linkerd.classifier.base import (
    FAILURE,
    OTHER,
    RETRYABLE,
    SUCCESS,
    ClassifierConfig,
    ResponseClassifier,
)

NO_METHODS: frozenset[bytes] = frozenset()
READ_METHODS = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE"))
IDEMPOTENT_METHODS = READ_METHODS | {b"PUT", b"DELETE"}
ALL_METHODS = IDEMPOTENT_METHODS | {b"POST", b"PATCH"}


class HttpClassifier(ResponseClassifier):
    """A 5xx is a failure, retryable for `methods` and where the server asks for it.

    Without a whole copy of the body nothing is retryable.
    """

    __slots__ = ("methods",)

    def __init__(self, methods: frozenset[bytes]) -> None:
        self.methods = methods

    def response(
        self, method: bytes, status: int, nack: bool, marked_retryable: bool, streamed: bool
    ) -> int:
        """Classify a response; a nack counts with 503 only."""
        if status < 500 or status > 599:
            return SUCCESS
        if streamed:
            return FAILURE
        if marked_retryable or method in self.methods or (nack and status == 503):
            return RETRYABLE
        return FAILURE

    def error(self, method: bytes, kind: int, streamed: bool) -> int:
        """Classify an error: those of the connection are retryable for `methods`.

        So is CONNECT, which Linkerd does not name: where no endpoint is open to go to at once, a
        retry finds the one that is well again.
        """
        if streamed or kind == OTHER or method not in self.methods:
            return FAILURE
        return RETRYABLE


@attrs.frozen(kw_only=True)
class NonRetryable5XXConfig(ClassifierConfig):
    """`kind: io.l5d.http.nonRetryable5XX`, the default."""

    kind: ClassVar[str] = "io.l5d.http.nonRetryable5XX"
    summary: ClassVar[str] = "Takes a 5xx for a failure that is not tried again."

    @override
    def mk(self) -> ResponseClassifier:
        """Make the classifier."""
        return HttpClassifier(NO_METHODS)


@attrs.frozen(kw_only=True)
class RetryableRead5XXConfig(ClassifierConfig):
    """`kind: io.l5d.http.retryableRead5XX`."""

    kind: ClassVar[str] = "io.l5d.http.retryableRead5XX"
    summary: ClassVar[str] = "Tries failed GET, HEAD, OPTIONS and TRACE requests again."

    @override
    def mk(self) -> ResponseClassifier:
        """Make the classifier."""
        return HttpClassifier(READ_METHODS)


@attrs.frozen(kw_only=True)
class RetryableIdempotent5XXConfig(ClassifierConfig):
    """`kind: io.l5d.http.retryableIdempotent5XX`."""

    kind: ClassVar[str] = "io.l5d.http.retryableIdempotent5XX"
    summary: ClassVar[str] = "Tries failed reads, PUT and DELETE requests again."

    @override
    def mk(self) -> ResponseClassifier:
        """Make the classifier."""
        return HttpClassifier(IDEMPOTENT_METHODS)


@attrs.frozen(kw_only=True)
class RetryableAll5XXConfig(ClassifierConfig):
    """`kind: io.l5d.http.retryableAll5XX`."""

    kind: ClassVar[str] = "io.l5d.http.retryableAll5XX"
    summary: ClassVar[str] = (
        "Tries failed requests again, those of CONNECT and unknown methods not."
    )

    @override
    def mk(self) -> ResponseClassifier:
        """Make the classifier."""
        return HttpClassifier(ALL_METHODS)


@attrs.frozen(kw_only=True)
class AllSuccessfulConfig(ClassifierConfig):
    """`kind: io.l5d.http.allSuccessful`."""

    kind: ClassVar[str] = "io.l5d.http.allSuccessful"
    summary: ClassVar[str] = "Takes every response for a success."

    @override
    def mk(self) -> ResponseClassifier:
        """Make the classifier."""
        return ResponseClassifier()


__all__ = [
    "ALL_METHODS",
    "IDEMPOTENT_METHODS",
    "NO_METHODS",
    "READ_METHODS",
    "AllSuccessfulConfig",
    "HttpClassifier",
    "NonRetryable5XXConfig",
    "RetryableAll5XXConfig",
    "RetryableIdempotent5XXConfig",
    "RetryableRead5XXConfig",
]
