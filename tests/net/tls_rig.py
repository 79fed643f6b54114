"""Networks with TLS, for the contract of networks and for that of TLS."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.contracts.network import RealWorld
from tests.contracts.tls_network import TlsWorld
from tests.contracts.tls_world import Secure
from tests.support.certificates import ca, leaf
from tests.support.securities import TrialSecurity

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contracts.network import World

NAME = "here.test"
ROOT = ca()


def the_reactor() -> Any:
    from twisted.internet import reactor

    return reactor


def secured(make: Callable[..., Any], version: str) -> World:
    """A world whose streams all have TLS: the server shows a certificate, the client checks it."""
    reactor = the_reactor()
    folder = Path(tempfile.mkdtemp())
    own = leaf(NAME, issuer=ROOT)
    serving = TrialSecurity(folder, own=own, server=True, version=version)
    dialling = TrialSecurity(folder, roots=(ROOT,), server_name=NAME, version=version)
    return RealWorld(Secure(make(reactor, reactor.seconds), serving, dialling), reactor)


def tls_world(make: Callable[..., Any]) -> TlsWorld:
    """A world whose ends get their TLS from each rule."""
    reactor = the_reactor()
    return TlsWorld(make(reactor, reactor.seconds), reactor, Path(tempfile.mkdtemp()))
