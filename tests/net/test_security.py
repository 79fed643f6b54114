"""What is remembered of sessions."""

from __future__ import annotations

from linkerd.net.security import MOST_SESSIONS, HandshakeError, Security

THERE = ("10.0.0.1", 443)
CONTEXT, OTHER = object(), object()


def test_a_session_is_for_its_address_and_context() -> None:
    security = Security()
    security.keep_session(THERE, CONTEXT, "session")
    assert security.session(THERE, CONTEXT) == "session"
    assert security.session(THERE, OTHER) is None
    assert security.session(("10.0.0.2", 443), CONTEXT) is None


def test_a_session_that_failed_is_forgotten() -> None:
    security = Security()
    security.keep_session(THERE, CONTEXT, "session")
    security.forget_session(THERE)
    assert security.session(THERE, CONTEXT) is None


def test_the_oldest_of_too_many_goes() -> None:
    security = Security()
    for port in range(MOST_SESSIONS):
        security.keep_session(("10.0.0.1", port), CONTEXT, port)
    security.keep_session(("10.0.0.1", 0), CONTEXT, "again")
    security.keep_session((*THERE[:1], 99999), CONTEXT, "new")
    assert security.session(("10.0.0.1", 1), CONTEXT) is None
    assert security.session(("10.0.0.1", 0), CONTEXT) == "again"


def test_without_words_of_its_own_a_failure_is_openssls() -> None:
    text = Security().failed(THERE, HandshakeError("other", "no renegotiation"), 0.1)
    assert text == "TLS handshake failed: no renegotiation"
