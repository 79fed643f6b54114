"""Which ensemble, and how to speak to it: the keys that everything with a `zkAddrs` has.

In: the values of a section. Out: an `Ensemble`, equal for equal values, so that all who mean the
same one share a session. A section takes its keys from the functions here.
"""

from __future__ import annotations

from typing import Any, ClassVar

import attrs

from linkerd.config.option import at_least_one, option
from linkerd.config.scalars import ExistingFile, Port
from linkerd.config.section import Section

OURS = "Linkerd 1 has no such key."


@attrs.frozen(kw_only=True)
class ZkAddress(Section):
    """One server of an ensemble."""

    summary: ClassVar[str] = "A server of a ZooKeeper ensemble."

    host: str = option("Its name or address.")
    port: Port = option("Its port for clients.", default=Port(2181))


@attrs.frozen(kw_only=True)
class AuthInfo(Section):
    """What the session says who it is."""

    summary: ClassVar[str] = "Credentials for ZooKeeper."

    scheme: str = option("ZooKeeper's word for their kind.", default="digest")
    auth: str = option(
        "The credentials; with `digest`, name and password.", example="web:secret", secret=True
    )


@attrs.frozen(kw_only=True)
class ZkClientAuth(Section):
    """A certificate of our own."""

    summary: ClassVar[str] = "The certificate that is shown to ZooKeeper, in PEM."

    cert_path: ExistingFile = option(
        "The certificate; its chain may follow in the same file.", example="/etc/tls/tls.crt"
    )
    key_path: ExistingFile = option("Its private key.", example="/etc/tls/tls.key")


@attrs.frozen(kw_only=True)
class ZkTls(Section):
    """TLS to the ensemble."""

    summary: ClassVar[str] = (
        "TLS to the ensemble's `secureClientPort`. The files are read anew for each connection."
    )

    trust_certs_bundle: ExistingFile | None = option(
        "Authorities that are trusted besides the system's, in PEM.",
        default=None,
        example="/etc/tls/ca.crt",
    )
    disable_validation: bool = option(
        "Do not check whom the connection leads to. Only for trying out.", default=False
    )
    client_auth: ZkClientAuth | None = option(
        "The certificate for servers that ask for one.", default=None
    )


@attrs.frozen
class Ensemble:
    """An ensemble, and who we are to it. `hosts` is `host:port,host:port`."""

    hosts: str
    timeout_s: float = 4.0
    auth: AuthInfo | None = attrs.field(default=None, repr=False)
    tls: ZkTls | None = None

    @staticmethod
    def of(section: Any) -> Ensemble:
        """Read it off a section that has the keys of this module."""
        hosts = ",".join(f"{each.host}:{each.port}" for each in section.zk_addrs)
        timeout_s = section.session_timeout_ms / 1000.0
        return Ensemble(hosts, timeout_s, section.auth_info, section.tls)


def option_zk_addrs() -> Any:
    """Declare the key `zkAddrs`."""
    return option("The servers of the ensemble.", example="[{host: zk1, port: 2181}]")


def option_session_timeout_ms() -> Any:
    """Declare the key `sessionTimeoutMs`."""
    return option(
        "How long ZooKeeper keeps a session without a sign of life. After half of that without one"
        " from ZooKeeper, what is known counts as stale; it stays in use.",
        default=4000,
        unit="ms",
        check=at_least_one,
        differs=OURS,
    )


def option_auth_info() -> Any:
    """Declare the key `authInfo`."""
    return option("Who the session says it is.", default=None, differs=OURS)


def option_tls() -> Any:
    """Declare the key `tls`."""
    return option("TLS to the ensemble.", default=None, differs=OURS)


def no_server(section: Any) -> list[tuple[str, str]]:
    """Give the fault of a section whose ensemble has no server."""
    return [] if section.zk_addrs else [("zkAddrs", "names no server")]


__all__ = [
    "AuthInfo",
    "Ensemble",
    "ZkAddress",
    "ZkClientAuth",
    "ZkTls",
    "no_server",
    "option_auth_info",
    "option_session_timeout_ms",
    "option_tls",
    "option_zk_addrs",
]
