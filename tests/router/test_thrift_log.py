"""The access log of a Thrift router."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.router.calls import THROWN, ThriftCase, call, oneway, reply, thrown

from linkerd.wire.thrift_message import CALL, framed, message_head
from linkerd.wire.thrift_values import BINARY
from linkerd.wire.ttwitter import RequestHeader, upgrade_call

if TYPE_CHECKING:
    from tests.router.playbook import Playbook

IDL = """
exception Oops { 1: string why }
service Calc { i32 add(1: i32 a, 2: i32 secret) throws (1: Oops oops), oneway void note() }
"""
ARGUMENTS = b"\x08\0\1\0\0\0\5\x08\0\2\0\0\0\x09\0"


class Lines(ThriftCase):
    def logged(self, **settings: Any) -> Playbook:
        return self.thrift(accessLog={"file": "-"}, **settings)

    def lines(self, play: Playbook) -> list[dict[str, Any]]:
        log = play.router.access_log
        assert log is not None
        lines = [json.loads(log.form.line(facts)) for facts in log.lines]
        log.lines.clear()
        return lines

    def test_an_answer(self) -> None:
        play = self.logged(dtab="/svc/Users => /#/fake/web")
        web = play.serve(80)
        play.client(call(b"Users:find", 77))
        play.advance(0.25)
        play.say(web.peer, reply(b"Users:find", 77, body=b"\x08\0\0\0\0\0\5\0"))
        [line] = self.lines(play)
        expected = {
            "client": "127.0.0.1",
            "method": "find",
            "multiplexed": "Users",
            "type": "call",
            "sequence": 77,
            "form": "binary",
            "request_bytes": len(call(b"Users:find")) - 4,
            "response_bytes": len(reply(b"Users:find")) - 4 + 7,
            "result": "success",
            "duration_ms": 250.0,
            "service": "/svc/Users",
            "client_id": "/#/fake/web",
            "endpoint": "127.0.0.1:80",
            "retries": 0,
            "outcome": "answered",
            "error": None,
            "router": "thrift",
            "caller": None,
            "trace_id": None,
        }
        self.assertEqual({key: line[key] for key in expected}, expected)
        self.assertNotIn("arguments", line)

    def test_exceptions(self) -> None:
        play = self.logged()
        web = play.serve(80)
        client = play.client(call())
        play.say(web.peer, thrown(6))
        play.say(client, call())
        play.say(web.peer, reply(body=THROWN))
        results = [line["result"] for line in self.lines(play)]
        self.assertEqual(results, ["TApplicationException 6", "exception 1"])

    def test_a_one_way_call(self) -> None:
        play = self.logged()
        play.serve(80)
        play.client(oneway())
        [line] = self.lines(play)
        self.assertEqual((line["type"], line["outcome"]), ("oneway", "sent"))
        self.assertIsNone(line["response_bytes"])

    def test_an_error_of_ours(self) -> None:
        play = self.logged()
        play.client(call())
        [line] = self.lines(play)
        self.assertEqual((line["outcome"], line["error"]), ("failed", "L5D-2005"))
        self.assertIsNone(line["result"])

    def test_a_client_that_leaves(self) -> None:
        play = self.logged()
        play.serve(80)
        play.client(call()).abort()
        play.advance()
        self.assertEqual([line["outcome"] for line in self.lines(play)], ["cancelled"])

    def test_a_retry_has_lines_of_its_own(self) -> None:
        again = {"kind": "io.l5d.thrift", "idempotentMethods": ["add"]}
        play = self.logged(service={"responseClassifier": again})
        web = play.serve(80)
        play.client(call())
        play.say(web.peer, thrown(6))
        play.say(web.peer, reply())
        told = [(line["outcome"], line["result"]) for line in self.lines(play)]
        self.assertEqual(told, [("retried", "TApplicationException 6"), ("answered", "success")])

    def test_what_ttwitter_tells(self) -> None:
        play = self.logged()
        web = play.serve(80)
        client = play.client(upgrade_call(BINARY))
        header = RequestHeader()
        header.trace_id = 0xABC
        header.client = b"shop"
        play.say(
            client, framed(header.written(BINARY), message_head(BINARY, CALL, b"add", 7), b"\0")
        )
        play.say(web.peer, reply())
        [line] = self.lines(play)
        self.assertEqual((line["trace_id"], line["caller"]), (f"{0xABC:016x}", "shop"))

    def test_what_the_idl_tells(self) -> None:
        file = self.mktemp() + ".thrift"
        with open(file, "w") as idl:
            idl.write(IDL)
        play = self.logged(idl={"files": [file], "show": ["add.*"], "redact": ["secret"]})
        web = play.serve(80)
        client = play.client(call(body=ARGUMENTS))
        play.say(web.peer, reply(body=THROWN))
        play.say(client, oneway())
        first, second = self.lines(play)
        self.assertEqual(first["arguments"], {"a": 5, "secret": "(redacted)"})
        self.assertEqual(first["result"], "Oops")
        self.assertNotIn("arguments", second)
