"""The types a single configuration value may have besides `int`, `float`, `bool` and `str`.

Nothing comes in; out go names for annotations. `linkerd.config.reading` turns text into them. Names
and delegation tables are `linkerd.name.path.Path` and `linkerd.name.dtab.Dtab` themselves.
"""

from __future__ import annotations

from typing import NewType

Port = NewType("Port", int)
"""0 to 65535; 0 lets the system choose."""

IpAddress = NewType("IpAddress", str)
"""A literal IPv4 or IPv6 address, never a host name."""

ExistingDir = NewType("ExistingDir", str)
"""A directory that was there when the configuration was read."""

ExistingFile = NewType("ExistingFile", str)
"""A file that was there when the configuration was read."""

__all__ = ["ExistingDir", "ExistingFile", "IpAddress", "Port"]
