"""What errors of the `ssl` module mean."""

from __future__ import annotations

import errno
import ssl

import pytest

from linkerd.net.tls_errors import (
    TRUNCATED,
    certificate_error,
    handshake_error,
    library_error,
    lost,
)


def library(name: str) -> ssl.SSLError:
    error = ssl.SSLError(1, name)
    error.reason = name
    return error


@pytest.mark.parametrize(
    ("name", "kind", "detail"),
    [
        ("HTTP_REQUEST", "not_tls", "the peer does not speak TLS"),
        ("WRONG_VERSION_NUMBER", "not_tls", "the peer does not speak TLS"),
        ("NO_SHARED_CIPHER", "cipher", "no shared cipher"),
        ("UNSUPPORTED_PROTOCOL", "protocol", "unsupported protocol"),
        (
            "PEER_DID_NOT_RETURN_A_CERTIFICATE",
            "no_certificate",
            "peer did not return a certificate",
        ),
        ("TLSV1_ALERT_UNKNOWN_CA", "refused_by_peer", "unknown ca"),
        ("tlsv13 alert certificate required", "refused_by_peer", "certificate required"),
        ("SOMETHING_NEW", "other", "something new"),
    ],
)
def test_reasons_of_openssl(name: str, kind: str, detail: str) -> None:
    error = library_error(name)
    assert (error.kind, error.detail) == (kind, detail)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (10, "expired"),
        (9, "not_yet_valid"),
        (62, "wrong_name"),
        (20, "untrusted"),
        (79, "bad_certificate"),
    ],
)
def test_verdicts_on_certificates(code: int, kind: str) -> None:
    error = certificate_error(code, "text", "web.test", (b"der",))
    assert (error.kind, error.verify_code, error.chain) == (kind, code, (b"der",))
    assert ("web.test" in error.detail) == (kind == "wrong_name")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ssl.SSLZeroReturnError(), "closed"),
        (OSError(errno.ECONNRESET, ""), "reset"),
        (OSError(errno.EPIPE, ""), "reset"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "closed"),
        (library("HTTP_REQUEST"), "not_tls"),
        (ValueError("bad name"), "other"),
    ],
)
def test_failed_handshakes(error: Exception, kind: str) -> None:
    assert handshake_error(error, "web.test").kind == kind


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (library("UNEXPECTED_EOF_WHILE_READING"), TRUNCATED),
        (library("SSLV3_ALERT_BAD_RECORD_MAC"), "TLS alert: bad record mac"),
        (library("DECRYPTION_FAILED"), "TLS error: decryption failed"),
        (OSError(errno.ECONNRESET, ""), "connection reset by peer"),
    ],
)
def test_why_an_open_stream_has_ended(error: OSError, why: str) -> None:
    assert lost(error) == why
