"""The admin server's HTTP side: checks a request, asks the endpoint, sends the answer.

Requests come in by Twisted's HTTP server; `linkerd.admin.endpoints` says what is answered. Nothing
of an internal error reaches the client but that there was one. Long answers are made in slices, so
that other work of the reactor goes on in between. The linker owns the site that `make_site` gives.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.web.http import HTTPFactory, Request, datetimeToString

from linkerd._typing import override
from linkerd.admin.access import Openness, is_loopback, refusal
from linkerd.admin.answer import Answer, Question, text
from linkerd.admin.endpoints import Endpoints
from linkerd.admin.sending import PIECE, Sending

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twisted.internet.interfaces import IAddress, IReactorTime
    from twisted.python.failure import Failure

    from linkerd.admin.config import AdminConfig
    from linkerd.admin.view import View
    from linkerd.telemetry.prometheus import PrometheusConfig

_log = Logger()
_SLASHES = re.compile("//+")

MAX_BODY = 1 << 20
IDLE = 60.0
PATIENCE = 60.0
SLICE = 100
"""Pieces (a line of text or a row of a table) made in one go: a few milliseconds at most."""

_ALWAYS = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
        " img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
)


class AdminSite(HTTPFactory):
    """Makes the connections of the admin server and holds what their requests need."""

    def __init__(
        self,
        endpoints: Endpoints,
        openness: Openness,
        exposed: bool,
        scheme: str,
        reactor: IReactorTime,
        rest_s: float = IDLE,
        patience_s: float = PATIENCE,
    ) -> None:
        super().__init__(timeout=rest_s, reactor=reactor)
        self.endpoints = endpoints
        self.openness = openness
        self.exposed = exposed
        self.scheme = scheme
        self.patience_s = patience_s

    @override
    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Make a connection whose requests are ours."""
        channel: Any = super().buildProtocol(addr)
        channel.requestFactory = AdminRequest
        channel.site = self
        return channel

    @override
    def startFactory(self) -> None:
        """Keep no access log, and so no clock for its lines."""

    @override
    def stopFactory(self) -> None:
        """See `startFactory`."""

    @override
    def log(self, request: Request) -> None:
        """See `startFactory`."""


class AdminRequest(Request):
    """One request."""

    def __init__(self, channel: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(channel, *args, **kwargs)
        self._site: AdminSite = channel.site
        self._received = 0
        self._gone = False

    @override
    def handleContentChunk(self, data: bytes) -> None:
        """Keep the body up to its limit; the rest is read and dropped."""
        self._received += len(data)
        if self._received <= MAX_BODY:
            Request.handleContentChunk(self, data)

    @override
    def connectionLost(self, reason: Failure) -> None:
        """Remember that nobody waits for the answer."""
        self._gone = True
        Request.connectionLost(self, reason)

    @override
    def process(self) -> None:
        """Answer; the head and the body are complete."""
        Deferred.fromCoroutine(self._respond())

    async def _respond(self) -> None:
        try:
            answer = await self._answer()
            body = answer.body
            if not isinstance(body, bytes):
                body = await _gathered(body, self._site.reactor)
        except Exception:
            _log.failure("The admin server cannot answer {path}", path=self.path)
            answer = text("Something went wrong here; see the log.\n", 500)
            body = bytes(answer.body)  # type: ignore[arg-type]
        self._send(answer, body)

    async def _answer(self) -> Answer:
        site = self._site
        path = _SLASHES.sub("/", unquote(self.path.decode("latin-1"), errors="replace"))
        method = self.method.decode("latin-1")
        if not site.openness.allows(path):
            return text("", 404)
        # A ping tells nothing, and health checks come by any name.
        if path != "/admin/ping":
            refused = refusal(
                method,
                self.getHeader("Host"),
                self.getHeader("Origin"),
                self.getHeader("Sec-Fetch-Site"),
                site.exposed,
                site.scheme,
            )
            if refused is not None:
                return text(f"{refused}\n", 403)
        if self._received > MAX_BODY:
            return text("", 413)
        answer = site.endpoints.find(path)(self._question(path, method))
        return answer if isinstance(answer, Answer) else await answer

    def _question(self, path: str, method: str) -> Question:
        repeated = {
            name.decode("utf-8", "replace"): [each.decode("utf-8", "replace") for each in values]
            for name, values in self.args.items()
        }
        query = {name: values[-1] for name, values in repeated.items()}
        body = self.content.read() if self.content is not None else b""
        kind = self.getHeader("Content-Type") or ""
        return Question(path, method, query, kind, body, repeated)

    def _send(self, answer: Answer, body: bytes) -> None:
        if not self._gone:
            self.setResponseCode(answer.status)
            headers = (
                ("Date", datetimeToString().decode("ascii")),
                ("Content-Type", answer.content_type),
                ("Content-Length", str(len(body))),
                *_ALWAYS,
                *answer.headers,
            )
            for name, value in headers:
                Request.setHeader(self, name, value)
            if self.method == b"HEAD" or len(body) <= PIECE:
                Request.write(self, body)
                Request.finish(self)
            else:
                site = self._site
                Sending(self, body, site.patience_s, site.reactor).start(
                    partial(Request.finish, self)
                )
        if answer.then is not None:
            self._site.reactor.callLater(0, answer.then)


async def _gathered(pieces: Iterable[str], reactor: IReactorTime) -> bytes:
    waiting = iter(pieces)
    parts: list[str] = []
    while part := list(islice(waiting, SLICE)):
        parts.append("".join(part))
        await deferLater(reactor, 0)
    return "".join(parts).encode("utf-8", "replace")


def make_site(
    view: View,
    config: AdminConfig,
    reactor: IReactorTime,
    prometheus: PrometheusConfig | None = None,
) -> AdminSite:
    """Make the factory of the admin server; listening is the caller's part."""
    read_ms = config.socket_options.read_timeout_ms
    write_ms = config.socket_options.write_timeout_ms
    return AdminSite(
        Endpoints(view, reactor, prometheus),
        Openness(config.security),
        exposed=not is_loopback(config.ip),
        scheme="http" if config.tls is None else "https",
        reactor=reactor,
        rest_s=IDLE if read_ms is None else min(IDLE, read_ms / 1000.0),
        patience_s=PATIENCE if write_ms is None else write_ms / 1000.0,
    )


__all__ = ["AdminSite", "make_site"]
