"""Trust bundles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.certificates import ca

from linkerd.tls.pem import BadPem, certificates_in
from linkerd.tls.trust import read_trust

if TYPE_CHECKING:
    from pathlib import Path

ROOTS = [ca(f"Root {number}") for number in range(3)]


def test_many_certificates_with_comments_from_several_files(tmp_path: Path) -> None:
    first, second = tmp_path / "a.pem", tmp_path / "b.pem"
    first.write_text("# Root 0\n" + ROOTS[0].pem + "\nRoot 1\n======\n" + ROOTS[1].pem)
    second.write_text(ROOTS[1].pem + ROOTS[2].pem)
    found = read_trust([str(first), str(second)])
    assert found.certificates == tuple(each.certificate for each in ROOTS)
    assert certificates_in(found.pem.encode(), "") == found.certificates
    assert found.warnings == ()


def test_one_broken_among_good_ones(tmp_path: Path) -> None:
    file = tmp_path / "a.pem"
    lines = ROOTS[1].pem.splitlines(keepends=True)
    broken = lines[0] + "".join(lines[2:])
    file.write_text(ROOTS[0].pem + broken)
    found = read_trust([str(file)])
    assert found.certificates == (ROOTS[0].certificate,)
    assert f"{file}: the certificate at line" in found.warnings[0]
    file.write_text(broken)
    with pytest.raises(BadPem):
        read_trust([str(file)])


def test_nothing_to_trust(tmp_path: Path) -> None:
    file = tmp_path / "a.pem"
    file.write_text("")
    with pytest.raises(BadPem, match=r"a\.pem: is empty"):
        read_trust([str(file)])
