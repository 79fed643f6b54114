"""What errors of pyOpenSSL mean: the same as those of the `ssl` module."""

from __future__ import annotations

import pytest
from OpenSSL import SSL

from linkerd.net.stock_tls_errors import Verdict, handshake_error, lost, words_of
from linkerd.net.tls_errors import TRUNCATED


def library(name: str) -> SSL.Error:
    return SSL.Error([("SSL routines", "", name)])


def test_a_verdict_counts_before_the_alert_that_it_led_to() -> None:
    verdict = Verdict()
    verdict.code = 10
    verdict.shown = {1: b"authority", 0: b"own"}
    error = handshake_error(library("certificate verify failed"), "web.test", verdict)
    assert (error.kind, error.detail) == ("expired", "certificate has expired")
    assert error.chain == (b"own", b"authority")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (SSL.SysCallError(-1, "Unexpected EOF"), "closed"),
        (library("http request"), "not_tls"),
        (library("no shared cipher"), "cipher"),
        (library("tlsv13 alert certificate required"), "refused_by_peer"),
        (SSL.Error(), "other"),
        (ValueError("bad name"), "other"),
    ],
)
def test_failed_handshakes(error: Exception, kind: str) -> None:
    assert handshake_error(error, "web.test", Verdict()).kind == kind


def test_why_an_open_stream_has_ended() -> None:
    assert lost(SSL.SysCallError(-1, "Unexpected EOF")) == TRUNCATED
    assert lost(library("sslv3 alert bad record mac")) == "TLS alert: bad record mac"


def test_the_words_are_openssls() -> None:
    assert words_of(18) == "self-signed certificate"
