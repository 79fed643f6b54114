from __future__ import annotations

import json

import pytest

from linkerd.cli import tls_test
from linkerd.cli.given import WrongUse
from linkerd.cli.tls_targets import Target
from linkerd.cli.tls_test import show_servers, tried, try_name
from linkerd.net.security import Security, TlsFacts
from linkerd.tls.probe import Probe

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture
def probed(monkeypatch):
    """Give what was probed; endpoints on port 82 refuse."""
    calls = []

    def probe(address, security, timeout_s, clock):
        calls.append((address, security.server_name, timeout_s))
        if address[1] == 82:
            return Probe(address, "it is not", "untrusted")
        return Probe(address, facts=TlsFacts("TLSv1.3", "AES"))

    monkeypatch.setattr(tls_test, "probe", probe)
    return calls


def test_all_is_well(secured, probed, capsys):
    assert try_name(str(secured), "users", None, 5, 2.0, False) == 0
    assert probed == [(("127.0.0.1", 81), "users.internal", 1.0)]
    out = capsys.readouterr().out
    assert out.startswith(f"router        out  {secured}:6\nname          /svc/users\n")
    assert out.endswith("\n\nverdict       ok\n")


def test_one_refuses(secured, probed, capsys):
    assert try_name(str(secured), "half", None, 5, 2.0, True) == 1
    (shown,) = json.loads(capsys.readouterr().out)["tests"]
    assert [each["ok"] for each in shown["clients"]] == [True, False]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("off", "plain text, no TLS to test"),
        ("bad", "no name to ask for"),
        ("nobody", "no endpoint is asked: L5D-1101"),
    ],
)
def test_nobody_is_asked(secured, probed, capsys, name, said):
    assert try_name(str(secured), name, None, 5, 2.0, False) == 1
    assert probed == []
    assert f"verdict       {said}\n" in capsys.readouterr().out


def test_the_first_endpoints(probed):
    addresses = tuple(("127.0.0.1", port) for port in range(90, 99))
    target = Target("/#/users", None, Security("users"), None, 1.0, addresses, 9)
    assert [seen.address[1] for seen in tried(target, 2)] == [90, 91]
    assert len(probed) == 2


def test_servers(secured, capsys):
    assert show_servers(str(secured), "out", False) == 0
    out = capsys.readouterr().out
    assert "127.0.0.1:4141  TLS\n" in out
    assert "127.0.0.1:4142  plain text, without `tls`\n" in out
    assert show_servers(str(secured), None, True) == 0
    shown = json.loads(capsys.readouterr().out)["routers"]
    assert [each["router"] for each in shown] == ["plain", "out"]


def test_an_unknown_router(secured):
    with pytest.raises(WrongUse, match="there is no router 'x', but there are: plain, out"):
        show_servers(str(secured), "x", False)
