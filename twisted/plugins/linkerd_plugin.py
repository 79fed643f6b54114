"""Tells `twistd` of its `linkerd` command; `linkerd.tap` makes the service."""

from twisted.application.service import ServiceMaker

linkerd = ServiceMaker(
    "linkerd",
    "linkerd.tap",
    "A service-mesh proxy: the Linkerd 1.x configuration, on Twisted.",
    "linkerd",
)
