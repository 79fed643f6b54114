"""TLS of one end, as the carriers see it: what to offer, whom to believe, whom to tell.

In come a server's listening address or the name of a client that is dialled; out go contexts for
new connections. The contexts themselves are made, and changed as files change, by subclasses
(`linkerd.tls`); the carriers ask for the current one for each new connection and tell how each
handshake ended. Nothing in here is asked for once a connection is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import ssl

    import OpenSSL.SSL

    from linkerd.net.connection import Transport

HANDSHAKE_S = 10.0
MOST_SESSIONS = 1024


class HandshakeError(Exception):
    """A handshake that failed, told alike by every carrier.

    `kind` is one of a few short causes, fit for the name of a metric: `expired`, `not_yet_valid`,
    `untrusted`, `wrong_name`, `revoked`, `bad_certificate` (any other that did not stand the
    check), `no_certificate` (the client showed none), `refused_by_peer` (an alert came), `protocol`
    (no common version), `cipher`, `alpn`, `not_tls`, `closed`, `reset`, `timed_out`, `other`.
    `detail` is OpenSSL's own text. `verify_code` is its X509_V_ERR number, 0 where no certificate
    is at fault; `chain` has the certificates that the peer showed (DER, its own first), as far as
    they are known. For `refused_by_peer`, `detail` is the alert.
    """

    def __init__(
        self,
        kind: str,
        detail: str,
        verify_code: int = 0,
        chain: tuple[bytes, ...] = (),
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.verify_code = verify_code
        self.chain = chain


class TlsFacts(NamedTuple):
    """What was agreed on: `version` as in "TLSv1.3", `cipher` by OpenSSL's name.

    `server_name` is the name that was sent (SNI), "" if none was; `alpn` the protocol, "" if none.
    """

    version: str
    cipher: str
    alpn: str = ""
    resumed: bool = False
    server_name: str = ""


class Security:
    """TLS of a server's address, or of one client that is dialled.

    Subclasses give the contexts and override what they want to hear. `server_name` is for clients:
    it is sent (SNI, unless it is an address), and verified if `verifies_name`; the `ssl` context's
    `check_hostname` must say the same. `alpn` is what the contexts offer, for show. A `permissive`
    server takes plain text too, told by the first byte.
    """

    def __init__(
        self,
        server_name: str = "",
        *,
        alpn: tuple[str, ...] = (),
        permissive: bool = False,
        verifies_name: bool = False,
        handshake_s: float = HANDSHAKE_S,
    ) -> None:
        self.server_name = server_name
        self.alpn = alpn
        self.permissive = permissive
        self.verifies_name = verifies_name
        self.handshake_s = handshake_s
        self._sessions: dict[tuple[str, int], tuple[object, Any]] = {}

    def context(self) -> ssl.SSLContext:
        """The current context; made beforehand, never for a connection."""
        raise NotImplementedError

    def stock_context(self) -> OpenSSL.SSL.Context:
        """The same for Twisted's carrier; its `set_verify` mode counts, not its callback."""
        raise NotImplementedError

    def secured(self, transport: Transport, elapsed_s: float) -> None:
        """A handshake is done; `transport.tls` has the facts. The connection is told after this."""

    def plain(self, peer: tuple[str, int]) -> None:
        """A peer of a permissive server has come with plain text."""

    def failed(self, peer: tuple[str, int], error: HandshakeError, elapsed_s: float) -> str:
        """A handshake failed; the text is what whoever dialled is told."""
        return f"TLS handshake failed: {error.detail}"

    def closed(self, transport: Transport) -> None:
        """A connection that was `secured` is gone, and has been told so."""

    # -- sessions, for clients

    def session(self, address: tuple[str, int], context: object) -> Any:
        """What resumes the last session with an address, made with the same context; or None."""
        kept = self._sessions.get(address)
        return kept[1] if kept is not None and kept[0] is context else None

    def keep_session(self, address: tuple[str, int], context: object, session: object) -> None:
        """Remember a session; of too many, those that were kept longest ago go."""
        self._sessions.pop(address, None)
        self._sessions[address] = context, session
        if len(self._sessions) > MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]

    def forget_session(self, address: tuple[str, int]) -> None:
        """Start anew with an address: what was kept has led to a failure."""
        self._sessions.pop(address, None)
