"""What can go wrong, sorted by whose fault it is and what may be done about it.

Every error that leaves the process carries a stable code. `CATALOGUE` says of each code what it
means and what to do next; `linkerd help L5D-nnnn` and the documentation print it. Servers render
errors (`linkerd.server`), nobody else does. This module imports nothing of ours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One row of the catalogue: what a code means and what its reader should do."""

    title: str
    next_step: str


CATALOGUE: dict[str, Entry] = {
    # 1xxx naming
    "L5D-1001": Entry(
        "The request could not be identified.",
        "Send what the router's `identifier` reads (by default a Host header), or change it.",
    ),
    "L5D-1002": Entry(
        "The request's l5d-dtab or l5d-ctx-dtab header is not a dtab.",
        "Correct the header; the message points at the character.",
    ),
    "L5D-1101": Entry(
        "No dtab rule matches the name.",
        "Add a rule for it to the router's `dtab`, or correct the name in the request.",
    ),
    "L5D-1102": Entry(
        "Rules match, but every one of them leads to a name that does not exist.",
        "Compare the names that were tried with those that are registered.",
    ),
    "L5D-1103": Entry(
        "The name is bound, but it has no endpoints at the moment.",
        "Start an instance, or check why none registers; a host of `/$/inet` may be unknown to"
        " DNS.",
    ),
    "L5D-1104": Entry(
        "A rule ends in `!` (fail) or `$` (empty): the dtab says that this name goes nowhere.",
        "Change the rule if the name should be routed.",
    ),
    "L5D-1105": Entry(
        "The name could not be looked up: a namer reports an error.",
        "See the reason. A name below `/$` may be written wrong, such as `/$/inet/<host>/<port>`"
        " with a port that is no number; how a namer fares is at `/namer_state/` of the admin"
        " server.",
    ),
    "L5D-1106": Entry(
        "No answer from naming within the binding timeout.",
        "Check the namer's registry; `bindingTimeoutMs` is the limit.",
    ),
    "L5D-1107": Entry(
        "The dtab sends the name round in circles.",
        "Look for a rule whose right-hand side comes back to its own prefix.",
    ),
    "L5D-1108": Entry(
        "The registry does not answer, and by its last good answer there is nothing.",
        "Repair the registry, or the way to it: the failure, and since when it lasts, are shown."
        " What it knows by now is not known here.",
    ),
    "L5D-1109": Entry(
        "A transformer has let none of the endpoints through.",
        "Compare the endpoints with what the transformer keeps; `io.l5d.localhost`, for one, wants"
        " an instance on this host.",
    ),
    "L5D-1110": Entry(
        "The interpreter has no dtab: its file cannot be read or is none, and never was good.",
        "Correct the file at the line and column shown; it is read again when it changes.",
    ),
    # 2xxx endpoints
    "L5D-2001": Entry(
        "No connection to the endpoint: refused, unreachable or timed out.",
        "Check that the instance runs and listens on the address shown.",
    ),
    "L5D-2002": Entry(
        "The endpoint closed or reset the connection before its answer was complete.",
        "Look at the instance's own log: it crashed, restarted or has a shorter idle time.",
    ),
    "L5D-2003": Entry(
        "The endpoint's answer is not valid HTTP/1.1.",
        "See the reason; correct the instance.",
    ),
    "L5D-2004": Entry(
        "The endpoint asked to be tried elsewhere (nack) and no other try was possible.",
        "The service is overloaded: add instances or reduce load.",
    ),
    "L5D-2005": Entry(
        "No connection, and every endpoint of the name is ejected by failure accrual.",
        "Look at the instances: all of them failed several times in a row. Each is tried again at"
        " the time shown.",
    ),
    # 3xxx protocol
    "L5D-3001": Entry(
        "The request is not valid HTTP/1.1.",
        "Correct the client; the reason is in the log and in the metrics.",
    ),
    "L5D-3002": Entry(
        "The request line or target is too long.",
        "Shorten it, or raise `maxInitialLineKB`.",
    ),
    "L5D-3003": Entry(
        "The header fields are too large or too many.",
        "Send fewer or shorter fields, or raise `maxHeadersKB` or `maxHeaders`.",
    ),
    "L5D-3004": Entry(
        "This HTTP version is not spoken here.",
        "Use HTTP/1.1 or HTTP/1.0.",
    ),
    "L5D-3005": Entry(
        "The method or transfer coding is not supported.",
        "CONNECT and codings other than `chunked` are not supported yet.",
    ),
    "L5D-3006": Entry(
        "The request took too long to arrive.",
        "Send the head within 10 s and the body without pauses of 30 s.",
    ),
    "L5D-3007": Entry(
        "The request went through more proxies than `maxCallDepth` allows.",
        "Look for a loop between proxies.",
    ),
    "L5D-3008": Entry(
        "Max-Forwards, of a TRACE or OPTIONS request, is not one number.",
        "Send one decimal number below 2147483648, or leave it out.",
    ),
    "L5D-3009": Entry(
        "The request body is larger than this router accepts.",
        "Send less, or raise `maxRequestBodyKB`.",
    ),
    # 4xxx configuration
    "L5D-4001": Entry(
        "The configuration is not readable as YAML or JSON.",
        "Correct the syntax at the line and column shown.",
    ),
    "L5D-4002": Entry(
        "A key is unknown here.",
        "Correct its spelling, or remove it.",
    ),
    "L5D-4003": Entry(
        "A key stands twice in one object.",
        "Remove one of them.",
    ),
    "L5D-4004": Entry(
        "A value has the wrong type or is out of range.",
        "Write what was expected there.",
    ),
    "L5D-4005": Entry(
        "A required key is missing.",
        "Add it.",
    ),
    "L5D-4006": Entry(
        "A kind or protocol is unknown.",
        "Take one of the kinds listed.",
    ),
    "L5D-4007": Entry(
        "This part of Linkerd 1 is not supported yet.",
        "Remove it, or wait for the release that brings it.",
    ),
    "L5D-4008": Entry(
        "Two parts of the configuration contradict each other.",
        "Give routers different labels and servers different ports.",
    ),
    "L5D-4009": Entry(
        "A file or directory that the configuration names cannot be used.",
        "Create it or correct the path.",
    ),
    "L5D-4010": Entry(
        "A port that the configuration names cannot be listened on.",
        "See who holds it (`ss -ltnp`), or choose another.",
    ),
    # 5xxx limits
    "L5D-5001": Entry(
        "The server already has as many requests in flight as `maxConcurrentRequests` allows.",
        "Try again; raise the limit if the machine can do more.",
    ),
    "L5D-5002": Entry(
        "The proxy is shutting down.",
        "Try again: another instance, or the successor, will answer.",
    ),
}


class LinkerdError(Exception):
    """Anything this program raises on purpose; `code` is a key of `CATALOGUE`."""

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
    message alone.
    """

    status = 502
    plain = False

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


class PeerLost(RequestError):
    """The endpoint went away before its answer was complete: 502."""

    code = "L5D-2002"


class BadAnswer(RequestError):
    """The endpoint's answer is not HTTP: 502."""

    code = "L5D-2003"


class BadMaxForwards(RequestError):
    """The hop count of a TRACE or OPTIONS request is not a number: 400."""

    status = 400
    code = "L5D-3008"
    plain = True


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
    "CATALOGUE",
    "NOWHERE",
    "BadAnswer",
    "BadDtab",
    "BadMaxForwards",
    "BindingTimeout",
    "ConfigError",
    "ConnectFailed",
    "Entry",
    "Fault",
    "LinkerdError",
    "NoHosts",
    "PeerLost",
    "RequestError",
    "Unidentified",
    "Where",
]
