"""TLS of routers: who must be whom, and what is refused before anything is dialled."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.router.playbook import GET, OK, OK_SEEN, Playbook, PlaybookCase
from tests.support.certificates import ca, leaf

ROOT = ca()


class SecuringCase(PlaybookCase):
    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(tempfile.mkdtemp())
        self.bundle = self.folder / "ca.pem"
        self.bundle.write_text(ROOT.pem)

    def secured(self, name: str, prefix: str = "/#/fake/{name}", **tls: Any) -> Playbook:
        section = {"commonName": name, "trustCertsBundle": str(self.bundle), **tls}
        configs = [{"prefix": prefix, "tls": section}]
        return self.play(client={"kind": "io.l5d.static", "configs": configs})


class Clients(SecuringCase):
    def test_the_name_is_made_of_what_the_prefix_captures(self) -> None:
        play = self.secured("{name}.internal")
        play.web(OK)
        self.assertEqual(play.client(GET).received, OK_SEEN)
        (dialled,) = play.network.secured
        self.assertEqual(dialled.server_name, "web.internal")
        self.assertTrue(dialled.verifies_name)

    def test_others_are_plain(self) -> None:
        play = self.secured("web.internal", "/#/fake/other")
        play.web(OK)
        self.assertEqual(play.client(GET).received, OK_SEEN)
        self.assertEqual(play.network.secured, [])

    def test_the_last_section_that_matches_counts(self) -> None:
        tls = {"trustCertsBundle": str(self.bundle)}
        configs: list[dict[str, Any]] = [
            {"prefix": "/#/{any}/{name}", "tls": {"commonName": "{any}.internal", **tls}},
            {"prefix": "/#/fake/{name}", "tls": {"commonName": "{name}.internal", **tls}},
            {"prefix": "/#/fake/{last}", "failFast": True},
        ]
        play = self.play(client={"kind": "io.l5d.static", "configs": configs})
        play.web(OK)
        play.client(GET)
        self.assertEqual([each.server_name for each in play.network.secured], ["web.internal"])

    def test_a_name_that_is_none_is_refused_before_anything_is_dialled(self) -> None:
        play = self.secured("web.{name}")
        play.bind("a_b.c", 80)
        web = play.serve(80, OK)
        request = b"GET / HTTP/1.1\r\nHost: a_b.c\r\n\r\n"
        for _ in range(2):
            client = play.client(request)
            self.assert_error(client, 502, "L5D-2013", "commonName 'web.{name}'")
        self.assertEqual(web.peers, [])

    def test_switched_off(self) -> None:
        play = self.secured("web.internal", enabled=False)
        play.web(OK)
        play.client(GET)
        self.assertEqual(play.network.secured, [])

    def test_all_files_are_read_at_the_start(self) -> None:
        play = self.secured("{name}.internal")
        self.assertEqual([each["files"] for each in play.store.state()], [[str(self.bundle)]])


class Servers(SecuringCase):
    def test_a_listener_with_tls(self) -> None:
        certificate, key = leaf("front.test").write(self.folder)
        tls = {"certPath": str(certificate), "keyPath": str(key), "mode": "permissive"}
        play = self.play(servers=[{"port": 4140, "tls": tls}])
        security = play.listener.security
        assert security is not None
        self.assertTrue(security.permissive)
        self.assertEqual(security.alpn, ("http/1.1",))
        self.assertEqual(play.number("rt/http/server/127.0.0.1/4140/tls/connections"), 0)
