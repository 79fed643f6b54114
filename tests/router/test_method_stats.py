"""What is counted of each method."""

from __future__ import annotations

from tests.router.calls import THROWN, ThriftCase, call, oneway, reply, thrown

from linkerd.classifier.base import ResponseClassifier
from linkerd.name.path import Path
from linkerd.retry.budget import RetryBudget
from linkerd.router.method_stats import MAX_METHODS, OTHERS, method_stats
from linkerd.router.service import RetryPolicy, Service
from linkerd.telemetry.metrics import Scope

METHOD = "service/svc/method/"


class Counting(ThriftCase):
    def test_good_and_bad_calls(self) -> None:
        play = self.thrift()
        web = play.serve(80)
        client = play.client(call())
        play.say(web.peer, reply(body=THROWN))
        play.say(client, call())
        play.say(web.peer, thrown(6))
        play.say(client, oneway(b"note"))
        self.assertEqual(
            [play.number(f"{METHOD}add/{what}") for what in ("requests", "success", "failures")],
            [2, 1, 1],
        )
        self.assertEqual(play.number(f"{METHOD}note/success"), 1)

    def test_errors_of_ours(self) -> None:
        play = self.thrift()
        play.client(call())
        self.assertEqual(play.number(f"{METHOD}add/failures"), 1)

    def test_a_client_that_leaves(self) -> None:
        play = self.thrift()
        play.serve(80)
        play.client(call()).abort()
        play.advance()
        self.assertEqual(play.number(f"{METHOD}add/failures"), 1)


def test_names_cannot_fill_the_memory() -> None:
    policy = RetryPolicy(RetryBudget(), None, 10)
    service = Service(Path.of("svc"), Scope(), ResponseClassifier(), policy)
    made = [method_stats(service, b"m%d" % number) for number in range(MAX_METHODS + 5)]
    assert len(set(map(id, made))) == MAX_METHODS + 1
    assert made[-1] is service.methods[b""]
    names = {path[1] for path, _ in service.scope.walk() if path[0] == "method"}
    assert names == {OTHERS, *(f"m{number}" for number in range(MAX_METHODS))}
