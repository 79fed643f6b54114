"""Routers of all protocols are shown and started alike."""

from __future__ import annotations

from tests.router.calls import ThriftCase

from linkerd.router.built import BuiltRouter


class Built(ThriftCase):
    def test_all_protocols(self) -> None:
        for play in (self.play(), self.thrift()):
            router = play.router
            self.assertIsInstance(router, BuiltRouter)
            self.assertEqual([each.port for each in router.listeners], [4140])
            self.assertIs(router.bindings, play.bindings)
