"""All codes of errors, with what each means and what its reader should do next.

Nothing comes in; `linkerd help L5D-nnnn`, the documentation and every answer of ours print what is
written here. The exceptions that carry the codes are in `linkerd.errors`.
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
    "L5D-2006": Entry(
        "The endpoint did not answer within `requestAttemptTimeoutMs`.",
        "Look at the instance: it is slow or stuck. Raise the limit if the answer may take longer.",
    ),
    "L5D-2007": Entry(
        "There was no answer within the `totalTimeoutMs` of the service.",
        "Look at the instances, and at how many retries there were; the limit holds for all tries.",
    ),
    "L5D-2008": Entry(
        "There was no answer within the `timeoutMs` of the server.",
        "Look at the instances: they are slow or stuck. Raise the limit if answers may take"
        " longer.",
    ),
    "L5D-2009": Entry(
        "The deadline that the request brought along has passed.",
        "Look at what used the time up on the way here, and whether the hosts' clocks agree.",
    ),
    "L5D-2010": Entry(
        "The endpoint's answer is larger than the router may keep.",
        "Raise `maxResponseBodyKB`, or stream the bodies of answers: `streamingEnabled: true`.",
    ),
    "L5D-2011": Entry(
        "Too many requests wait for a connection to the endpoint.",
        "Add instances, or raise `maxSize` or `maxWaiters` of `hostConnectionPool`.",
    ),
    "L5D-2012": Entry(
        "No TLS with the endpoint: the handshake failed, or its certificate was refused.",
        "See the reason, which names the certificate and the rule it broke. Nothing was sent.",
    ),
    "L5D-2013": Entry(
        "The name that the endpoint would have to prove cannot be made of this request's name.",
        "See the reason: `commonName` takes DNS labels only. Correct the name in the request.",
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
        "The transfer coding is not supported.",
        "Send no transfer coding other than `chunked`.",
    ),
    "L5D-3006": Entry(
        "The request took too long to arrive.",
        "Send the head within 10 s and the body without pauses of 30 s, or raise the server's"
        " `headTimeoutMs` or `bodyIdleTimeoutMs`.",
    ),
    "L5D-3007": Entry(
        "The request went through more proxies than `maxCallDepth` allows.",
        "Look for a loop between proxies: the Via header names those that were passed.",
    ),
    "L5D-3008": Entry(
        "Max-Forwards, of a TRACE or OPTIONS request, is not one number.",
        "Send one decimal number below 2147483648, or leave it out.",
    ),
    "L5D-3009": Entry(
        "The request body is larger than this router accepts.",
        "Send less, or raise `maxRequestBodyKB`.",
    ),
    "L5D-3010": Entry(
        "CONNECT is not taken here.",
        "Set `connectEnabled` in the router if clients are to reach other proxies through it; see"
        " the documentation of tunnels first.",
    ),
    "L5D-3011": Entry(
        "The client left before there was an answer.",
        "Only access logs say so. If there are many, compare the clients' timeouts with how long"
        " answers take.",
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
    "L5D-4011": Entry(
        "A file with a certificate or a key is not what it should be.",
        "Correct the file; the message names it and the reason.",
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
    "L5D-5003": Entry(
        "The proxy has no file descriptor left for a connection to an endpoint.",
        "Raise the limit of open files (`LimitNOFILE=`, `ulimit -n`); `jvm/fd_count` and"
        " `jvm/fd_limit` tell how many are in use.",
    ),
}
