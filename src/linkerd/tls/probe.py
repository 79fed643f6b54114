"""One handshake with an endpoint, made to see what it shows; no request is sent.

In: an address and the `Security` of a client. Out: a `Probe`, also where there is no TLS. Context,
name, verification and the words for a failure are those of the proxy's own connections. Blocks, so
it is for a command that has nothing else to do.

With TLS 1.3 an endpoint looks at our certificate only when the handshake is over for us, so its
alert, or its ticket, is waited for.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import TYPE_CHECKING, Any

import attrs
from cryptography import x509

from linkerd.net.errors import reason
from linkerd.net.security import HandshakeError, TlsFacts
from linkerd.net.tls_errors import handshake_error
from linkerd.net.tls_facts import facts_of
from linkerd.net.tls_handshake import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from linkerd.net.security import Security

AFTER_S = 0.5
"""How long an endpoint's ticket or alert is waited for after a handshake with TLS 1.3."""

POLL_S = 0.02

HANDSHAKE, CERTIFICATE_REQUEST, NEW_SESSION_TICKET = 22, 13, 4
"""A type of content, and types of handshake messages (RFC 8446, appendix B)."""


@attrs.frozen
class Probe:
    """What was seen.

    `trouble` is why there is no connection, or else why there is no TLS: `kind` is the short cause
    of that, "" without a connection. All is well without any trouble. `chain` is what the endpoint
    has shown, its own certificate first, `anchor` whom it was trusted through, None if nothing was
    verified. `asked` tells whether it asked for a certificate of ours, None if that is not known.
    `ticket_s` is how long the session can be resumed, None if it cannot.
    """

    address: tuple[str, int]
    trouble: str = ""
    kind: str = ""
    facts: TlsFacts | None = None
    chain: tuple[x509.Certificate, ...] = ()
    anchor: x509.Certificate | None = None
    asked: bool | None = None
    ticket_s: int | None = None
    elapsed_s: float = 0.0


class _Seen:
    """The messages of a handshake that tell what nothing else does."""

    def __init__(self) -> None:
        self.asked = self.ticket = False

    def message(self, _: object, direction: str, *what: Any) -> None:
        """One has come or gone; `what` is version, content, type, bytes (decrypted)."""
        if direction == "read" and what[1] == HANDSHAKE:
            self.asked = self.asked or what[2] == CERTIFICATE_REQUEST
            self.ticket = self.ticket or what[2] == NEW_SESSION_TICKET


def probe(
    address: tuple[str, int],
    security: Security,
    timeout_s: float,
    clock: Callable[[], float],
    connect: Callable[[tuple[str, int], float], socket.socket] = socket.create_connection,
) -> Probe:
    """Connect, shake hands, and hang up; `timeout_s` is for the connect."""
    try:
        sock = connect(address, timeout_s)
    except OSError as error:
        late = isinstance(error, TimeoutError)
        return Probe(address, "connection timed out" if late else reason(error))
    sock.settimeout(security.handshake_s)
    context = security.context()
    name = security.server_name
    began = clock()
    with sock, _watched(context) as seen:
        stream = context.wrap_socket(
            sock, do_handshake_on_connect=False, server_hostname=name or None
        )
        with stream:
            try:
                stream.do_handshake()
                elapsed_s = clock() - began
                if stream.version() == "TLSv1.3":
                    _await_verdict(stream, seen, clock)
            except (OSError, ValueError) as error:
                return _refused(address, security, stream, error, clock() - began)
            return Probe(
                address,
                facts=facts_of(stream, name),
                chain=_parsed(shown(getattr(stream, "_sslobj", None))),
                anchor=_anchor(stream),
                asked=seen.asked if hasattr(context, "_msg_callback") else None,
                ticket_s=_ticket_s(stream),
                elapsed_s=elapsed_s,
            )


@contextlib.contextmanager
def _watched(context: Any) -> Iterator[_Seen]:
    """See the messages of streams made meanwhile, which `ssl` shows for debugging."""
    seen = _Seen()
    context._msg_callback = seen.message
    try:
        yield seen
    finally:
        context._msg_callback = None


def _await_verdict(stream: ssl.SSLSocket, seen: _Seen, clock: Callable[[], float]) -> None:
    """Read until the endpoint has said what it thinks of us. Raises what `read` raises."""
    end = clock() + AFTER_S
    stream.settimeout(POLL_S)
    while not seen.ticket and clock() < end:
        try:
            if not stream.recv(1):
                raise HungUp
            return
        except TimeoutError:
            pass


class HungUp(ConnectionError):
    """An endpoint has closed a connection on which nothing was said yet."""


def _refused(
    address: tuple[str, int],
    security: Security,
    stream: ssl.SSLSocket,
    problem: Exception,
    elapsed_s: float,
) -> Probe:
    """Word it as the proxy's log and answers do."""
    chain = shown(getattr(stream, "_sslobj", None))
    if isinstance(problem, TimeoutError):
        error = HandshakeError("timed_out", "the handshake timed out")
    elif isinstance(problem, HungUp):
        error = HandshakeError("other", "it closed the connection right after the handshake")
    else:
        error = handshake_error(problem, security.server_name, chain)
    why = security.failed(address, error, elapsed_s)
    facts = facts_of(stream, security.server_name) if stream.version() else None
    return Probe(address, why, error.kind, facts, _parsed(chain), elapsed_s=elapsed_s)


def _parsed(chain: tuple[bytes, ...]) -> tuple[x509.Certificate, ...]:
    """The certificates, up to the first that cannot be read."""
    found: list[x509.Certificate] = []
    with contextlib.suppress(ValueError):
        found += map(x509.load_der_x509_certificate, chain)
    return tuple(found)


def _anchor(stream: Any) -> x509.Certificate | None:
    """Whom the chain ends in, as it was verified; public from Python 3.13 on."""
    if stream.context.verify_mode == ssl.CERT_NONE:
        return None
    try:
        verified = stream._sslobj.get_verified_chain()
        return x509.load_pem_x509_certificate(verified[-1].public_bytes().encode())
    except (AttributeError, IndexError, TypeError, ValueError, ssl.SSLError):
        return None


def _ticket_s(stream: ssl.SSLSocket) -> int | None:
    session = stream.session
    if session is None or not session.has_ticket:
        return None
    return session.ticket_lifetime_hint or session.timeout


__all__ = ["AFTER_S", "Probe", "probe"]
