"""Everything that a context is made of, read from its files at one go.

In: the paths, as a configuration has them. Out: a `Material`, or `BadPem`. Blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from linkerd.tls.described import out_of_date, subject_of
from linkerd.tls.identity import Identity, IdentityFiles, read_identity
from linkerd.tls.trust import Trust, read_trust

if TYPE_CHECKING:
    from cryptography import x509


@attrs.frozen
class Sources:
    """Where things are: own certificates, the first being the usual one, and bundles."""

    identities: tuple[IdentityFiles, ...] = ()
    trust: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """All files, each once."""
        own = (path for files in self.identities for path in files.paths)
        return tuple(dict.fromkeys((*own, *self.trust)))

    def read(self) -> Material:
        """Read all of it. Raises `BadPem`."""
        identities = tuple(read_identity(files) for files in self.identities)
        return Material(identities, read_trust(self.trust) if self.trust else None)


@attrs.frozen
class Material:
    """What was read; without `trust` it is whom the system trusts. Equal if all is the same."""

    identities: tuple[Identity, ...] = ()
    trust: Trust | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is allowed but should not be."""
        own = tuple(line for each in self.identities for line in each.warnings)
        return own + (self.trust.warnings if self.trust is not None else ())

    def by_file(self) -> dict[str, tuple[x509.Certificate, ...]]:
        """All certificates by the file that they are called after, the leaf before its chain."""
        found = {e.files.certificate: (e.certificate, *e.chain) for e in self.identities}
        if self.trust is not None:
            found.setdefault(", ".join(self.trust.files), self.trust.certificates)
        return found

    def out_of_date(self, now: float) -> str:
        """Which own certificate does not hold now, and why ("" if all do)."""
        for identity in self.identities:
            for certificate in (identity.certificate, *identity.chain):
                why = out_of_date(certificate, now)
                if why:
                    return f"{identity.files.certificate}: {subject_of(certificate)} {why}"
        return ""


__all__ = ["Material", "Sources"]
