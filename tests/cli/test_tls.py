from __future__ import annotations

import pytest

from linkerd.cli import tls_dev_ca, tls_test
from linkerd.cli.given import WrongUse
from linkerd.cli.main import main
from linkerd.cli.tls import tls
from linkerd.errors import LinkerdError


@pytest.fixture
def called(monkeypatch):
    """Give what the commands were called with."""
    calls = []
    for module, name in [(tls_dev_ca, "make"), (tls_test, "try_name"), (tls_test, "show_servers")]:
        monkeypatch.setattr(module, name, lambda *words, _name=name: calls.append((_name, *words)))
    return calls


def test_dev_ca(called):
    tls(["dev-ca", "d"])
    main(["tls", "dev-ca", "d", "--name", "a,b", "--name", "c", "--client", "x", "--force"])
    assert called == [("make", "d", [], [], False), ("make", "d", ["a,b", "c"], ["x"], True)]


def test_test(called):
    tls(["test", "l.yaml", "users"])
    options = ["--router", "out", "--endpoints", "2", "--timeout", "3.seconds"]
    tls(["test", "--json", "l.yaml", "users", *options])
    tls(["test", "l.yaml", "--server"])
    assert called == [
        ("try_name", "l.yaml", "users", None, 5, 2.0, False),
        ("try_name", "l.yaml", "users", "out", 2, 3.0, True),
        ("show_servers", "l.yaml", None, False),
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["dev-ca"], "the following arguments are required: DIR"),
        (["test", "l.yaml"], "NAME or --server expected\n"),
        (["test", "l.yaml", "users", "--server"], "NAME or --server expected, not both"),
        (["test", "l.yaml", "users", "--endpoints", "0"], "--endpoints must be 1 or more"),
    ],
)
def test_wrong_use(capsys, words, why):
    with pytest.raises(SystemExit) as caught:
        tls(words)
    assert caught.value.code == 2
    assert why in capsys.readouterr().err


def test_usage(capsys):
    assert tls([]) == 2
    assert tls(["-h"]) == 0
    out, err = capsys.readouterr()
    assert out == err
    assert "linkerd tls dev-ca DIR" in out


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (WrongUse("so not"), 2, "linkerd: so not\n"),
        (LinkerdError("bad file"), 1, "linkerd: bad file [L5D-0000]\n"),
    ],
)
def test_errors(monkeypatch, capsys, error, status, text):
    def fail(*words):
        raise error

    monkeypatch.setattr(tls_dev_ca, "make", fail)
    assert tls(["dev-ca", "d"]) == status
    assert capsys.readouterr().err == text
