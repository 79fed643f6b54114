"""What pyOpenSSL says went wrong, in the words of `linkerd.net.tls_errors`. Pure."""

from __future__ import annotations

from typing import Any

from OpenSSL import SSL
from OpenSSL._util import ffi, lib

from linkerd.net.security import HandshakeError
from linkerd.net.tls_errors import TRUNCATED, WORDS, certificate_error, library_error, lost_by


class Verdict:
    """What was found wrong with the peer's certificates, first fault first.

    `code` is the X509_V_ERR number, 0 while nothing is wrong; `chain` are those looked at (DER).
    """

    def __init__(self) -> None:
        self.code = 0
        self.shown: dict[int, bytes] = {}

    def chain(self) -> tuple[bytes, ...]:
        """The peer's own first."""
        return tuple(self.shown[depth] for depth in sorted(self.shown))


def handshake_error(error: Exception, server_name: str, verdict: Verdict) -> HandshakeError:
    """What an exception of pyOpenSSL means."""
    if verdict.code:
        return certificate_error(verdict.code, words_of(verdict.code), server_name, verdict.chain())
    if isinstance(error, SSL.SysCallError):
        return HandshakeError("closed", WORDS["closed"])
    if isinstance(error, SSL.Error):
        return library_error(reason_of(error))
    return HandshakeError("other", str(error) or type(error).__name__)


def lost(error: SSL.Error) -> str:
    """Why an open stream has ended."""
    if isinstance(error, SSL.SysCallError):
        return TRUNCATED
    return lost_by(reason_of(error))


def reason_of(error: SSL.Error) -> str:
    """The reason of the last entry of OpenSSL's queue."""
    entries: Any = error.args[0] if error.args else ()
    return str(entries[-1][2]) if entries else ""


def words_of(code: int) -> str:
    """OpenSSL's text for an X509_V_ERR number."""
    text: bytes = ffi.string(lib.X509_verify_cert_error_string(code))
    return text.decode()
