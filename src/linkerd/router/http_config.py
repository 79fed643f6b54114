"""One entry of the `routers` section with `protocol: http`.

The binder makes an `HttpRouterConfig`; `linkerd.router.build` makes a router of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import at_least_one, not_negative, option
from linkerd.identifier.base import IdentifierConfig
from linkerd.identifier.header_token import HeaderTokenConfig
from linkerd.router.access_log import FORMATS, STANDARD_OUTPUT
from linkerd.router.access_log_policy import RollPolicy, misread, read_policy
from linkerd.router.build import HttpRouter, build_http
from linkerd.router.config import RouterConfig

if TYPE_CHECKING:
    from linkerd.name.delegate import Lookups
    from linkerd.runtime import Runtime


@attrs.frozen(kw_only=True)
class HttpRouterConfig(RouterConfig):
    """`protocol: http`: HTTP/1.1."""

    kind: ClassVar[str] = "http"
    summary: ClassVar[str] = "Routes HTTP/1.1 requests."
    not_yet: ClassVar[dict[str, str]] = {
        "streamingEnabled": "bodies are always streamed beyond streamAfterContentLengthKB",
        "maxErrResponseKB": "",
        "compressionLevel": "bodies are never compressed",
        "tracePropagator": "trace headers pass through untouched",
    }
    renamed: ClassVar[dict[str, str]] = {
        "maxChunkKB": "it was removed in Linkerd 1.6",
        "maxRequestKB": "it was removed in Linkerd 1.7; `maxRequestBodyKB` limits bodies here",
        "maxResponseKB": "it was removed in Linkerd 1.7",
        "engine": "it was removed in Linkerd 1.3",
    }

    identifier: tuple[IdentifierConfig, ...] = option(
        "What a request's name is read from; of a list the first that finds one.",
        default=(HeaderTokenConfig(),),
        one_or_many=True,
    )
    http_access_log: str | None = option(
        "The file that gets a line for each answer; `-` is standard output.", default=None
    )
    http_access_log_append: bool = option(
        "Append to an existing file; `false` empties it at start.", default=True
    )
    http_access_log_roll_policy: str = option(
        "When the access log begins a new file: `never`, `hourly`, `daily`, `weekly(n)` with n"
        " from 1 for Sunday, `sighup`, or a size such as `3.megabytes`.",
        default="never",
        check=misread,
    )
    http_access_log_rotate_count: int = option(
        "How many files that are finished are kept; -1 keeps all.",
        default=-1,
        check=lambda value: None if value >= -1 else "must be -1 or more",
    )
    http_access_log_format: str = option(
        "How a line looks: `linkerd`, `common`, `combined` or `json`.",
        default="linkerd",
        check=lambda value: None if value in FORMATS else f"expected one of {', '.join(FORMATS)}",
        differs="Linkerd 1 has no such key; its one format is `linkerd`.",
    )
    stream_after_content_length_kb: int = option(
        "Request bodies up to this size are taken in whole, and only those can be sent again.",
        default=5,
        unit="KB",
        check=not_negative,
    )
    max_headers_kb: int = option(
        "How large the header fields of a request or an answer may be together.",
        default=16,
        unit="KB",
        check=at_least_one,
        differs="Linkerd 1's default is 8.",
    )
    max_initial_line_kb: int = option(
        "How long a request line may be.",
        default=8,
        unit="KB",
        check=at_least_one,
        differs="Linkerd 1's default is 4; RFC 9112 asks for 8000 bytes.",
    )
    max_headers: int = option(
        "How many header fields a request or an answer may have.",
        default=100,
        check=at_least_one,
        differs="Linkerd 1 has no such key, and no limit.",
    )
    max_chunk_line_bytes: int = option(
        "How long the line before a chunk of a body may be, with its extensions.",
        default=256,
        unit="bytes",
        check=lambda value: None if value >= 32 else "must be at least 32",
        differs="Linkerd 1 has no such key, and no limit.",
    )
    max_trailers_kb: int = option(
        "How large the fields behind a chunked body may be together.",
        default=8,
        unit="KB",
        check=at_least_one,
        differs="Linkerd 1 has no such key; `maxHeadersKB` holds there too.",
    )
    max_request_body_kb: int | None = option(
        "How large the body of a request may be; one that is larger is answered 413.",
        default=None,
        unit="KB",
        check=lambda value: None if value is None or value >= 0 else "must not be negative",
        differs="Linkerd 1 has no such key, and no limit.",
    )

    def faults(self) -> list[tuple[str, str]]:
        """A list of identifiers cannot be empty."""
        found = super().faults()
        if not self.identifier:
            found.append(("identifier", "empty identifier list"))
        rolled = read_policy(self.http_access_log_roll_policy) != RollPolicy()
        if rolled and self.http_access_log == STANDARD_OUTPUT:
            found.append(("httpAccessLogRollPolicy", "standard output cannot be rolled"))
        return found

    def mk(self, runtime: Runtime, namers: Lookups) -> HttpRouter:
        return build_http(self, runtime, namers)
