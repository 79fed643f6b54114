"""All that a context is made of."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.support.certificates import ca, leaf

from linkerd.tls.described import ends
from linkerd.tls.identity import IdentityFiles
from linkerd.tls.material import Material, Sources

if TYPE_CHECKING:
    from pathlib import Path


def test_read_at_one_go(tmp_path: Path) -> None:
    root = ca()
    middle = ca("Middle", issuer=root, days=5)
    made = leaf("users.internal", issuer=middle)
    certificate, key = made.write(tmp_path)
    bundle = tmp_path / "ca.pem"
    bundle.write_text(root.pem)
    sources = Sources((IdentityFiles(str(certificate), str(key)),), (str(bundle), str(certificate)))
    assert sources.paths == (str(certificate), str(key), str(bundle))
    material = sources.read()
    assert material == sources.read()
    assert material.by_file()[str(certificate)] == (made.certificate, middle.certificate)
    os.chmod(key, 0o604)
    assert material.warnings == ()
    assert "every user of this host" in sources.read().warnings[0]
    assert material.out_of_date(ends(middle.certificate)) == ""
    late = material.out_of_date(ends(middle.certificate) + 1)
    assert late.startswith(f"{certificate}: CN=Middle expired at ")


def test_without_files() -> None:
    assert Sources().read() == Material()
    assert Material().by_file() == {}
    assert Material().out_of_date(1e12) == ""
