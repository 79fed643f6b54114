"""The telemeter family."""

from __future__ import annotations

from linkerd.config.section import Plugin
from linkerd.telemetry.base import TelemeterConfig


def test_telemeters_are_a_family_of_plugins() -> None:
    assert issubclass(TelemeterConfig, Plugin)
    assert TelemeterConfig.family == "telemeter"
