"""What can go wrong, sorted by whose fault it is and what may be done about it.

Every error that leaves the process carries a stable code of `linkerd.catalogue`. Servers render
errors (`linkerd.server`), nobody else does. This module imports nothing of ours.
"""

from __future__ import annotations

from dataclasses import dataclass


class LinkerdError(Exception):
    """Anything this program raises on purpose; `code` is a key of the catalogue."""

    code = "L5D-0000"


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a configuration, at one place.

    `line` and `column` count from 1; `path` is the key path (`routers[0].servers[1].port`).
    """

    code: str
    source: str
    line: int
    column: int
    path: str
    why: str
    expected: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        """Render as `file:line:column: path: why (expected ...); did you mean ...? [code]`."""
        text = f"{self.source}:{self.line}:{self.column}: "
        if self.path:
            text += f"{self.path}: "
        text += self.why
        if self.expected:
            text += f" (expected {self.expected})"
        if self.suggestion:
            text += f"; did you mean '{self.suggestion}'?"
        return f"{text} [{self.code}]"


class ConfigError(LinkerdError):
    """A configuration that cannot be started; holds every fault found, in file order."""

    code = "L5D-4000"

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class RequestError(LinkerdError):
    """A request that ends in an answer of ours.

    `message` is Linkerd's exact text, `reasoning` what we can add to it. `retryable` tells whether
    the request is known never to have reached an endpoint. A `plain` error is answered with its
    message alone, and with `fields`, which are complete field lines. `flags` are Finagle's, for
    what is counted.
    """

    status = 502
    plain = False
    fields = b""
    flags: tuple[str, ...] = ()

    def __init__(
        self, message: str, code: str = "", reasoning: str = "", retryable: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reasoning = reasoning
        self.retryable = retryable
        if code:
            self.code = code


class Unidentified(RequestError):
    """No identifier gave the request a name: 400."""

    status = 400
    code = "L5D-1001"


class BadDtab(RequestError):
    """A dtab header of the request does not parse: 400."""

    status = 400
    code = "L5D-1002"


class NoHosts(RequestError):
    """Naming ended without an endpoint to send to: 502."""

    code = "L5D-1101"


class BindingTimeout(RequestError):
    """Naming did not answer in time: 502, as Linkerd."""

    code = "L5D-1106"


class ConnectFailed(RequestError):
    """No endpoint could be connected to: 502. Nothing was sent, so another try is safe."""

    code = "L5D-2001"


class NoDescriptorLeft(RequestError):
    """Our own file descriptors are used up, so no endpoint could be asked: 503."""

    status = 503
    code = "L5D-5003"


class PeerLost(RequestError):
    """The endpoint went away before its answer was complete: 502."""

    code = "L5D-2002"


class Nacked(RequestError):
    """The endpoint would not process the request, and no other try was possible: 502."""

    code = "L5D-2004"


class BadAnswer(RequestError):
    """The endpoint's answer is not HTTP: 502."""

    code = "L5D-2003"


class RequestTimeout(RequestError):
    """The time for a request, or for one try, is over: 503, as Linkerd."""

    status = 503
    code = "L5D-2006"


class AnswerTooLarge(RequestError):
    """An answer that had to be kept in whole is larger than may be kept: 502."""

    code = "L5D-2010"


class TooManyWaiters(RequestError):
    """The pool of an endpoint is used up, and so is the queue for it: 502, as Linkerd."""

    code = "L5D-2011"


class BadMaxForwards(RequestError):
    """The hop count of a TRACE or OPTIONS request is not a number: 400."""

    status = 400
    code = "L5D-3008"
    plain = True


class CallDepthExceeded(RequestError):
    """The request has passed more proxies than it may: 400."""

    status = 400
    code = "L5D-3007"


class TooManyRequests(RequestError):
    """The server has as many requests as it may: 503, and by its fields another try is safe."""

    status = 503
    code = "L5D-5001"
    plain = True
    fields = b"finagle-http-nack: true\r\nRetry-After: 0\r\n"


@dataclass(frozen=True)
class Where:
    """A place in a configuration; the binder puts one on every section."""

    source: str = ""
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        """Render as `file:line`, or what takes the place of a file alone."""
        return f"{self.source}:{self.line}" if self.line else self.source


NOWHERE = Where()

__all__ = [
    "NOWHERE",
    "AnswerTooLarge",
    "BadAnswer",
    "BadDtab",
    "BadMaxForwards",
    "BindingTimeout",
    "CallDepthExceeded",
    "ConfigError",
    "ConnectFailed",
    "Fault",
    "LinkerdError",
    "Nacked",
    "NoDescriptorLeft",
    "NoHosts",
    "PeerLost",
    "RequestError",
    "RequestTimeout",
    "TooManyRequests",
    "TooManyWaiters",
    "Unidentified",
    "Where",
]
