"""`/delegator.json`: what is read, how errors read, how long it waits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from linkerd.admin.answer import Question, Refused
from linkerd.admin.delegator import TIMEOUT, Delegator, read_delegation
from linkerd.name.dtab import Dtab
from linkerd.name.path import Path

if TYPE_CHECKING:
    from conftest import FakeView

    from linkerd.admin.answer import Answer

GOOD = {"namespace": "http", "dtab": "/svc => /#/io.l5d.fs", "path": "/svc/web"}


def post(body: object, kind: str = "application/json") -> Question:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Question("/delegator.json", "POST", {}, kind, text)


def ask(view: FakeView, question: Question, clock: Clock | None = None) -> list[Answer]:
    answers: list[Answer] = []
    asking = Deferred.fromCoroutine(Delegator(view, clock or Clock()).answer(question))
    asking.addCallback(answers.append)
    return answers


@pytest.mark.parametrize(
    "question",
    [
        Question("/delegator.json", query=GOOD),
        Question("/delegator.json", "HEAD", GOOD),
        post(GOOD),
        post(GOOD, "Application/JSON; charset=utf-8"),
    ],
)
def test_both_ways_of_asking(view: FakeView, question: Question) -> None:
    view.delegated = {"type": "neg", "path": "/svc/web"}
    [answer] = ask(view, question)
    assert (answer.status, json.loads(answer.body)) == (200, view.delegated)
    assert view.asked == [("http", Dtab.read(GOOD["dtab"]), Path.read("/svc/web"))]


def test_router_and_dtab_may_be_left_out() -> None:
    asked = read_delegation(Question("/delegator.json", query={"path": "/svc/web"}))
    assert (asked.router, asked.dtab) == (None, Dtab.read(""))


@pytest.mark.parametrize(
    ("question", "status", "begins"),
    [
        (post(GOOD | {"dtab": "/svc =>"}), 400, "Invalid dtab: "),
        (post(GOOD | {"path": "svc"}), 400, "Invalid path: "),
        (post(b"{"), 400, "Malformed delegation request: "),
        (post(b"[" * 100_000), 400, "Malformed delegation request: "),
        (post(b"\xff"), 400, "Malformed delegation request: "),
        (post([]), 400, "Malformed delegation request: "),
        (post(GOOD | {"path": 5}), 400, "Malformed delegation request: "),
        (post(GOOD | {"namespace": 5}), 400, "Malformed delegation request: "),
        (Question("/delegator.json"), 400, "Malformed delegation request: "),
        (post(GOOD, "text/plain"), 415, ""),
        (post(GOOD, ""), 415, ""),
        (Question("/delegator.json", "PUT"), 405, ""),
    ],
)
def test_refusals(question: Question, status: int, begins: str) -> None:
    with pytest.raises(Refused) as caught:
        read_delegation(question)
    assert caught.value.status == status
    assert caught.value.message.startswith(begins)


def test_a_refusal_is_an_answer(view: FakeView) -> None:
    [answer] = ask(view, Question("/delegator.json", "PUT"))
    assert (answer.status, answer.headers) == (405, (("Allow", "GET, HEAD, POST"),))
    [answer] = ask(view, post(GOOD | {"path": "x"}))
    assert answer.body.startswith(b"Invalid path: ")


def test_an_interpreter_that_cannot_tell(view: FakeView) -> None:
    [answer] = ask(view, post(GOOD | {"namespace": "mute"}))
    assert answer.status == 501
    assert answer.body == b"Name Interpreter for mute cannot show delegations"


def test_waits_for_what_comes_later(view: FakeView) -> None:
    view.delegated = later = Deferred()
    answers = ask(view, post(GOOD))
    assert answers == []
    later.callback({"type": "empty"})
    assert json.loads(answers[0].body) == {"type": "empty"}


def test_a_coroutine_will_do(view: FakeView) -> None:
    async def tree() -> object:
        return {"type": "fail"}

    view.delegated = tree()
    [answer] = ask(view, post(GOOD))
    assert json.loads(answer.body) == {"type": "fail"}


def test_waits_two_seconds(view: FakeView) -> None:
    clock = Clock()
    view.delegated = Deferred()
    answers = ask(view, post(GOOD), clock)
    clock.advance(TIMEOUT - 0.1)
    assert answers == []
    clock.advance(0.2)
    assert (answers[0].status, answers[0].body) == (503, b"Request timed out.")
