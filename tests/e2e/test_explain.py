"""`linkerd explain` and `linkerd dtab` as a user runs them, on a file and on a proxy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.processes import environment
from tests.support.proxy import running_proxy, write_config

if TYPE_CHECKING:
    from pathlib import Path

DTAB = """
    /svc => /#/io.l5d.fs ;
    /svc/shop => /#/io.l5d.fs/users ;
"""


def linkerd(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "linkerd.cli.main", *map(str, words)],
        cwd=cwd,
        env=environment(TMPDIR=str(cwd / "tmp")),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def top(tmp_path: Path) -> str:
    """Make a registry with one service, and give its section."""
    (tmp_path / "tmp").mkdir()
    disco = tmp_path / "disco"
    disco.mkdir()
    (disco / "users").write_text("127.0.0.1 1\n")
    return f"namers: [{{kind: io.l5d.fs, rootDir: {disco}}}]\n"


def explained(done: subprocess.CompletedProcess[str]) -> Any:
    [shown] = json.loads(done.stdout)["explanations"]
    return shown


def test_a_file(tmp_path: Path, top: str) -> None:
    config, _, _ = write_config(tmp_path, DTAB, top=top)
    before = time.perf_counter()
    done = linkerd("explain", config, "GET http://shop/x", cwd=tmp_path)
    assert time.perf_counter() - before < 3.0
    assert (done.returncode, done.stderr) == (0, "")
    assert f"/svc/shop => /#/io.l5d.fs/users  {config}:" in done.stdout
    assert "  /#/io.l5d.fs/users\n    127.0.0.1:1\n" in done.stdout
    assert os.listdir(tmp_path / "tmp") == []
    lost = linkerd("explain", config, "userss", "--json", cwd=tmp_path)
    assert lost.returncode == 1
    assert explained(lost)["verdict"]["code"] == "L5D-1102"


def test_a_running_proxy_gives_the_same(tmp_path: Path, top: str) -> None:
    with running_proxy(tmp_path, "auto", DTAB, top=top) as proxy:
        status, body = proxy.get(host="shop")
        assert status == 502
        words = ("GET http://shop/x", "-H", "a: b", "--json")
        live = linkerd("explain", "--admin", f"127.0.0.1:{proxy.admin}", *words, cwd=tmp_path)
        from_file = linkerd("explain", proxy.config, *words, cwd=tmp_path)
        assert (live.returncode, from_file.returncode) == (0, 0)
        one, other = explained(live), explained(from_file)
        [bound] = one.pop("bound")
        assert bound["endpoints"][0]["status"] == "ejected"
        assert "ejected" in one["verdict"]["notes"][0]
        assert b"L5D-2005" in body
        for shown in (one, other):
            del shown["verdict"], shown["trace"]["children"]
        del other["bound"]
        assert one == other
        unknown = linkerd("explain", "--admin", f"127.0.0.1:{proxy.port}", "shop", cwd=tmp_path)
        assert unknown.returncode == 1
        assert "not as the admin port of a linkerd" in unknown.stderr
        assert proxy.troubles() == []


def test_the_error_of_the_proxy_is_the_one_foretold(tmp_path: Path, top: str) -> None:
    with running_proxy(tmp_path, "auto", DTAB, top=top) as proxy:
        for _ in range(2):
            status, body = proxy.get(host="nobody")
        admin = f"127.0.0.1:{proxy.admin}"
        done = linkerd("explain", "--admin", admin, "nobody", "--json", cwd=tmp_path)
        verdict = explained(done)["verdict"]
        assert (done.returncode, verdict["status"]) == (1, status)
        assert verdict["answer"].split("\n\nL5D")[0] == body.decode().split("\n\nL5D")[0]
        assert verdict["code"].encode() in body


def test_dtabs(tmp_path: Path, top: str) -> None:
    config, _, _ = write_config(tmp_path, DTAB, top=top)
    (tmp_path / "disco" / "web").write_text("127.0.0.1 2\n")
    (tmp_path / "new.yaml").write_text(config.read_text().replace("fs/users", "fs/web"))
    assert linkerd("dtab", "lint", config, cwd=tmp_path).returncode == 0
    done = linkerd("dtab", "eval", config, "/svc/shop", "--json", cwd=tmp_path)
    assert explained(done)["bound"][0]["id"] == "/#/io.l5d.fs/users"
    names = ("/svc/shop", "/svc/web")
    done = linkerd("dtab", "diff", config, "new.yaml", *names, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "1 changed, 1 unchanged",
        "",
        "/svc/shop",
        "  - /#/io.l5d.fs/users",
        "  + /#/io.l5d.fs/web",
    ]
