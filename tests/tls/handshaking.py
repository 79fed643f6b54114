"""Handshakes in memory, between ends of either kind, and the certificates that must be refused."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography import x509
from OpenSSL import SSL
from tests.support.certificates import CLIENT, SERVER, Certified, ca, leaf, with_sha1

from linkerd.net.stock_handshake import wrong_name
from linkerd.tls import ssl_context, stock_context
from linkerd.tls.identity import Identity, IdentityFiles
from linkerd.tls.material import Material
from linkerd.tls.policy import INTERMEDIATE_POLICY, Policy, policy_of
from linkerd.tls.server_name import is_address
from linkerd.tls.trust import Trust

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "users.internal"

LAX = policy_of(["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"], None)
"""Of a server that shows certificates which are too weak for anybody else."""

FILES = IdentityFiles("leaf.pem", "leaf.key")


def identity(made: Certified) -> Identity:
    """What would be read from its files, without any check."""
    chain, at = [], made.issuer
    while at is not None and at.issuer is not None:
        chain.append(at.certificate)
        at = at.issuer
    pem = (made.key_pem + made.pem + made.chain_pem).encode()
    return Identity(FILES, made.certificate, tuple(chain), made.key, pem)


def material(*made: Certified, trust: tuple[Certified, ...] = ()) -> Material:
    certificates = tuple(each.certificate for each in trust)
    own = tuple(identity(each) for each in made)
    return Material(own, Trust(("ca.pem",), certificates) if trust else None)


class SslEnd:
    """One end, of the standard library."""

    contexts = ssl_context

    def __init__(self, context: ssl.SSLContext, *, server: bool, name: str = "") -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.connection = context.wrap_bio(
            self._in, self._out, server_side=server, server_hostname=name or None
        )

    def step(self) -> bool:
        try:
            self.connection.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def take(self, data: bytes) -> None:
        self._in.write(data)

    def give(self) -> bytes:
        return self._out.read()

    def read(self) -> bytes:
        try:
            return self.connection.read(1000)
        except ssl.SSLWantReadError:
            return b""

    def write(self, data: bytes) -> None:
        self.connection.write(data)

    def peer(self) -> bytes:
        return self.connection.getpeercert(True) or b""

    def facts(self) -> tuple[str, str, str]:
        cipher = self.connection.cipher()
        assert cipher is not None
        return (
            self.connection.version() or "",
            cipher[0],
            self.connection.selected_alpn_protocol() or "",
        )


class StockEnd:
    """One end, of pyOpenSSL; a client looks at the name when it is done."""

    contexts = stock_context

    def __init__(self, context: SSL.Context, *, server: bool, name: str = "") -> None:
        self.connection = SSL.Connection(context, None)
        self._name = name
        if server:
            self.connection.set_accept_state()
        else:
            if name and not is_address(name):
                self.connection.set_tlsext_host_name(name.encode())
            self.connection.set_connect_state()
        self._verifies = context.get_verify_mode() != SSL.VERIFY_NONE and not server

    def step(self) -> bool:
        try:
            self.connection.do_handshake()
        except SSL.WantReadError:
            return False
        if self._verifies:
            shown = self.connection.get_peer_certificate(as_cryptography=True)
            if shown is None or wrong_name(shown, self._name):
                raise WrongName(self._name)
        return True

    def take(self, data: bytes) -> None:
        self.connection.bio_write(data)

    def give(self) -> bytes:
        try:
            return self.connection.bio_read(1 << 20)
        except SSL.WantReadError:
            return b""

    def read(self) -> bytes:
        try:
            return self.connection.recv(1000)
        except SSL.WantReadError:
            return b""

    def write(self, data: bytes) -> None:
        self.connection.send(data)

    def peer(self) -> bytes:
        found = self.connection.get_peer_certificate(as_cryptography=True)
        from cryptography.hazmat.primitives.serialization import Encoding

        return b"" if found is None else found.public_bytes(Encoding.DER)

    def facts(self) -> tuple[str, str, str]:
        return (
            self.connection.get_protocol_version_name(),
            self.connection.get_cipher_name() or "",
            self.connection.get_alpn_proto_negotiated().decode(),
        )


class WrongName(Exception):
    """The name was looked at, as the carrier does, and is not the certificate's."""


End = SslEnd | StockEnd
Kind = type[SslEnd] | type[StockEnd]


class Refused(Exception):
    """An end has refused; `side` is which, `error` what it raised."""

    def __init__(self, side: str, error: Exception) -> None:
        super().__init__(f"{side}: {error!r}")
        self.side = side
        self.error = error


def shake(client: End, server: End) -> None:
    """Shake hands, and let a word pass each way: only then does a client's certificate count."""
    done = {"client": False, "server": False}
    ends = {"client": client, "server": server}
    for _ in range(10):
        for side, end in ends.items():
            try:
                done[side] = done[side] or end.step()
            except Exception as error:
                raise Refused(side, error) from error
            other = server if end is client else client
            data = end.give()
            if data:
                other.take(data)
        if all(done.values()):
            break
    assert all(done.values()), done
    for side, end in ends.items():
        other = ends["server" if side == "client" else "client"]
        try:
            end.write(side.encode())
            other.take(end.give())
            assert other.read() == side.encode()
        except (ssl.SSLError, SSL.Error) as error:
            raise Refused(side, error) from error


def met(
    kind: Kind,
    server: Certified | list[Certified],
    root: Certified,
    name: str = NAME,
    *,
    client: Certified | None = None,
    clients_of: Certified | None = None,
    policy: Policy = INTERMEDIATE_POLICY,
    server_policy: Policy = INTERMEDIATE_POLICY,
    verify: bool = True,
    alpn: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
    other: Kind | None = None,
) -> tuple[End, End]:
    """Bring a client and a server together; the client, or with `other` the server, is of `kind`.

    Raises `Refused`. `clients_of` is the authority that clients must come from.
    """
    ours, theirs = kind, other or kind
    own = (client,) if client is not None else ()
    has = server if isinstance(server, list) else [server]
    to_server = theirs.contexts.server_context(
        material(*has, trust=(clients_of,) if clients_of else ()),
        server_policy,
        alpn[1],
        client_auth=clients_of is not None,
    )
    to_client = ours.contexts.client_context(
        material(*own, trust=(root,)), policy, alpn[0], verify=verify
    )
    ends = ours(to_client, server=False, name=name), theirs(to_server, server=True)  # type: ignore[arg-type]
    shake(*ends)
    return ends


class Bad(NamedTuple):
    """A certificate to refuse: what it is, what makes it, the name that is asked for, the kind."""

    what: str
    make: Callable[[], tuple[Certified, Certified]]
    name: str = NAME
    kind: str = "bad_certificate"


def _from(root: Certified | None = None, *names: str, **how: Any) -> tuple[Certified, Certified]:
    root = root or ca()
    return leaf(*(names or (NAME,)), issuer=root, **how), root


def _below(middle: Callable[[Certified], Certified], **how: Any) -> tuple[Certified, Certified]:
    root = ca()
    return leaf(NAME, issuer=middle(root), **how), root


def _no_usage(**yes: bool) -> x509.KeyUsage:
    words = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement"
        " key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{word: yes.get(word, False) for word in words.split()})


def _missing_intermediate() -> tuple[Certified, Certified]:
    root = ca()
    made = leaf(NAME, issuer=ca("Middle", issuer=root))
    return Certified(made.certificate, made.key, root), root


def _impostor() -> tuple[Certified, Certified]:
    """An authority of the same name, with another key."""
    return leaf(NAME, issuer=ca("Trial CA")), ca("Trial CA")


def _two_deep(root: Certified) -> Certified:
    return ca("Second", issuer=ca("First", issuer=root, path_length=0))


def _only_corp() -> tuple[Certified, Certified]:
    limits = x509.NameConstraints([x509.DNSName("corp.example")], None)
    root = ca()
    return leaf(NAME, issuer=ca("Corp", issuer=root, critical=(limits,))), root


_ODD = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x05\x00")

BAD_SERVERS = [
    Bad("expired", lambda: _from(days=-2), kind="expired"),
    Bad("not yet valid", lambda: _later(), kind="not_yet_valid"),
    Bad("for another name", lambda: _from(None, "users.prod"), kind="wrong_name"),
    Bad("of another authority", lambda: (_from()[0], ca("Other")), kind="untrusted"),
    Bad("self-signed", lambda: (leaf(NAME), ca()), kind="untrusted"),
    Bad("right common name, wrong alternative name",
        lambda: _from(None, "users.prod", common_name=NAME), kind="wrong_name"),
    Bad("right common name, no alternative name",
        lambda: (leaf(issuer=(root := ca()), common_name=NAME), root), kind="wrong_name"),
    Bad("wildcard over two labels",
        lambda: _from(None, "*.internal.example"), "a.b.internal.example", "wrong_name"),
    Bad("wildcard in the middle",
        lambda: _from(None, "a.*.example.com"), "a.b.example.com", "wrong_name"),
    Bad("wildcard for a part of a label",
        lambda: _from(None, "us*.internal.example"), "users.internal.example", "wrong_name"),
    Bad("wildcard alone", lambda: _from(None, "*"), kind="wrong_name"),
    Bad("wildcard for the parent itself",
        lambda: _from(None, "*.internal.example"), "internal.example", "wrong_name"),
    Bad("address in the common name",
        lambda: (leaf(issuer=(root := ca()), common_name="10.0.0.1"), root), "10.0.0.1",
        "wrong_name"),
    Bad("address as a DNS name", lambda: _dns_address(), "10.0.0.1", "wrong_name"),
    Bad("another address", lambda: _from(None, "10.0.0.2"), "10.0.0.1", "wrong_name"),
    Bad("name with NUL", lambda: _from(None, f"{NAME}\0.evil.example"), kind="wrong_name"),
    Bad("signed by a leaf", lambda: _below(lambda root: leaf("x", issuer=root))),
    Bad("path longer than allowed", lambda: _below(_two_deep)),
    Bad("signed with SHA-1", lambda: _with_sha1()),
    Bad("RSA with 1024 bits", lambda: _from(key_kind="rsa1024")),
    Bad("for clients only", lambda: _from(usages=(CLIENT,))),
    Bad("expired authority between",
        lambda: _below(lambda root: ca("Middle", issuer=root, days=-2)), kind="expired"),
    Bad("expired root", lambda: _from(ca(days=-2)), kind="expired"),
    Bad("authority between not sent", _missing_intermediate, kind="untrusted"),
    Bad("authority of the same name", _impostor, kind="untrusted"),
    Bad("authority for other names", _only_corp),
    Bad("unknown critical extension", lambda: _from(critical=(_ODD,))),
    Bad("signed by one who is no authority",
        lambda: _below(lambda root: leaf("Middle", issuer=root, constraints=False))),
    Bad("signed by one who may not sign certificates",
        lambda: _below(
            lambda root: ca("Middle", issuer=root, key_usage=_no_usage(digital_signature=True)))),
]  # fmt: skip


def _later() -> tuple[Certified, Certified]:
    from datetime import UTC, datetime, timedelta

    return _from(begins=datetime.now(UTC) + timedelta(days=1))


def _with_sha1() -> tuple[Certified, Certified]:
    made, root = _from(ca(key_kind="rsa"))
    return with_sha1(made), root


def _dns_address() -> tuple[Certified, Certified]:
    root = ca()
    name = x509.SubjectAlternativeName([x509.DNSName("10.0.0.1")])
    return leaf(issuer=root, more=(name,)), root


BAD_CLIENTS: dict[str, Callable[[Certified], Certified | None]] = {
    "none": lambda root: None,
    "expired": lambda root: leaf("client", issuer=root, days=-2),
    "of another authority": lambda root: leaf("client", issuer=ca("Other")),
    "self-signed": lambda root: leaf("client"),
    "for servers only": lambda root: leaf("client", issuer=root, usages=(SERVER,)),
    "signed by a leaf": lambda root: leaf("client", issuer=leaf("x", issuer=root)),
}

__all__ = [
    "BAD_CLIENTS",
    "BAD_SERVERS",
    "LAX",
    "NAME",
    "Refused",
    "SslEnd",
    "StockEnd",
    "WrongName",
    "met",
]
