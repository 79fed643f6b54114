"""One entry of the `routers` section with `protocol: http`.

The binder makes an `HttpRouterConfig`; `linkerd.router.build` makes a router of it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import at_least_one, not_negative, option
from linkerd.identifier.base import IdentifierConfig
from linkerd.identifier.header_token import HeaderTokenConfig
from linkerd.propagator.base import TracePropagatorConfig
from linkerd.propagator.linkerd import LinkerdPropagatorConfig
from linkerd.router.access_log import FORMATS, STANDARD_OUTPUT
from linkerd.router.access_log_policy import RollPolicy, misread, read_policy
from linkerd.router.build import WHOLE_KB, HttpRouter, build_http
from linkerd.router.config import RouterConfig
from linkerd.server.config import ServerConfig

if TYPE_CHECKING:
    from linkerd.name.delegate import Lookups
    from linkerd.runtime import Runtime
    from linkerd.tls.shared import SharedStore

CONFLICT = (
    "Conflicting streaming options set. Can't disable streaming and set streamAfterContentLengthKB"
    " in %s"
)
OF_OTHERS = (
    ("attemptTTwitterUpgrade", "Thrift"),
    ("pipelinedCalls", "Thrift"),
    ("sendProxyProtocol", "TCP"),
)
"""Keys of `client` that have no meaning for HTTP."""


@attrs.frozen(kw_only=True)
class HttpRouterConfig(RouterConfig):
    """`protocol: http`: HTTP/1.1."""

    kind: ClassVar[str] = "http"
    summary: ClassVar[str] = "Routes HTTP/1.1 requests."
    not_yet: ClassVar[dict[str, str]] = {}
    renamed: ClassVar[dict[str, str]] = {
        "maxChunkKB": "it was removed in Linkerd 1.6",
        "maxRequestKB": "it was removed in Linkerd 1.7; `maxRequestBodyKB` limits bodies here",
        "maxResponseKB": "it was removed in Linkerd 1.7",
        "engine": "it was removed in Linkerd 1.3",
    }

    servers: tuple[ServerConfig, ...] = option("The addresses to listen on.")
    identifier: tuple[IdentifierConfig, ...] = option(
        "What a request's name is read from; of a list the first that finds one.",
        default=(HeaderTokenConfig(),),
        one_or_many=True,
    )
    trace_propagator: TracePropagatorConfig = option(
        "Which headers say what trace a request belongs to.", default=LinkerdPropagatorConfig()
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
        "Bodies with a Content-Length up to this are taken in whole: requests so that they can be"
        " sent again, answers so that nothing is passed on of one that breaks off.",
        default=5,
        unit="KB",
        check=not_negative,
    )
    streaming_enabled: bool = option(
        "Pass bodies on as they come; `false` takes all of them in whole, whatever their size.",
        default=True,
        differs="With `false`, bodies are limited by `maxRequestBodyKB` (65536 if not set) and"
        " `maxResponseBodyKB`; Linkerd 1's limit is 2 GiB.",
    )
    max_response_body_kb: int = option(
        "How large the body of an answer may be with `streamingEnabled: false`; one that is larger"
        " is answered 502.",
        default=WHOLE_KB,
        unit="KB",
        check=not_negative,
        differs="Linkerd 1 has no such key.",
    )
    max_err_response_kb: int = option(
        "How large the body of an error of the proxy's own may be; it is cut there.",
        default=5120,
        unit="KB",
        check=not_negative,
    )
    compression_level: int = option(
        "How answers are compressed for clients that accept gzip or deflate: 0 not at all, 1 to 9"
        " by that level of zlib, -1 texts only, by level 6.",
        default=0,
        check=lambda value: None if -1 <= value <= 9 else "must be from -1 to 9",
        differs="Linkerd 1's default is -1.",
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
        check=not_negative,
        differs="Linkerd 1 has no such key, and no limit.",
    )
    upgrade_enabled: bool = option(
        "Pass `Upgrade` on, for WebSocket and whatever else is not HTTP, and the bytes of both"
        " sides once an endpoint agrees.",
        default=True,
        differs="Linkerd 1 has no such key; it always removes `Upgrade`.",
    )
    connect_enabled: bool = option(
        "Route CONNECT requests by their host and port to endpoints that are proxies themselves,"
        " and pass the bytes of both sides on once one agrees; otherwise they are answered 405.",
        default=False,
        differs="Linkerd 1 has no such key, and no tunnels.",
    )

    def faults(self) -> list[tuple[str, str]]:
        """A list of identifiers cannot be empty."""
        found = super().faults()
        if not self.identifier:
            found.append(("identifier", "empty identifier list"))
        if not self.streaming_enabled and "streamAfterContentLengthKB" in self.places:
            found.append(("streamingEnabled", CONFLICT % self.label))
        found += [
            ("client", f"`{key}` is for routers of {protocol} only")
            for key, protocol in OF_OTHERS
            if self.client.has(key)
        ]
        rolled = read_policy(self.http_access_log_roll_policy) != RollPolicy()
        if rolled and self.http_access_log == STANDARD_OUTPUT:
            found.append(("httpAccessLogRollPolicy", "standard output cannot be rolled"))
        return found

    def log_files(self) -> list[tuple[str, str, bool]]:
        if self.http_access_log in (None, STANDARD_OUTPUT):
            return []
        rolled = read_policy(self.http_access_log_roll_policy).renames()
        return [("httpAccessLog", os.path.abspath(self.http_access_log), rolled)]

    def mk(self, runtime: Runtime, namers: Lookups, store: SharedStore) -> HttpRouter:
        return build_http(self, runtime, namers, store)
