from __future__ import annotations

import json

import pytest

from linkerd.cli import explain as command
from linkerd.cli.explain import explain
from linkerd.cli.remote import CannotAsk

pytestmark = pytest.mark.usefixtures("here")


def read(capsys):
    return json.loads(capsys.readouterr().out)["explanations"]


def test_text(config, capsys):
    assert explain([str(config), "GET http://web/x", "--router", "in"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("request   GET http://web/x\nrouter    in  ")
    assert f"  /svc/web => /$/inet/127.0.0.1/80  {config}:5\n" in out
    assert out.endswith("\nverdict   routed\n")


def test_all_routers(config, capsys):
    assert explain([str(config), "web"]) == 0
    out = capsys.readouterr().out
    assert "routed\n\nrequest" in out
    assert explain([str(config), "off", "--json"]) == 1, "one of them does not route it"
    assert [each["verdict"]["code"] for each in read(capsys)] == ["L5D-1104", None]


def test_headers(config, capsys):
    words = ["-H", "Host: web", "GET /x", "--json", "--router=in", "--header", "a: b"]
    assert explain([str(config), *words]) == 0
    [shown] = read(capsys)
    assert shown["identification"]["name"] == "/svc/web"
    assert shown["request"]["headers"] == [["Host", "web"], ["a", "b"]]


def test_a_faulty_configuration(tmp_path, capsys):
    path = tmp_path / "l.yaml"
    path.write_text("routers: []")
    assert explain([str(path), "web"]) == 1
    assert "At least one router must be specified" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["a b c"], "'a b c' is not a request"),
        (["web", "-H", "x"], "'x' is not a header"),
        (["web", "--router", "x"], "there is no router 'x', but there are: in, out"),
    ],
)
def test_wrong_questions(config, capsys, words, why):
    assert explain([str(config), *words]) == 2
    assert capsys.readouterr().err.startswith(f"linkerd: {why}")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["l.yaml"], "FILE and REQUEST expected, found 1 arguments"),
        (["l.yaml", "a", "b"], "FILE and REQUEST expected, found 3 arguments"),
        (["l.yaml", "a", "--admin", "x"], "REQUEST expected, found 2 arguments"),
        (["l.yaml", "a", "--timeout", "soon"], "'soon' is not a duration"),
        ([], "the following arguments are required"),
    ],
)
def test_wrong_use(capsys, words, why):
    with pytest.raises(SystemExit) as caught:
        explain(words)
    assert caught.value.code == 2
    assert why in capsys.readouterr().err


class TestRunningProxy:
    @pytest.fixture(autouse=True)
    def proxy(self, monkeypatch):
        self.asked = []
        self.answer = None

        def ask(*question):
            self.asked.append(question)
            if isinstance(self.answer, Exception):
                raise self.answer
            return {"explanations": self.answer}

        monkeypatch.setattr(command, "ask", ask)

    def test_the_question(self, config, capsys):
        assert explain([str(config), "web", "--router", "in", "--json"]) == 0
        self.answer = read(capsys)
        words = ["GET http://web", "-H", "a: b", "--router", "in", "--timeout", "3.seconds"]
        assert explain(["--admin", "localhost:9990", *words]) == 0
        question = {
            "request": "GET http://web",
            "headers": [("a", "b")],
            "router": "in",
            "timeout": 3.0,
        }
        assert self.asked == [("localhost:9990", "/explain.json", question, 3.0)]
        assert capsys.readouterr().out.endswith("verdict   routed\n")

    def test_no_answer(self, capsys):
        self.answer = CannotAsk("nobody listens", 1)
        assert explain(["--admin", "localhost", "web"]) == 1
        assert capsys.readouterr().err == "linkerd: nobody listens\n"
