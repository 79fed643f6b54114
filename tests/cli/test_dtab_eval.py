from __future__ import annotations

import json

import pytest

from linkerd.cli.dtab_eval import evaluate
from linkerd.cli.given import WrongUse

pytestmark = pytest.mark.usefixtures("here")


def run(path, *names, rules="", router=None, as_json=True):
    return evaluate(str(path), names, rules, router, as_json)


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "a.dtab"
    path.write_text("/svc => /#/a ;\n/svc/off => ! ;\n")
    return path


def test_a_dtab_alone(rules, capsys):
    assert run(rules, "/svc/web", as_json=False) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{rules}: a dtab, 2 rules; namers are not known, so every name below /# is taken to exist",
        "",
        "/svc/web leads to /#/a/web",
        "",
        "  /svc/web",
        f"    /svc => /#/a   {rules}:1",
        "    ? /#/a/web   endpoints not known yet",
    ]


def test_the_status_tells_of_names_that_lead_nowhere(rules):
    assert run(rules, "/svc/web", "/svc/off") == 1
    assert run(rules, "/other") == 1


def test_further_rules_win(rules, capsys):
    assert run(rules, "/svc/web", rules="/svc => /#/b") == 0
    shown = json.loads(capsys.readouterr().out)
    [name] = shown["names"]
    assert (shown["file"], name["name"]) == (str(rules), "/svc/web")
    assert name["leads_to"] == "/#/b/web | /#/a/web"
    assert name["trace"]["children"][0]["rule"]["where"] == "--dtab:1"


def test_a_configuration_is_explained(config, capsys):
    assert run(config, "/svc/web", "/svc/off", router="in") == 1
    web, off = json.loads(capsys.readouterr().out)["explanations"]
    assert (web["bound"][0]["id"], web["verdict"]["routed"]) == ("/$/inet/127.0.0.1/80", True)
    assert off["verdict"]["code"] == "L5D-1104"
    assert run(config, "/svc/web", as_json=False) == 0
    assert capsys.readouterr().out.count("verdict   routed") == 2


def test_a_configuration_with_further_rules(config, capsys):
    assert run(config, "/svc/off", rules="/svc/off => /svc/web", router="in") == 0
    [shown] = json.loads(capsys.readouterr().out)["explanations"]
    assert shown["dtabs"][-1]["of"] == "extra"


def test_an_unknown_router(config):
    with pytest.raises(WrongUse, match="no router 'x'"):
        run(config, "/svc/web", router="x")
