"""The `tls` sections: of a server that terminates TLS, of a client that speaks it.

The binder makes them; `linkerd.tls.security` makes of them what connections are secured with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd.config.option import at_least_one, option
from linkerd.config.scalars import ExistingFile
from linkerd.config.section import Section
from linkerd.tls.identity import IdentityFiles, read_identity
from linkerd.tls.pem import BadPem
from linkerd.tls.policy import check_ciphers, check_protocols
from linkerd.tls.server_name import wrong_with_template
from linkerd.tls.trust import read_trust

if TYPE_CHECKING:
    from collections.abc import Sequence

BAD_FILE = "L5D-4011"

STRICT, PERMISSIVE = "strict", "permissive"

_PROTOCOLS = "Which versions are spoken: `TLSv1.2`, `TLSv1.3`; `TLSv1` and `TLSv1.1` if need be."
_CIPHERS = (
    "Which cipher suites are used with TLS 1.2, in OpenSSL's or in the registered names. Those of"
    " TLS 1.3 are always on. Without this key: Mozilla's intermediate profile."
)
_OLDER = "Linkerd 1 takes what its Java offers, TLS 1.0 among it; here the default is 1.2 and 1.3."


def _mode(value: str) -> str | None:
    return None if value in (STRICT, PERMISSIVE) else "must be strict or permissive"


def _template(value: str | None) -> str | None:
    return None if value is None else wrong_with_template(value)


@attrs.frozen(kw_only=True)
class CertificateFiles(Section):
    """A certificate and its key; the section `clientAuth`, or an entry of `certificates`."""

    summary: ClassVar[str] = (
        "A certificate and its key, in PEM. All files are watched: new ones take effect for new"
        " connections as soon as they are complete and fit."
    )

    cert_path: ExistingFile = option(
        "The certificate; its chain may follow in the same file.", example="/etc/tls/tls.crt"
    )
    key_path: ExistingFile = option(
        "The private key, without password, in any PEM form.",
        example="/etc/tls/tls.key",
        differs="Linkerd 1 takes PKCS#8 only.",
    )
    intermediate_certs_path: ExistingFile | None = option(
        "The certificates between this one and its root.", default=None
    )

    @property
    def files(self) -> IdentityFiles:
        """The paths."""
        return IdentityFiles(self.cert_path, self.key_path, self.intermediate_certs_path or "")

    def faults(self) -> list[tuple[str, ...]]:
        """The files must hold what they should, and belong together."""
        try:
            read_identity(self.files)
        except BadPem as error:
            keys = {self.key_path: "keyPath", self.intermediate_certs_path: "intermediateCertsPath"}
            keys[self.cert_path] = "certPath"
            return [(keys.get(ExistingFile(error.file), ""), str(error), BAD_FILE)]
        return []


@attrs.frozen(kw_only=True)
class ServerTls(CertificateFiles):
    """The section `tls` of a server."""

    summary: ClassVar[str] = (
        "TLS for those who connect. All files are watched: new ones take effect for new connections"
        " as soon as they are complete and fit."
    )
    renamed: ClassVar[dict[str, str]] = {"enabled": "leave the whole `tls` section out instead"}

    ca_cert_path: ExistingFile | None = option(
        "From whom the certificates of clients may come.", default=None
    )
    require_client_auth: bool = option(
        "Demand a certificate of every client; needs `caCertPath`. Without, none is asked for.",
        default=False,
        differs="Without `caCertPath` Linkerd 1 takes any certificate that the system trusts.",
    )
    ciphers: tuple[str, ...] | None = option(
        _CIPHERS,
        default=None,
        check=check_ciphers,
        differs="Linkerd 1 takes what its Java offers.",
        example="[ECDHE-RSA-AES128-GCM-SHA256]",
    )
    protocols: tuple[str, ...] | None = option(
        _PROTOCOLS, default=None, check=check_protocols, differs=_OLDER, example="[TLSv1.3]"
    )
    certificates: tuple[CertificateFiles, ...] = option(
        "More certificates. A client that asks for a name (SNI) is shown the one that has it, or"
        " has a wildcard for it; any other is shown the one above.",
        default=(),
        differs="Linkerd 1 has no such key.",
    )
    mode: str = option(
        "`permissive` takes plain text on the same port, too, and counts it, for the time until all"
        " clients speak TLS; `strict` does not.",
        default=STRICT,
        check=_mode,
        differs="Linkerd 1 has no such key.",
    )
    handshake_timeout_ms: int = option(
        "How long a handshake may take.",
        default=10_000,
        unit="ms",
        check=at_least_one,
        differs="Linkerd 1 has no such key, and no limit.",
    )

    @property
    def identities(self) -> tuple[IdentityFiles, ...]:
        """The paths of all certificates; the first is the one for everybody else."""
        return (self.files, *(each.files for each in self.certificates))

    def faults(self) -> list[tuple[str, ...]]:
        """Whoever demands certificates must say from whom; and all files must be good."""
        found = CertificateFiles.faults(self)
        if self.require_client_auth and self.ca_cert_path is None:
            found.append(
                ("requireClientAuth", "needs `caCertPath`: from whom certificates may come")
            )
        if self.require_client_auth and self.mode == PERMISSIVE:
            why = "who speaks plain text shows no certificate, so `requireClientAuth` means nothing"
            found.append(("mode", why))
        if self.ca_cert_path is not None:
            found += _unreadable("caCertPath", (self.ca_cert_path,))
        return found


@attrs.frozen(kw_only=True)
class ClientTls(Section):
    """The section `tls` of a client."""

    summary: ClassVar[str] = (
        "TLS to endpoints. Their certificates are verified: chain, dates, purpose and name. All"
        " files are watched, as those of servers are."
    )

    enabled: bool = option("false: plain text, whatever stands further up.", default=True)
    disable_validation: bool = option(
        "Take any certificate, of anybody. Whoever is on the way can then read and change"
        " everything; the log says so at each start.",
        default=False,
    )
    common_name: str | None = option(
        "The name that the endpoint's certificate must have, which is sent as SNI, too."
        " `{variable}` is what the prefix of this entry has captured. Only the certificate's"
        " subject alternative names count.",
        default=None,
        check=_template,
        example='"{service}.internal"',
        differs="Captured text must be made of DNS labels; Linkerd 1 takes anything.",
    )
    trust_certs_bundle: ExistingFile | None = option(
        "From whom certificates may come, in PEM; without this key, from whom the system trusts.",
        default=None,
        example="/etc/tls/ca.pem",
    )
    trust_certs: tuple[ExistingFile, ...] = option(
        "The same as a list of files; deprecated, take `trustCertsBundle`.", default=()
    )
    client_auth: CertificateFiles | None = option(
        "The certificate that endpoints are shown if they ask for one.", default=None
    )
    protocols: tuple[str, ...] | None = option(
        _PROTOCOLS, default=None, check=check_protocols, differs=_OLDER, example="[TLSv1.3]"
    )
    ciphers: tuple[str, ...] | None = option(
        _CIPHERS, default=None, check=check_ciphers, differs="Linkerd 1 has no such key."
    )
    handshake_timeout_ms: int = option(
        "How long a handshake may take, after the connection is there.",
        default=10_000,
        unit="ms",
        check=at_least_one,
        differs="Linkerd 1 has no such key, and no limit.",
    )

    @property
    def trust_files(self) -> tuple[str, ...]:
        """The bundles; none means what the system trusts."""
        return (self.trust_certs_bundle,) if self.trust_certs_bundle else self.trust_certs

    def faults(self) -> list[tuple[str, ...]]:
        """What Linkerd finds when the client is built is found at the start."""
        if not self.enabled:
            return []
        found: list[tuple[str, ...]] = []
        if self.trust_certs and self.trust_certs_bundle:
            found.append(
                (
                    "trustCerts",
                    "Both trustCerts and trustCertsBundle have been set. Please use only"
                    " trustCertsBundle.",
                )
            )
        if self.disable_validation and self.client_auth is not None:
            found.append(
                ("disableValidation", "disableValidation: true is incompatible with clientAuth")
            )
        if not self.disable_validation and self.common_name is None:
            why = "tls is configured with validation but `commonName` is not set"
            found.append(("", why))
        key = "trustCertsBundle" if self.trust_certs_bundle else "trustCerts"
        return found + _unreadable(key, self.trust_files)


def _unreadable(key: str, files: Sequence[str]) -> list[tuple[str, ...]]:
    try:
        read_trust(files)
    except BadPem as error:
        return [(key, str(error), BAD_FILE)]
    return []


__all__ = ["PERMISSIVE", "STRICT", "CertificateFiles", "ClientTls", "ServerTls"]
