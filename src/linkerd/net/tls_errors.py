"""What OpenSSL says went wrong, in words and kinds that are the same on every carrier.

In comes an error of the `ssl` module or of pyOpenSSL; out goes a `HandshakeError` while hands are
shaken, later a short text for `connection_lost`. Pure.
"""

from __future__ import annotations

import ssl

from linkerd.net.errors import reason
from linkerd.net.security import HandshakeError

TRUNCATED = "closed without close_notify"
"""An end of the stream that anybody on the way could have made: what came may not be all."""

REASON_AT_END = ssl.OPENSSL_VERSION_INFO >= (3,)

EXPIRED, NOT_YET_VALID, REVOKED = 10, 9, 23
WRONG_HOST, WRONG_ADDRESS = 62, 64
# X509_V_ERR numbers of a chain that leads to nobody we know, or nowhere.
UNTRUSTED = frozenset((2, 18, 19, 20, 21, 27, 33))
BY_CODE = {
    EXPIRED: "expired",
    NOT_YET_VALID: "not_yet_valid",
    REVOKED: "revoked",
    WRONG_HOST: "wrong_name",
    WRONG_ADDRESS: "wrong_name",
}
BY_REASON = {
    "HTTP_REQUEST": "not_tls",
    "HTTPS_PROXY_REQUEST": "not_tls",
    "WRONG_VERSION_NUMBER": "not_tls",
    "BAD_RECORD_TYPE": "not_tls",
    "RECORD_LAYER_FAILURE": "not_tls",
    "PACKET_LENGTH_TOO_LONG": "not_tls",
    "UNSUPPORTED_PROTOCOL": "protocol",
    "UNKNOWN_PROTOCOL": "protocol",
    "NO_PROTOCOLS_AVAILABLE": "protocol",
    "VERSION_TOO_LOW": "protocol",
    "NO_SHARED_CIPHER": "cipher",
    "NO_CIPHERS_AVAILABLE": "cipher",
    "NO_SHARED_SIGNATURE_ALGORITHMS": "cipher",
    "NO_SUITABLE_SIGNATURE_ALGORITHM": "cipher",
    "NO_APPLICATION_PROTOCOL": "alpn",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "no_certificate",
    "UNEXPECTED_EOF_WHILE_READING": "closed",
}
WORDS = {
    "closed": "the peer closed the connection",
    "reset": "connection reset by peer",
    "not_tls": "the peer does not speak TLS",
}


def handshake_error(
    error: Exception, server_name: str, chain: tuple[bytes, ...] = ()
) -> HandshakeError:
    """What an exception of the `ssl` module means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return certificate_error(error.verify_code, error.verify_message, server_name, chain)
    if is_reset(error):
        return HandshakeError("reset", WORDS["reset"])
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return HandshakeError("closed", WORDS["closed"])
    if isinstance(error, ssl.SSLError):
        return library_error(error.reason or "")
    if isinstance(error, OSError):
        return system_error(error)
    return HandshakeError("other", str(error) or type(error).__name__)


def certificate_error(
    code: int, message: str, server_name: str, chain: tuple[bytes, ...]
) -> HandshakeError:
    """A certificate that did not stand the check, by its X509_V_ERR number."""
    kind = "untrusted" if code in UNTRUSTED else BY_CODE.get(code, "bad_certificate")
    if kind == "wrong_name":
        message = f"the certificate is not valid for {server_name}"
    return HandshakeError(kind, message, code, chain)


def system_error(error: OSError) -> HandshakeError:
    """The socket ended, and not the conversation."""
    text = reason(error)
    return HandshakeError("reset" if text == WORDS["reset"] else "closed", text)


def library_error(name: str) -> HandshakeError:
    """A reason of OpenSSL's, however it is written."""
    name = name.upper().replace(" ", "_")
    if "ALERT_" in name:
        return HandshakeError("refused_by_peer", alert(name))
    kind = BY_REASON.get(name, "other")
    words = WORDS.get(kind) or name.lower().replace("_", " ") or "unknown error"
    return HandshakeError(kind, words)


def alert(name: str) -> str:
    """The alert's own name: TLSV1_ALERT_UNKNOWN_CA is `unknown ca`."""
    return name.partition("ALERT_")[2].lower().replace("_", " ")


def is_reset(error: Exception) -> bool:
    """Whether the system ended the stream, which Python 3.11 tells like an end by the peer.

    OpenSSL 3 has a reason of its own for a true end; where it gives none, `read` had failed.
    """
    return isinstance(error, ssl.SSLEOFError) and not error.reason and REASON_AT_END


def lost(error: OSError) -> str:
    """Why an open stream has ended."""
    if is_reset(error):
        return WORDS["reset"]
    if isinstance(error, ssl.SSLEOFError):
        return TRUNCATED
    if isinstance(error, ssl.SSLError):
        return lost_by(error.reason or "")
    return reason(error)


def lost_by(name: str) -> str:
    """Why an open stream has ended, by OpenSSL's reason."""
    name = name.upper().replace(" ", "_")
    if name == "UNEXPECTED_EOF_WHILE_READING":
        return TRUNCATED
    if "ALERT_" in name:
        return f"TLS alert: {alert(name)}"
    return f"TLS error: {name.lower().replace('_', ' ') or 'unknown'}"
