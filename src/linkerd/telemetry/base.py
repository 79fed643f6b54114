"""What a telemeter is: a configured way of telling what the metrics tree holds.

An entry of the `telemetry` list comes in; each kind says in its own module what it does with it.
"""

from __future__ import annotations

from typing import ClassVar

import attrs

from linkerd.config.section import Plugin


@attrs.frozen(kw_only=True)
class TelemeterConfig(Plugin):
    """Base of all telemeters."""

    family: ClassVar[str] = "telemeter"


__all__ = ["TelemeterConfig"]
