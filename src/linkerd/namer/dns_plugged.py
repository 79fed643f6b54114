"""Looks host names up with the resolver that a program has installed into Twisted's reactor.

In: a provider of `IHostnameResolver`, and a name. Out: the addresses it finds. It tells neither how
long they hold nor an unknown host from a broken DNS: an empty result counts as an unknown host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from twisted.internet import defer
from twisted.internet._resolver import GAIResolver
from twisted.internet.interfaces import IResolutionReceiver
from zope.interface import implementer

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred
    from twisted.internet.interfaces import IAddress, IHostResolution


@implementer(IResolutionReceiver)
class _Receiver:
    """Collects what a resolver of Twisted's finds."""

    def __init__(self) -> None:
        self.done: Deferred[frozenset[str]] = defer.Deferred()
        self._found: set[str] = set()

    def resolutionBegan(  # noqa: N802 - IResolutionReceiver
        self,
        resolutionInProgress: IHostResolution,  # noqa: N803
    ) -> None:
        """Twisted tells that it has begun."""

    def addressResolved(self, address: IAddress) -> None:  # noqa: N802 - IResolutionReceiver
        """Twisted gives one address."""
        self._found.add(cast("Any", address).host)

    def resolutionComplete(self) -> None:  # noqa: N802 - IResolutionReceiver
        """Twisted has given all addresses."""
        if not self.done.called:
            self.done.callback(frozenset(self._found))


class PluggedLookup:
    """Asks the resolver that has been installed into the reactor."""

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver

    def __call__(self, host: str) -> Deferred[frozenset[str]]:
        """Look up one name."""
        receiver = _Receiver()
        self._resolver.resolveHostName(receiver, host)
        return receiver.done


def plugged(reactor: Any) -> PluggedLookup | None:
    """Give the lookup of the reactor's resolver, or None if that is Twisted's stock one."""
    resolver = getattr(reactor, "nameResolver", None)
    if resolver is None or isinstance(resolver, GAIResolver):
        return None
    return PluggedLookup(resolver)


__all__ = ["PluggedLookup", "plugged"]
