"""Lines about raw connections."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.router.streams import TcpCase

if TYPE_CHECKING:
    from tests.support.memory import TestClient


class LinesTest(TcpCase):
    def logged(self, **settings: Any) -> None:
        settings.setdefault("accessLog", {"file": "-"})
        self.tcp(**settings)

    def line(self) -> dict[str, Any]:
        log: Any = self.bench.router.access_log
        (facts,) = log.lines
        found: dict[str, Any] = json.loads(log.form.line(facts))
        return found

    def client(self) -> TestClient:
        return self.bench.client(b"hello", end_with_peer=False)

    def test_a_connection_that_is_over(self) -> None:
        self.logged()
        client = self.client()
        peer = "{}:{}".format(*client.transport.host)
        self.bench.say(self.server.peer, b"hi")
        self.bench.advance(1.5)
        self.do(client.finish())
        self.do(self.server.peer.close())
        line = self.line()
        del line["time"]
        self.assertEqual(
            line,
            {
                "client": peer,
                "peer": peer,
                "server": "127.0.0.1/4140",
                "service": "/svc/web",
                "client_id": "/#/fake/web",
                "endpoint": "127.0.0.1:80",
                "connect_ms": 0.0,
                "total_ms": 1500.0,
                "received_bytes": 5,
                "sent_bytes": 2,
                "requeues": 0,
                "closed": "client",
                "error": None,
                "router": "tcp",
                "tls_version": None,
                "tls_cipher": None,
                "client_subject": None,
            },
        )

    def test_one_without_an_endpoint(self) -> None:
        self.logged()
        self.bench.bind("web")
        self.client()
        line = self.line()
        self.assertEqual((line["error"], line["closed"]), ("L5D-1103", None))
        self.assertEqual((line["endpoint"], line["connect_ms"]), (None, None))

    def test_one_whose_client_left_before(self) -> None:
        self.logged()
        self.bench.network.black_holes.add(("127.0.0.1", 80))
        client = self.client()
        self.do(client.abort())
        line = self.line()
        self.assertEqual((line["error"], line["closed"]), (None, "client_reset"))

    def test_the_client_of_a_proxy_is_named(self) -> None:
        self.logged(servers=[{"port": 4140, "proxyProtocol": True}])
        client = self.bench.client(b"PROXY TCP4 192.0.2.1 192.0.2.2 7 8\r\n")
        self.do(client.abort())
        line = self.line()
        self.assertEqual(line["client"], "192.0.2.1:7")
        self.assertNotEqual(line["peer"], line["client"])
