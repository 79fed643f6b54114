"""From the configuration of a Thrift router to its parts."""

from __future__ import annotations

from tests.router.calls import ThriftCase

from linkerd.classifier.thrift import ThriftClassifier
from linkerd.name.path import Path
from linkerd.server.thrift_listener import ThriftListener


class Building(ThriftCase):
    def test_limits_and_times(self) -> None:
        play = self.thrift(
            maxFrameKB=2, servers=[{"port": 4140, "frameIdleTimeoutMs": 1500}], originator=True
        )
        listener = play.listener
        assert isinstance(listener, ThriftListener)
        self.assertEqual((listener.limits.frame, listener.frame_s), (2048, 1.5))
        self.assertEqual(play.number("originator"), 1)

    def test_calls_are_judged_as_calls(self) -> None:
        for settings in ({}, {"service": {"responseClassifier": {"kind": "io.l5d.thrift"}}}):
            policy = self.thrift(**settings).bindings.service_policy(Path.of("svc"))
            self.assertIs(type(policy.classifier), ThriftClassifier)
