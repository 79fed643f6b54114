"""A certificate, its chain and its key, from files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import PrivateFormat
from tests.support.certificates import Certified, ca, leaf

from linkerd.tls.identity import LIMIT, Identity, IdentityFiles, KeyMismatch, read_identity
from linkerd.tls.pem import BadPem, certificates_in, key_in

if TYPE_CHECKING:
    from pathlib import Path

ROOT = ca()
UPPER = ca("Upper", issuer=ROOT)
LOWER = ca("Lower", issuer=UPPER)
MADE = leaf("users.internal", issuer=LOWER)


def write(
    folder: Path, *certificates: Certified, key: str = "", between: str = ""
) -> IdentityFiles:
    files = [folder / "tls.crt", folder / "tls.key", folder / "chain.pem"]
    files[0].write_text("".join(each.pem for each in certificates))
    files[1].touch(0o600)
    files[1].write_text(key or MADE.key_pem)
    files[2].write_text(between)
    return IdentityFiles(str(files[0]), str(files[1]), str(files[2]) if between else "")


def read(folder: Path, *certificates: Certified, **more: str) -> Identity:
    return read_identity(write(folder, *certificates, **more))


CHAIN = (LOWER.certificate, UPPER.certificate)


def test_chain_in_one_file_or_two(tmp_path: Path) -> None:
    together = read(tmp_path, MADE, LOWER, UPPER)
    assert (together.certificate, together.chain) == (MADE.certificate, CHAIN)
    assert together.warnings == ()
    apart = read(tmp_path, MADE, between=LOWER.pem + UPPER.pem)
    assert apart.chain == CHAIN
    assert apart.pem == together.pem


def test_what_is_handed_to_openssl(tmp_path: Path) -> None:
    found = read(tmp_path, MADE, LOWER, key=MADE.key_as(PrivateFormat.TraditionalOpenSSL))
    assert certificates_in(found.pem, "") == (MADE.certificate, LOWER.certificate)
    assert key_in(found.pem, "").public_key() == MADE.key.public_key()
    secret = "".join(MADE.key_pem.splitlines()[1:2])
    assert secret not in repr(found)
    assert "PRIVATE" not in repr(found)


def test_a_chain_out_of_order_is_put_in_order(tmp_path: Path) -> None:
    found = read(tmp_path, MADE, UPPER, LOWER, MADE)
    assert found.chain == CHAIN
    assert [w.partition(": ")[2] for w in found.warnings] == [
        "the chain is not in order; it is sent in order"
    ]


def test_what_is_no_part_of_the_chain_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, MADE, LOWER, between=ROOT.pem)
    assert found.chain == (LOWER.certificate, ROOT.certificate)
    assert found.warnings == (
        f"{tmp_path}/chain.pem: CN=Trial CA is not a part of the chain of CN=users.internal",
    )


def test_a_key_that_does_not_fit(tmp_path: Path) -> None:
    other = leaf("web.internal")
    with pytest.raises(KeyMismatch) as bad:
        read(tmp_path, MADE, key=other.key_pem)
    assert str(bad.value) == (
        f"{tmp_path}/tls.key: is not the key of the certificate {tmp_path}/tls.crt"
        " (CN=users.internal)"
    )
    with pytest.raises(KeyMismatch, match="put the key's own certificate first"):
        read(tmp_path, LOWER, MADE)


def test_keys_that_everybody_can_read(tmp_path: Path) -> None:
    files = write(tmp_path, MADE)
    os.chmod(files.key, 0o640)
    assert read_identity(files).warnings == ()
    os.chmod(files.key, 0o644)
    assert read_identity(files).warnings == (
        f"{files.key}: every user of this host can read the key: chmod o-r",
    )


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    files = write(tmp_path, MADE)
    key = tmp_path / "tls.key"
    for change, why in (
        (key.unlink, "cannot be read: No such file"),
        (key.mkdir, "cannot be read: Is a directory"),
        (key.rmdir, "cannot be read"),
        (lambda: os.mkfifo(key), "is not a regular file"),
        (key.unlink, "cannot be read"),
        (lambda: key.write_bytes(b"x" * (LIMIT + 1)), "is larger than 1024 KB"),
    ):
        change()
        with pytest.raises(BadPem) as bad:
            read_identity(files)
        assert str(bad.value).startswith(f"{key}: {why}")


def test_the_end_is_that_of_whatever_ends_first(tmp_path: Path) -> None:
    short = ca("Short", issuer=ROOT, days=10)
    made = leaf("users.internal", issuer=short)
    found = read(tmp_path, made, short, key=made.key_pem)
    assert found.ends == short.certificate.not_valid_after_utc.timestamp()


def test_equal_if_all_is_the_same(tmp_path: Path) -> None:
    first = read(tmp_path, MADE)
    assert read(tmp_path, MADE) == first
    assert read(tmp_path, MADE, LOWER) != first
    assert IdentityFiles("a", "a", "b").paths == ("a", "b")
