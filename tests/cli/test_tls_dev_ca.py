from __future__ import annotations

import re
import stat
import textwrap

import pytest

from linkerd.cli.given import WrongUse
from linkerd.cli.tls_dev_ca import CannotWrite, make
from linkerd.linker import load


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_files(tmp_path):
    folder = tmp_path / "a" / "b"
    assert make(str(folder), ["users.internal,::1", "*.web"], ["linker"], False) == 0
    stems = ["ca", "linker", "users.internal", "wildcard.web"]
    assert names(folder) == sorted(f"{s}.{end}" for s in stems for end in ("key", "pem"))
    for file in folder.iterdir():
        if file.suffix == ".key":
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_what_is_there_stays(tmp_path):
    make(str(tmp_path), ["a.b"], [], False)
    before = (tmp_path / "ca.pem").read_text()
    with pytest.raises(WrongUse, match=r"already has ca.pem, ca.key; --force"):
        make(str(tmp_path), ["c.d"], [], False)
    assert names(tmp_path) == ["a.b.key", "a.b.pem", "ca.key", "ca.pem"]
    assert (tmp_path / "ca.pem").read_text() == before
    make(str(tmp_path), ["a.b"], [], True)
    assert (tmp_path / "ca.pem").read_text() != before


def test_a_link_is_replaced_and_not_followed(tmp_path):
    target = tmp_path / "precious"
    target.write_text("x")
    folder = tmp_path / "certs"
    folder.mkdir()
    (folder / "ca.key").symlink_to(target)
    make(str(folder), [], [], True)
    assert target.read_text() == "x"


def test_what_is_no_name(tmp_path):
    with pytest.raises(WrongUse, match="'a b' is not a DNS name"):
        make(str(tmp_path / "x"), ["a b"], [], False)
    assert not (tmp_path / "x").exists()


def test_nowhere_to_write(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(CannotWrite, match=r"cannot write .*file.*: ") as caught:
        make(str(file / "x"), [], [], False)
    assert caught.value.code == "L5D-4009"


@pytest.mark.parametrize("server", ["users.internal", "*.internal"])
def test_what_is_printed_can_be_used(tmp_path, capsys, server):
    folder = tmp_path / "a: b #c"
    make(str(folder), [server], ["linker"], False)
    out = capsys.readouterr().out
    servers, client = re.findall(r"(?:^    .*\n)+", out, re.M)
    text = "routers:\n- protocol: http\n" + textwrap.indent(
        textwrap.dedent(servers) + textwrap.dedent(client), "  "
    )
    router = load(text, "l.yaml").routers[0]
    assert router.servers[0].tls.require_client_auth
    (section,) = router.client.tls_sections()
    assert section.common_name in ("users.internal", "{service}.internal")
    assert section.client_auth is not None
    assert "FOR TRIALS ONLY" in out


def test_only_a_client(tmp_path, capsys):
    make(str(tmp_path), [], ["linker"], False)
    out = capsys.readouterr().out
    assert "servers:" not in out
    assert f"  certPath: {tmp_path}/linker.pem\n" in out
