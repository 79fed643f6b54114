from __future__ import annotations

import json

import pytest

from linkerd.cli.dtab_diff import diff, samples
from linkerd.cli.given import WrongUse
from linkerd.name.dtab import Dtab

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture
def write(tmp_path):
    def written(name, text):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return written


def run(old, new, *names, file=None, router=None, as_json=True):
    return diff(str(old), str(new), names, file, router, as_json)


def test_samples():
    dtab = Dtab.read("/svc => /a ; /svc/* => /b ; /#/x => /c ; /$/y => /d ; / => /e")
    assert [str(name) for name in samples([dtab, dtab])] == [
        "/",
        "/svc",
        "/svc/x",
        "/svc/x/x",
        "/x",
    ]


def test_nothing_has_changed(write, capsys):
    path = write("a.dtab", "/svc => /#/a")
    assert run(path, path) == 0
    assert json.loads(capsys.readouterr().out) == {"unchanged": 2, "changed": []}


def test_changes(write, capsys):
    old = write("a.dtab", "/svc => /#/a ; /svc/b => /#/b")
    new = write("b.dtab", "/svc => /#/a ; /svc/b => 9 * /#/b & /#/c")
    assert run(old, new, "/svc/a", "/svc/b", as_json=False) == 1
    assert capsys.readouterr().out.splitlines() == [
        "1 changed, 1 unchanged",
        "",
        "/svc/b",
        "  - /#/b | /#/a/b",
        "  + 9.00*/#/b & /#/c | /#/a/b",
    ]


def test_names_from_a_file(write, capsys):
    old, new = write("a.dtab", "/svc => /#/a"), write("b.dtab", "/svc => /#/b")
    names = write("names", "# names\n\n /svc/a \n/other\n")
    assert run(old, new, file=names) == 1
    shown = json.loads(capsys.readouterr().out)
    assert shown == {
        "unchanged": 1,
        "changed": [
            {"router": None, "name": "/svc/a", "before": "/#/a/a", "after": "/#/b/a"},
        ],
    }


def test_configurations_router_by_router(config, write, capsys):
    new = write("new.yaml", config.read_text().replace("/81", "/82").replace("=> !", "=> /svc/web"))
    assert run(config, new, "/svc/web", "/svc/off", as_json=False) == 1
    assert capsys.readouterr().out.splitlines() == [
        "3 changed, 1 unchanged",
        "",
        "/svc/off  (router in)",
        "  - L5D-1104 A rule ends in `!` (fail) or `$` (empty): the dtab says that this name goes"
        " nowhere.",
        "  + /$/inet/127.0.0.1/80",
        "",
        "/svc/web  (router out)",
        "  - /$/inet/127.0.0.1/81 residual /web",
        "  + /$/inet/127.0.0.1/82 residual /web",
        "",
        "/svc/off  (router out)",
        "  - /$/inet/127.0.0.1/81 residual /off",
        "  + /$/inet/127.0.0.1/82 residual /off",
    ]


def test_a_router_that_is_gone(config, write, capsys):
    new = write("new.yaml", config.read_text().replace("label: out", "label: side"))
    assert run(config, new, "/svc/web", router="out") == 1
    [changed] = json.loads(capsys.readouterr().out)["changed"]
    assert changed["after"] == "no such router"
    with pytest.raises(WrongUse, match="there are: in, out, side"):
        run(config, new, "/svc/web", router="x")


def test_a_configuration_and_a_dtab_by_their_rules(config, write, capsys):
    dtab = write("a.dtab", "/svc/web => /$/inet/127.0.0.1/80 ; /svc/off => /#/a")
    assert run(config, dtab, router="in") == 1
    shown = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in shown["changed"]] == ["/svc/off", "/svc/off/x"]
    with pytest.raises(WrongUse, match="several routers"):
        run(config, dtab)
