"""A router that has been built: everything of it that starts, stops or is shown.

Made by `mk` of a `RouterConfig`; owned by the process. The builders of the protocols give more
precise types to what is in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.interpreter.base import Interpreter
    from linkerd.router.access_log import AccessLog
    from linkerd.router.binding import RouterBindings
    from linkerd.router.config import RouterConfig
    from linkerd.router.router import Router
    from linkerd.server.listener import Listener


@attrs.frozen
class BuiltRouter:
    """A router with its parts in the order of a request's way."""

    config: RouterConfig
    router: Router
    bindings: RouterBindings
    interpreter: Interpreter
    listeners: Sequence[Listener]
    access_log: AccessLog | None


__all__ = ["BuiltRouter"]
