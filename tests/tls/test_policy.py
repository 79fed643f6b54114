"""Protocols and cipher suites."""

from __future__ import annotations

import ssl

import pytest

from linkerd.tls.policy import (
    INTERMEDIATE,
    INTERMEDIATE_POLICY,
    check_ciphers,
    check_protocols,
    openssl_name,
    policy_of,
)


def test_without_words_it_is_mozillas_intermediate_profile() -> None:
    assert policy_of(None, None) == INTERMEDIATE_POLICY
    assert check_ciphers(INTERMEDIATE) is None, "OpenSSL knows all of them"
    assert INTERMEDIATE_POLICY.cipher_string.endswith(":@SECLEVEL=2")


def test_protocols() -> None:
    policy = policy_of(["TLSv1.3", "TLSv1.2"], None)
    assert (policy.lowest, policy.highest) == (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
    assert policy_of(["TLSv1.3"], None).lowest == ssl.TLSVersion.TLSv1_3
    past = policy_of(["TLSv1.1", "TLSv1.2"], None)
    assert past.cipher_string.endswith("@SECLEVEL=0")
    assert "ECDHE-RSA-AES128-SHA" in past.suites
    assert policy_of(["TLSv1.1"], ["AES128-SHA"]).suites == ("AES128-SHA",)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["TLSv1.2"], None),
        (["TLSv1.3", "TLSv1.2", "TLSv1.1"], None),
        ([], "names no protocol"),
        (["SSLv3"], "broken for good"),
        (["TLSv1.4"], "is not a protocol; there are TLSv1, TLSv1.1, TLSv1.2, TLSv1.3"),
        (["TLSv1.1", "TLSv1.3"], "leaves out a version"),
    ],
)
def test_checked_protocols(words: list[str], why: str | None) -> None:
    said = check_protocols(words)
    assert said is None if why is None else said is not None and why in said


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["ECDHE-RSA-AES128-GCM-SHA256"], None),
        (["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"], None),
        (["AES128-SHA"], None),
        ([], "names no cipher suite"),
        (["HIGH"], "'HIGH' is not a cipher suite"),
        (["ALL:!aNULL"], "is not a cipher suite"),
        (["@SECLEVEL=0"], "is not a cipher suite"),
        (["ECDHE-RSA-AES128-GCM-SHA257"], "is not a cipher suite"),
        (["NULL-SHA256"], "protects nothing"),
        (["ADH-AES128-GCM-SHA256"], "protects nothing"),
    ],
)
def test_checked_ciphers(words: list[str], why: str | None) -> None:
    said = check_ciphers(words)
    assert said is None if why is None else said is not None and why in said


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
        ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "ECDHE-ECDSA-AES256-SHA384"),
        ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"),
        ("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384"),
        ("TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"),
        ("SSL_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA"),
        ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
        ("AES128-SHA", "AES128-SHA"),
    ],
)
def test_names_of_java(word: str, name: str) -> None:
    assert openssl_name(word) == name


def test_suites_of_tls_1_3_change_nothing() -> None:
    assert policy_of(None, ["TLS_AES_128_GCM_SHA256"]).suites == INTERMEDIATE
    assert policy_of(None, ["TLS_AES_128_GCM_SHA256", "AES128-SHA"]).suites == ("AES128-SHA",)
