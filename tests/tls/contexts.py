"""What contexts of both kinds have to do; each rule is called with the kind of the two ends."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from tests.support.certificates import CLIENT, SERVER, ca, leaf

from linkerd.tls.policy import Policy, policy_of

from .handshaking import NAME, Refused, met

if TYPE_CHECKING:
    from collections.abc import Callable

    from .handshaking import Kind


def a_good_certificate_is_taken(kind: Kind) -> None:
    root = ca()
    middle = ca("Middle", issuer=root, path_length=0)
    client, _ = met(kind, leaf(NAME, issuer=middle, usages=(SERVER,)), root)
    assert client.facts()[0] == "TLSv1.3"
    for name in (NAME, "10.0.0.1", "::1"):
        met(kind, leaf(NAME, "10.0.0.1", "::1", issuer=root), root, name)
    met(kind, leaf("*.internal.example", issuer=root), root, "users.internal.example")


def any_key_will_do(kind: Kind) -> None:
    for key_kind in ("rsa", "ec", "ed25519"):
        root = ca(key_kind=key_kind)
        met(kind, leaf(NAME, issuer=root, key_kind=key_kind), root)


def an_authority_without_key_usage_is_taken(kind: Kind) -> None:
    """As those of companies are; strict checks would refuse it."""
    root = ca()
    met(kind, leaf(NAME, issuer=root, constraints=False), root)


def what_is_in_the_bundle_is_trusted_be_it_no_root(kind: Kind) -> None:
    middle = ca("Middle", issuer=ca())
    made = leaf(NAME, issuer=middle)
    met(kind, made, middle)
    met(kind, made, made)
    with pytest.raises(Refused):
        met(kind, made, leaf("other", issuer=middle))


def without_validation_anything_is_taken(kind: Kind) -> None:
    met(kind, leaf("other"), ca(), verify=False)
    met(kind, leaf("other"), ca(), "", verify=False)


def versions_and_suites_are_as_told(kind: Kind) -> None:
    root = ca()
    made = leaf(NAME, issuer=root)
    old = policy_of(["TLSv1.2"], ["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"])
    client, _ = met(kind, made, root, policy=old)
    assert client.facts()[:2] == ("TLSv1.2", "ECDHE-ECDSA-CHACHA20-POLY1305")
    client, _ = met(kind, made, root, server_policy=old)
    assert client.facts()[:2] == ("TLSv1.2", "ECDHE-ECDSA-CHACHA20-POLY1305")
    new = policy_of(["TLSv1.3"], None)
    with pytest.raises(Refused):
        met(kind, made, root, policy=old, server_policy=new)
    cbc = Policy(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2, ("ECDHE-ECDSA-AES128-SHA",))
    with pytest.raises(Refused):
        met(kind, made, root, policy=cbc)


def the_servers_order_of_suites_counts(kind: Kind) -> None:
    root = ca()
    ours = ("ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256")
    policies = [policy_of(["TLSv1.2"], suites) for suites in (ours, ours[::-1])]
    client, _ = met(
        kind, leaf(NAME, issuer=root), root, policy=policies[1], server_policy=policies[0]
    )
    assert client.facts()[1] == ours[0]


def versions_of_the_past_only_when_asked_for(kind: Kind) -> None:
    root = ca(key_kind="rsa")
    made = leaf(NAME, issuer=root, key_kind="rsa")
    past = policy_of(["TLSv1", "TLSv1.1"], None)
    for given in ({"policy": past}, {"server_policy": past}):
        with pytest.raises(Refused):
            met(kind, made, root, **given)  # type: ignore[arg-type]
    client, _ = met(kind, made, root, policy=past, server_policy=past)
    assert client.facts()[0] == "TLSv1.1"


def the_first_of_our_protocols_is_agreed_on(kind: Kind) -> None:
    root = ca()
    made = leaf(NAME, issuer=root)
    for offered, had, agreed in (
        (("http/1.1", "h2"), ("h2", "http/1.1"), "h2"),
        (("http/1.1",), ("h2", "http/1.1"), "http/1.1"),
        (("smtp",), ("h2",), ""),
        ((), ("h2",), ""),
        (("h2",), (), ""),
    ):
        for end in met(kind, made, root, alpn=(offered, had)):
            assert end.facts()[2] == agreed


def the_name_decides_which_certificate_is_shown(kind: Kind) -> None:
    root = ca()
    has = [
        leaf("first.example.com", "10.0.0.1", issuer=root),
        leaf("*.example.com", issuer=root),
        leaf("users.example.com", issuer=root, key_kind="rsa"),
    ]
    for name, number in (
        ("users.example.com", 2),
        ("USERS.example.com", 2),
        ("web.example.com", 1),
        ("first.example.com", 0),
        ("10.0.0.1", 0),
    ):
        client, _ = met(kind, has, root, name, alpn=(("h2",), ("h2",)))
        assert client.peer() == has[number].der
        assert client.facts()[2] == "h2"
    client, _ = met(kind, has, root, "a.b.other", verify=False)
    assert client.peer() == has[0].der


def clients_show_what_is_demanded(kind: Kind) -> None:
    root, own = ca(), ca("Clients")
    made = leaf(NAME, issuer=root)
    mine = leaf("client", issuer=ca("Middle", issuer=own), usages=(CLIENT,))
    _, server = met(kind, made, root, client=mine, clients_of=own)
    assert server.peer() == mine.der
    _, server = met(kind, made, root, client=mine)
    assert server.peer() == b"", "not asked for"
    several = [made, leaf("web.internal", issuer=root)]
    with pytest.raises(Refused):
        met(kind, several, root, "web.internal", clients_of=own)
    _, server = met(kind, several, root, "web.internal", client=mine, clients_of=own)
    assert server.peer() == mine.der


RULES: list[Callable[[Kind], None]] = [
    a_good_certificate_is_taken,
    any_key_will_do,
    an_authority_without_key_usage_is_taken,
    what_is_in_the_bundle_is_trusted_be_it_no_root,
    without_validation_anything_is_taken,
    versions_and_suites_are_as_told,
    the_servers_order_of_suites_counts,
    versions_of_the_past_only_when_asked_for,
    the_first_of_our_protocols_is_agreed_on,
    the_name_decides_which_certificate_is_shown,
    clients_show_what_is_demanded,
]
