"""Whom a peer's certificate may come from: bundles of authorities, read from files.

In: the paths of one or more PEM files. Out: a `Trust`, or `BadPem`. Blocks, so it is for the start,
or for a worker's thread.

What stands in a bundle is trusted, be it a root, an authority below one, or a peer's own
certificate; so it is with the trust managers of a JVM. Dates, names and purposes are still checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
from cryptography.hazmat.primitives.serialization import Encoding

from linkerd.tls.identity import read_file
from linkerd.tls.pem import certificates_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

LIMIT = 8 << 20
"""Bytes that a bundle may have."""


@attrs.frozen
class Trust:
    """Certificates in the order of the files, each once."""

    files: tuple[str, ...]
    certificates: tuple[x509.Certificate, ...]
    warnings: tuple[str, ...] = attrs.field(default=(), eq=False)

    @property
    def pem(self) -> str:
        """All of them, as OpenSSL takes them."""
        return "".join(each.public_bytes(Encoding.PEM).decode() for each in self.certificates)


def read_trust(files: Sequence[str]) -> Trust:
    """Read bundles. One broken certificate among good ones is left out, with a warning."""
    certificates: list[x509.Certificate] = []
    warnings: list[str] = []
    for file in files:
        certificates += certificates_in(read_file(file, LIMIT), file, warnings)
    return Trust(tuple(files), tuple(dict.fromkeys(certificates)), tuple(warnings))


__all__ = ["Trust", "read_trust"]
