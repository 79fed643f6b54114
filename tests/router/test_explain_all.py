"""One request, several routers."""

from __future__ import annotations

from typing import Any

from tests.router.playbook import PlaybookCase
from twisted.internet.defer import Deferred

from linkerd.router.explain_all import UnknownRouter, explain_all
from linkerd.router.request_text import BadRequestText


class Several(PlaybookCase):
    def ask(self, text: str, label: str | None = None) -> Deferred[list[dict[str, Any]]]:
        routers = [self.play(label=each).router for each in ("in", "out")]
        return Deferred.fromCoroutine(explain_all(routers, text, (), label))

    def test_all_of_them(self) -> None:
        shown = self.successResultOf(self.ask("web"))
        self.assertEqual([each["router"] for each in shown], ["in", "out"])

    def test_one_of_them(self) -> None:
        [shown] = self.successResultOf(self.ask("web", "out"))
        self.assertEqual(shown["router"], "out")

    def test_an_unknown_one(self) -> None:
        unknown = self.failureResultOf(self.ask("web", "side"), UnknownRouter)
        self.assertEqual(str(unknown.value), "there is no router 'side', but there are: in, out")

    def test_no_request(self) -> None:
        self.failureResultOf(self.ask("a b c"), BadRequestText)


class Protocols(PlaybookCase):
    def ask(self, text: str, label: str | None = None) -> Deferred[list[dict[str, Any]]]:
        routers = [
            self.play(label="web").router,
            self.play(protocol="thrift", label="calls", thriftMethodInDst=True).router,
        ]
        return Deferred.fromCoroutine(explain_all(routers, text, (), label))

    def test_a_name_is_for_all(self) -> None:
        shown = self.successResultOf(self.ask("/svc/web"))
        self.assertEqual([each["router"] for each in shown], ["web", "calls"])
        self.assertEqual([each["verdict"]["status"] for each in shown], [502, None])

    def test_a_request_is_one_of_http(self) -> None:
        shown = self.successResultOf(self.ask("web"))
        self.assertEqual([each["router"] for each in shown], ["web"])

    def test_a_call_by_its_method(self) -> None:
        [shown] = self.successResultOf(self.ask("Users:find", "calls"))
        self.assertEqual(shown["identification"]["name"], "/svc/Users/find")
