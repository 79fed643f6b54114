"""`/explain.json`, `/explain` and `/delegator`: what is read and passed on, how errors read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from twisted.internet.defer import Deferred

from linkerd.admin.answer import HTML, JSON, Answer, Question, Refused
from linkerd.admin.explain import Asked, Explainer, read_asked
from linkerd.name.dtab import Dtab
from linkerd.router.explain_all import UnknownRouter
from linkerd.router.request_text import BadRequestText

if TYPE_CHECKING:
    from conftest import FakeView

URL = "/explain.json"


def get(**query: str) -> Question:
    return Question(URL, query=query)


def post(body: object, kind: str = "application/json") -> Question:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Question(URL, "POST", {}, kind, text)


def ask(view: FakeView, question: Question, endpoint: str = "json") -> Answer:
    answers: list[Answer] = []
    asking = Deferred.fromCoroutine(getattr(Explainer(view), endpoint)(question))
    asking.addCallback(answers.append)
    return answers[0]


def page(view: FakeView, question: Question, endpoint: str = "page") -> str:
    answer = ask(view, question, endpoint)
    assert (answer.status, answer.content_type) == (200, HTML)
    assert not isinstance(answer.body, bytes)
    return "".join(answer.body)


HEADERS = (("a", "b"), ("c", "d:e"))


@pytest.mark.parametrize(
    "question",
    [
        Question(
            URL,
            query={"request": "web", "router": "in", "dtab": "/a => /b", "header": "c: d:e"},
            repeated={"header": ["a: b", "c: d:e"]},
        ),
        get(request="web", router="in", dtab="/a => /b", headers="a: b\r\n\r\nc: d:e"),
        post(
            {
                "request": "web",
                "router": "in",
                "dtab": "/a => /b",
                "headers": ["a: b", ["c", "d:e"]],
            }
        ),
    ],
)
def test_ways_of_asking(question: Question) -> None:
    assert read_asked(question) == Asked("web", HEADERS, "in", Dtab.read("/a => /b"))


def test_what_may_be_left_out() -> None:
    assert read_asked(get(request="web")) == Asked("web")
    assert read_asked(get(request="web", router="")) == Asked("web"), "as the form says: all"
    assert read_asked(get(request="web", dtab="/a => /b"), playground=False) == Asked("web")


@pytest.mark.parametrize(("timeout", "limit_s"), [(5, 5.0), ("0.5", 0.5), (1e9, 30.0), (-1, 0.0)])
def test_the_limit(timeout: object, limit_s: float) -> None:
    assert read_asked(post({"request": "web", "timeout": timeout})).limit_s == limit_s


@pytest.mark.parametrize(
    ("question", "status", "message"),
    [
        (get(), 400, "`request` is missing"),
        (get(request=" "), 400, "`request` is missing"),
        (get(request="a", headers="x"), 400, "'x' is not a header"),
        (get(request="a", dtab="/a"), 400, "Invalid dtab: "),
        (post({"request": 5}), 400, "`request` is missing"),
        (post({"request": "a", "router": 5}), 400, "`router` and `dtab` have to be texts"),
        (post({"request": "a", "headers": "a: b"}), 400, "`headers` has to be a list"),
        (post({"request": "a", "headers": [["a"]]}), 400, "a header has to be a text, or"),
        (post({"request": "a", "timeout": "soon"}), 400, "`timeout` has to be a number"),
        (post({"request": "a", "timeout": "nan"}), 400, "`timeout` has to be a number"),
        (post([]), 400, "the question has to be an object"),
        (post(b"{"), 400, "the question is not JSON"),
        (post(b"[" * 100_000), 400, "the question is not JSON"),
        (post({}, "text/plain"), 415, "unsupported Content-Type: text/plain"),
        (Question(URL, "PUT"), 405, "ask by GET or POST"),
    ],
)
def test_refusals(question: Question, status: int, message: str) -> None:
    with pytest.raises(Refused) as caught:
        read_asked(question)
    assert caught.value.status == status
    assert caught.value.message.startswith(message)


def test_an_answer(view: FakeView) -> None:
    view.explained = [{"router": "http"}]
    answer = ask(view, post({"request": "web", "headers": [["a", "b"]], "router": "http"}))
    assert (answer.status, answer.content_type) == (200, JSON)
    assert json.loads(bytes(answer.body)) == {"explanations": [{"router": "http"}]}  # type: ignore[arg-type]
    assert view.asked == [("web", (("a", "b"),), "http", None, 2.0)]


@pytest.mark.parametrize(
    ("error", "status"),
    [(UnknownRouter("there is no router"), 404), (BadRequestText("that is no request"), 400)],
)
def test_errors_are_json(view: FakeView, error: Exception, status: int) -> None:
    view.explained = error
    answer = ask(view, get(request="web"))
    assert (answer.status, answer.content_type) == (status, JSON)
    assert json.loads(bytes(answer.body)) == {"error": str(error)}  # type: ignore[arg-type]
    allowed = ask(view, Question(URL, "PUT"))
    assert (allowed.status, allowed.headers) == (405, (("Allow", "GET, HEAD, POST"),))


def test_the_page_without_a_question(view: FakeView) -> None:
    assert 'name="request"' in page(view, Question("/explain"))
    assert view.asked == []


def test_the_page_with_a_question(view: FakeView) -> None:
    page(view, get(request="web", headers="a: b", dtab="/x => /y"))
    assert view.asked == [("web", (("a", "b"),), None, None, 2.0)]


def test_the_page_of_a_wrong_question(view: FakeView) -> None:
    view.explained = BadRequestText("that is no <request>")
    assert "that is no &lt;request&gt;" in page(view, get(request="a b c"))


def test_the_playground_takes_a_form_that_is_posted(view: FakeView) -> None:
    query: dict[str, Any] = {"request": "/svc/web", "router": "http", "dtab": "/x => /y"}
    question = Question(
        "/delegator", "POST", query, "application/x-www-form-urlencoded", b"request=..."
    )
    page(view, question, "playground")
    assert view.asked == [("/svc/web", (), "http", Dtab.read("/x => /y"), 2.0)]
