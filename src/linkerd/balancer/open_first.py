"""Endpoints kept in two parts, the open ones first, whatever happens to them.

In: endpoints that come, go and change their status. Out: a list whose first `statuses[OPEN]` are
the open ones, so that a kind picks among those without looking for them. Each change takes constant
time: an endpoint changes places with the one at the border.

HOT: this module compiles as it stands.
"""

from __future__ import annotations

from linkerd.balancer.base import OPEN, Balancer, Endpoint


class OpenFirst(Balancer):
    """The frame of all kinds that draw or take turns."""

    __slots__ = ()

    def put(self, endpoint: Endpoint) -> None:
        """Take one endpoint in, as the last of its part."""
        Balancer.put(self, endpoint)
        if endpoint.status == OPEN:
            self.enter(endpoint)

    def drop(self, endpoint: Endpoint) -> None:
        """Leave one endpoint out."""
        if endpoint.status == OPEN:
            self.swap(endpoint, self.statuses[OPEN] - 1)
        Balancer.drop(self, endpoint)

    def turned(self, endpoint: Endpoint, before: int) -> None:
        """Move an endpoint over the border."""
        if endpoint.status == OPEN:
            self.enter(endpoint)
        elif before == OPEN:
            self.swap(endpoint, self.statuses[OPEN])

    def enter(self, endpoint: Endpoint) -> None:
        """Let an endpoint that is counted as open be the last of the open ones."""
        self.swap(endpoint, self.statuses[OPEN] - 1)

    def swap(self, endpoint: Endpoint, place: int) -> None:
        """Exchange an endpoint with the one at `place`."""
        endpoints = self.endpoints
        other = endpoints[place]
        endpoints[endpoint.place] = other
        other.place = endpoint.place
        endpoints[place] = endpoint
        endpoint.place = place


__all__ = ["OpenFirst"]
